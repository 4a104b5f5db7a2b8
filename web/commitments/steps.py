"""From a form to a step of the rules, and all that a recorded step brings about."""

from datetime import date, datetime

from models.audit import note_action
from models.commitment import Commitment, Ending, Move
from models.commitment_rules import add_move, refusal_of_mover, standing_of_commitment
from models.commitment_standing import Standing, Step, Terms, at
from models.in_touch import about, note_word
from models.partnership_policy import partner_sides_of
from models.post import end_of_day
from models.side import Side
from web.access import current_actor, current_person_id
from web.commitments.forms import MoveForm
from web.commitments.letters import tell_move
from web.commitments.reminding import plan_reminders
from web.database import db
from web.moments import viewer_zone
from web.partnerships.sides import my_side

MOVES_WITH_TERMS = frozenset({Move.DRAFT, Move.COUNTER, Move.ASK_CHANGE})


def side_for(commitment: Commitment, standing: Standing, move: Move, now: datetime) -> Side:
    """The side for which the person makes this move. Who works on both makes it for the one that may."""
    mine = my_side(commitment.partnership)
    sides = partner_sides_of(current_actor(), commitment.partnership)
    for side in (mine, mine.other):
        step = Step(move=move, side=side, person_id=current_person_id(), at=now)
        if side in sides and refusal_of_mover(at(standing, now), step) is None:
            return side
    return mine


def step_from(form: MoveForm, move: Move, side: Side, standing: Standing | None, now: datetime) -> Step:
    """The step that a valid form describes. Days end where the person who sets them is."""
    until_on = form["until_on"].data if "until_on" in form else None
    responsible = form["responsible"].data if "responsible" in form else ""
    settles_as = form["settles_as"].data if "settles_as" in form else None
    return Step(
        move=move,
        side=side,
        person_id=current_person_id(),
        at=now,
        text=form.text.data,
        evidence=form["evidence"].data if "evidence" in form else "",
        terms=_terms(form, standing) if move in MOVES_WITH_TERMS else None,
        # The day itself is the day of the answer, so it comes back when that day begins.
        until=end_of_day(date.fromordinal(until_on.toordinal() - 1), viewer_zone()) if until_on else None,
        settles_as=Ending(settles_as) if settles_as else None,
        responsible_id=int(responsible) if responsible else None,
    )


def record(commitment: Commitment, step: Step) -> Standing:
    """Record an allowed step with its audit row, its reminders, and its mail to the other side, who are in touch by it.

    Flushes.
    """
    move = add_move(commitment, step)
    db.session.flush()
    standing = standing_of_commitment(commitment, step.at)
    note_action(db.session, step.person_id, f"commitment.{step.move.value}", commitment)
    plan_reminders(db.session, commitment, standing, step.at)
    if standing.was_sent:
        tell_move(commitment, move, standing)
        said = about(standing.terms.what, step.text)
        note_word(db.session, commitment.partnership, step.side, step.person_id, said, step.at)
    return standing


def _terms(form: MoveForm, standing: Standing | None) -> Terms:
    due_on = form["due_on"].data
    return Terms(
        what=form["what"].data,
        due_on=due_on,
        due_at=end_of_day(due_on, viewer_zone()),
        condition=form["condition"].data if "condition" in form else _kept(standing).condition,
        importance=int(form["importance"].data) if "importance" in form else _kept(standing).importance,
    )


def _kept(standing: Standing | None) -> Terms:
    assert standing is not None
    return standing.terms

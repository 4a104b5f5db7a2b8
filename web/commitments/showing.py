"""The page of one commitment: what, who, when, where it stands, what one can do, and everything that was done."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, url_for

from models.actor import Action
from models.base import utc_now
from models.commitment import Commitment, CommitmentMove, Move
from models.commitment_rules import standing_of_commitment
from models.commitment_standing import Standing, State, Terms
from models.partnership_policy import partner_sides_of
from models.person import Person
from models.side import Side
from web.access import allowed, current_actor, current_person_id
from web.commitments import blueprint
from web.commitments.late import next_words, timely_and_late_moves
from web.commitments.words import ENDINGS, IMPORTANCES, MOVES, STATES, lead_of
from web.database import db
from web.labels import day_words
from web.loaders import load_commitment
from web.localisation import gettext
from web.moments import short_moment_words
from web.partnerships.sides import my_side
from web.sides import side_name

# Offered first, as the page's one button; the others stand beneath as quieter ones.
FIRST_MOVES = (
    Move.SEND,
    Move.PROMISE,
    Move.ACCEPT,
    Move.DELIVER,
    Move.AGREE_CHANGE,
    Move.SATISFIED,
    Move.ACCEPT_SETTLEMENT,
)
# A dispute about something that nobody ever agreed to helps nobody, so the page does not offer it.
NOTHING_TO_DISPUTE = frozenset(
    {State.PROPOSED, State.COUNTERED, State.DEFERRED, State.DECLINED, State.WITHDRAWN}
)


@dataclass(frozen=True)
class MoveChoice:
    label: str
    hint: str
    url: str


@dataclass(frozen=True)
class HistoryLine:
    """One move that was made. ``changes`` are the terms that it set or asked for, as words."""

    at: str
    who: str
    done: str
    text: str
    evidence: str
    changes: list[tuple[str, str]]


@dataclass(frozen=True)
class CommitmentView:
    commitment_id: int
    what: str
    is_offer: bool
    state: str
    state_kind: str
    ending: str
    next_step: str
    facts: list[tuple[str, str]]
    asked: list[tuple[str, str]]
    settlement: str
    first: MoveChoice | None
    others: list[MoveChoice]
    history: list[HistoryLine]
    partnership_url: str
    their_name: str


@blueprint.get("/commitments/<int:commitment_id>")
@allowed(Action.COMMITMENT_SEE, load_commitment, "commitment_id")
def show(commitment: Commitment) -> str:
    """One commitment with its moves."""
    return render_template("commitments/show.html", view=commitment_view(commitment))


def commitment_view(commitment: Commitment) -> CommitmentView:
    """The commitment told to the person of this request."""
    now = utc_now()
    standing = standing_of_commitment(commitment, now)
    partnership = commitment.partnership
    side = my_side(partnership)
    state, kind = STATES[standing.state]
    choices, late = _choices(commitment, standing, now)
    first = next((move for move in FIRST_MOVES if move in choices), None)
    return CommitmentView(
        commitment_id=commitment.id,
        what=standing.terms.what,
        is_offer=standing.performer is side,
        state=str(state),
        state_kind=kind,
        ending=str(ENDINGS[standing.ending]) if standing.ending else "",
        next_step=next_words(standing, side, late),
        facts=_facts(commitment, standing),
        asked=_terms_words(standing.asked_terms) if standing.asked_terms else [],
        settlement=str(ENDINGS[standing.settlement]) if standing.settlement and not standing.ending else "",
        first=_choice(commitment, standing, first) if first else None,
        others=[_choice(commitment, standing, move) for move in choices if move is not first],
        history=[_line(commitment, move) for move in commitment.moves if _is_shown(move, side)],
        partnership_url=url_for("partnerships.show", partnership_id=partnership.id),
        their_name=side_name(partnership, side.other),
    )


def _choices(commitment: Commitment, standing: Standing, now: datetime) -> tuple[list[Move], list[Move]]:
    """The moves that the person may make, on whichever of their sides, and those that would be too late."""
    person_id = current_person_id()
    moves: list[Move] = []
    too_late: list[Move] = []
    for side in sorted(partner_sides_of(current_actor(), commitment.partnership)):
        timely, late = timely_and_late_moves(standing, side, person_id, now)
        moves += [move for move in timely if move not in moves]
        too_late += late
    if standing.state in NOTHING_TO_DISPUTE:
        moves = [move for move in moves if move is not Move.DISPUTE]
    return moves, too_late


def _choice(commitment: Commitment, standing: Standing, move: Move) -> MoveChoice:
    url = url_for("commitments.move", commitment_id=commitment.id, move=move.value)
    return MoveChoice(label=str(MOVES[move].button), hint=str(lead_of(move, standing)), url=url)


def _facts(commitment: Commitment, standing: Standing) -> list[tuple[str, str]]:
    partnership = commitment.partnership
    terms = standing.terms
    responsible = db.session.get(Person, standing.responsible_id) if standing.responsible_id else None
    performer = side_name(partnership, standing.performer)
    facts = [
        (gettext("Who"), f"{responsible.name}, {performer}" if responsible else performer),
        (gettext("To whom"), side_name(partnership, standing.customer)),
        (gettext("By when"), day_words(terms.due_on)),
        (gettext("How much depends on it"), str(IMPORTANCES[terms.importance])),
    ]
    if terms.condition:
        holds = gettext("it holds") if standing.condition_met_at else gettext("it does not hold yet")
        facts.append((gettext("Only once"), f"{terms.condition} ({holds})"))
    return facts


def _terms_words(terms: Terms) -> list[tuple[str, str]]:
    return [(gettext("What"), terms.what), (gettext("By when"), day_words(terms.due_on))]


def _is_shown(move: CommitmentMove, side: Side) -> bool:
    """Drafts stay with the side that wrote them."""
    return move.move is not Move.DRAFT or move.side is side


def _line(commitment: Commitment, move: CommitmentMove) -> HistoryLine:
    changes = []
    if move.what is not None and move.due_on is not None and move.move is not Move.DRAFT:
        changes = [(gettext("What"), move.what), (gettext("By when"), day_words(move.due_on))]
        if move.condition:
            changes.append((gettext("Only once"), move.condition))
    if move.settles_as is not None:
        changes.append((gettext("Counted as"), str(ENDINGS[move.settles_as])))
    return HistoryLine(
        at=short_moment_words(move.made_at),
        who=f"{move.person.name}, {side_name(commitment.partnership, move.side)}",
        done=str(MOVES[move.move].done),
        text=move.text,
        evidence=move.evidence,
        changes=changes,
    )

"""A move about a commitment: its form, and the move itself. A refused one explains itself and loses no word."""

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.base import utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import Refusal, refusal_of, refusal_of_mover, standing_of_commitment
from models.commitment_standing import Standing, Step
from models.partnership_people import workers_of
from models.side import Side
from web.access import allowed, current_person_id, for_writing
from web.commitments import blueprint
from web.commitments.forms import MoveForm, form_of, offer_people
from web.commitments.steps import record, side_for, step_from
from web.commitments.words import MOVES, REFUSALS, lead_of
from web.database import db
from web.labels import day_words
from web.loaders import load_commitment
from web.localisation import gettext
from web.moments import today
from web.page_form import Page

# Which field a refused content belongs to.
FIELD_OF_REFUSAL = {
    Refusal.COMMENT_MISSING: "text",
    Refusal.EVIDENCE_MISSING: "evidence",
    Refusal.DATE_PASSED: "due_on",
    Refusal.DAY_MISSING: "until_on",
    Refusal.SETTLEMENT_MISSING: "settles_as",
}


@blueprint.get("/commitments/<int:commitment_id>/moves/<move>")
@allowed(Action.COMMITMENT_MOVE, load_commitment, "commitment_id")
def move(commitment: Commitment, move: str) -> Page | Response:
    """The form of one move, or why it is not possible."""
    kind = _named(move)
    now = utc_now()
    standing = standing_of_commitment(commitment, now)
    side = side_for(commitment, standing, kind, now)
    refusal = refusal_of_mover(standing, Step(kind, side, current_person_id(), now))
    if refusal is not None:
        flash(REFUSALS[refusal], "warning")
        return redirect(url_for("commitments.show", commitment_id=commitment.id), 303)
    form = _first_form(kind, commitment, standing)
    _prepare(form, commitment, standing, side)
    return _page(form, commitment, kind, standing, "")


@blueprint.post("/commitments/<int:commitment_id>/moves/<move>", endpoint="make_move")
@allowed(Action.COMMITMENT_MOVE, load_commitment, "commitment_id")
def make_move(commitment: Commitment, move: str) -> Page | Response:
    """Make the move if the rules allow it at this moment."""
    kind = _named(move)
    now = utc_now()
    standing = standing_of_commitment(commitment, now)
    form = form_of(kind)()
    _prepare(form, commitment, standing, side_for(commitment, standing, kind, now))
    if not form.validate_on_submit():
        return _page(form, commitment, kind, standing, ""), 422
    commitment = for_writing(Action.COMMITMENT_MOVE, load_commitment, commitment.id)
    now = utc_now()
    standing = standing_of_commitment(commitment, now)
    step = step_from(form, kind, side_for(commitment, standing, kind, now), standing, now)
    refusal = refusal_of(standing, step)
    if refusal is not None:
        db.session.rollback()
        return _refused(form, commitment, kind, refusal)
    if form.number.data and form.number.data != str(len(commitment.moves)):
        db.session.rollback()
        return _changed(form, commitment, kind)
    record(commitment, step)
    target = url_for("commitments.show", commitment_id=commitment.id)
    db.session.commit()
    flash(gettext("Done: you %(done)s.", done=MOVES[kind].done), "success")
    return redirect(target, 303)


def _refused(form: MoveForm, commitment: Commitment, kind: Move, refusal: Refusal) -> Page:
    """The same page with the reason: at its field where one is to blame, above the form otherwise."""
    field = FIELD_OF_REFUSAL.get(refusal, "")
    if field in form:
        form[field].errors = [*form[field].errors, str(REFUSALS[refusal])]
        return _page(form, commitment, kind, standing_of_commitment(commitment, utc_now()), ""), 422
    standing = standing_of_commitment(commitment, utc_now())
    return _page(form, commitment, kind, standing, str(REFUSALS[refusal])), 409


def _changed(form: MoveForm, commitment: Commitment, kind: Move) -> Page:
    """Somebody moved while the page was open: what they did is shown, and what was typed is kept."""
    last = commitment.moves[-1]
    form.number.data = str(len(commitment.moves))
    news = gettext(
        "%(name)s %(done)s while this page was open. Look at the terms again, then decide.",
        name=last.person.name,
        done=MOVES[last.move].done,
    )
    return _page(form, commitment, kind, standing_of_commitment(commitment, utc_now()), str(news)), 409


def _first_form(kind: Move, commitment: Commitment, standing: Standing) -> MoveForm:
    """The form with the terms as they stand, so that a change is a change and not a second typing."""
    terms = standing.asked_terms or standing.terms
    return form_of(kind)(
        formdata=None,
        what=terms.what,
        due_on=terms.due_on,
        condition=terms.condition,
        importance=str(terms.importance),
        responsible=str(standing.responsible_id or current_person_id()),
        number=str(len(commitment.moves)),
    )


def _prepare(form: MoveForm, commitment: Commitment, standing: Standing, side: Side) -> None:
    form.today = today()
    is_performer = side is standing.performer
    offer_people(form, workers_of(db.session, commitment.partnership, side) if is_performer else [])


def _named(move: str) -> Move:
    if move not in {each.value for each in Move}:
        abort(404)
    return Move(move)


def _page(form: MoveForm, commitment: Commitment, kind: Move, standing: Standing, news: str) -> str:
    terms = standing.terms
    return render_template(
        "commitments/move.html",
        form=form,
        commitment=commitment,
        move=kind.value,
        button=MOVES[kind].button,
        lead=lead_of(kind, standing),
        terms=terms,
        due=day_words(terms.due_on),
        news=news,
        is_grave=kind in {Move.REVOKE, Move.MARK_BROKEN, Move.DECLINE},
        fields=[
            name for name in ("what", "due_on", "condition", "importance", "responsible") if name in form
        ],
    )

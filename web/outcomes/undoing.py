"""Taking back what was just told in the list of several meetings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import AuditEntry
from models.base import utc_now
from models.dealings_policy import sides_of
from models.outcome import Outcome
from web.access import authorised, current_actor, current_person_id, for_writing, signed_in
from web.addresses import possible_ids
from web.database import db
from web.loaders import load_meeting
from web.localisation import gettext, ngettext
from web.outcomes import blueprint
from web.outcomes.missing import MOST_ROWS
from web.outcomes.recording import TAKE_BACK, take_back_account
from web.page_form import PageForm

UNDO_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class UndoOffer:
    """The accounts that were just kept."""

    outcome_ids: list[int]
    words: str


@blueprint.post("/outcomes/undo")
@signed_in
def undo() -> Response:
    """Take back accounts that the same person told within the last hour; what is older stays, and what somebody else
    told is not there.
    """
    form = PageForm()
    ids = request.form.getlist("outcome", type=int)
    if not _is_own(ids):
        abort(404)
    # Plain numbers: another tab may take the same ones back before this one begins to write.
    fresh = [(outcome.id, outcome.meeting_id) for outcome in _own_fresh(ids)]
    taken_back, load = 0, for_writing
    for outcome_id, meeting_id in fresh if form.validate_on_submit() else []:
        meeting = load(Action.MEETING_CHANGE, load_meeting, meeting_id)
        load = authorised
        still = db.session.get(Outcome, outcome_id)
        if still is not None and still.side in sides_of(current_actor(), meeting.introduction):
            take_back_account(db.session, still, current_person_id(), utc_now())
            taken_back += 1
    db.session.commit()
    if taken_back:
        words = ngettext(
            "Taken back: %(num)d meeting is on the list again.",
            "Taken back: %(num)d meetings are on the list again.",
            taken_back,
        )
        flash(words, "success")
    else:
        flash(gettext("This is taken back already, or was told more than an hour ago."), "warning")
    return redirect(url_for("outcomes.several"), 303)


def undo_offer(outcome_ids: Sequence[int]) -> UndoOffer | None:
    """The offer to take these back, if they are the person's own and fresh."""
    fresh = _own_fresh(outcome_ids)
    if not fresh:
        return None
    words = ngettext("%(num)d outcome is saved.", "%(num)d outcomes are saved.", len(fresh))
    return UndoOffer(outcome_ids=[outcome.id for outcome in fresh], words=words)


def _is_own(outcome_ids: Sequence[int]) -> bool:
    """Whether the person told one of these, even if they took it back since."""
    known = possible_ids(outcome_ids)[:MOST_ROWS]
    told = select(Outcome.id).where(Outcome.id.in_(known), Outcome.person_id == current_person_id())
    taken_back = select(AuditEntry.id).where(
        AuditEntry.record_kind == Outcome.__tablename__,
        AuditEntry.record_id.in_(known),
        AuditEntry.action == TAKE_BACK,
        AuditEntry.person_id == current_person_id(),
    )
    return bool(db.session.scalar(select(or_(told.exists(), taken_back.exists()))))


def _own_fresh(outcome_ids: Sequence[int]) -> list[Outcome]:
    known = possible_ids(outcome_ids)[:MOST_ROWS]
    return list(
        db.session.scalars(
            select(Outcome)
            .where(
                Outcome.id.in_(known),
                Outcome.person_id == current_person_id(),
                Outcome.logged_at > utc_now() - UNDO_WITHIN,
            )
            .order_by(Outcome.meeting_id)
        )
    )

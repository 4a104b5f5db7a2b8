"""Undo: every move and every bulk action can be taken back, as a whole."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.dealings_policy import visible_relationships
from models.pipeline_undo import (
    Undoing,
    relationships_ever_in,
    relationships_of_batch,
    relationships_to_undo,
    undo,
)
from models.policy import can
from models.relationship import Relationship
from web.access import current_actor, current_person_id, signed_in
from web.database import db
from web.localisation import gettext
from web.pipeline import blueprint
from web.pipeline.going_back import BackForm, back_url

BATCH_LENGTH = 64
TAKEN_BACK = (Undoing.WHOLE, Undoing.ALL_BUT_STEP)


@dataclass(frozen=True)
class UndoOffer:
    """What the page says right after something was done: how many cards it changed."""

    batch: str
    count: int
    name: str


@blueprint.post("/pipeline/batches/<string:batch>/undo", endpoint="undo")
@signed_in
def undo_batch(batch: str) -> Response:
    """Take back what the batch did, card by card; what was changed since stays as it is."""
    form = BackForm()
    begin_write(db.session)
    now = utc_now()
    cards = _cards_of(batch, now)
    if not cards:
        return _undone_already(form, batch)
    partners: dict[Undoing, list[str]] = {undoing: [] for undoing in Undoing}
    for ours in cards:
        undoing = undo(db.session, ours, batch, now)
        partners[undoing].append(ours.partner.name)
        if undoing in TAKEN_BACK:
            note_action(db.session, current_person_id(), "pipeline.undo", ours, ours.unit_id)
    target = back_url(form, cards[0].id)
    db.session.commit()
    _tell(partners)
    return redirect(target, 303)


def _tell(partners: dict[Undoing, list[str]]) -> None:
    """Say what was undone and what was not, with the names of the partners."""
    parts, left, gone = (
        ", ".join(partners[undoing])
        for undoing in (Undoing.ALL_BUT_STEP, Undoing.CHANGED_SINCE, Undoing.OWNER_GONE)
    )
    if any(partners[undoing] for undoing in TAKEN_BACK):
        flash(gettext("Undone."), "success")
    if parts:
        flash(
            gettext("Of this the next step is done or dropped, and left as it is: %(names)s.", names=parts),
            "warning",
        )
    if left:
        flash(gettext("Changed since, and left as it is: %(names)s.", names=left), "warning")
    if gone:
        flash(
            gettext(
                "Left as it is, because whoever looked after it before is not here any more: %(names)s.",
                names=gone,
            ),
            "warning",
        )


def _undone_already(form: BackForm, batch: str) -> Response:
    """For the button of an old page; a batch whose cards the person may not see is no batch."""
    seen = visible_relationships(current_actor()).with_only_columns(Relationship.id)
    ours_id = db.session.scalar(seen.where(Relationship.id.in_(relationships_ever_in(batch))).limit(1))
    if ours_id is None:
        abort(404)
    target = back_url(form, ours_id)
    db.session.rollback()
    flash(gettext("This is undone already, or was done more than a week ago."), "warning")
    return redirect(target, 303)


def undo_offer() -> UndoOffer | None:
    """The offer to undo the batch that the address names, while there is something of it to take back."""
    batch = request.args.get("done", "")[:BATCH_LENGTH]
    if not batch or not batch.isalnum():
        return None
    ids = visible_relationships(current_actor()).with_only_columns(Relationship.id)
    changed = ids.where(Relationship.id.in_(relationships_to_undo(batch, utc_now()))).subquery()
    count, first = db.session.execute(select(func.count(), func.min(changed.c.id))).one()
    if not count:
        return None
    return UndoOffer(batch=batch, count=count, name=db.session.get_one(Relationship, first).partner.name)


def _cards_of(batch: str, now: datetime) -> list[Relationship]:
    actor = current_actor()
    of_batch = relationships_of_batch(batch, now)
    statement = visible_relationships(actor).where(Relationship.id.in_(of_batch))
    cards = db.session.scalars(statement.order_by(Relationship.id).with_for_update(of=Relationship))
    return [ours for ours in cards if can(actor, Action.RELATIONSHIP_WRITE, ours, now)]

"""What the forms of a move say about a card, written down beside the move: for one card and for many."""

from datetime import datetime

from models.cadence import was_in_touch
from models.follow_up import FollowUpKind
from models.organisation import Unit
from models.pipeline_moves import remember_follow_up
from models.planning import plan_follow_up, zone_of
from models.relationship import Contact, PrivateNote, Relationship, take_part
from models.unit_people import colleagues
from web.access import current_person_id
from web.database import db
from web.pipeline.forms import (
    CloseForm,
    ContactFields,
    ContactMoveForm,
    StepMoveForm,
    person_choices,
)
from web.pipeline.going_back import BackForm


def offer_owners(form: StepMoveForm, unit: Unit) -> None:
    """Let the form choose among the unit's colleagues; until somebody chooses, it is whoever looks."""
    form.owner_id.choices = person_choices(colleagues(db.session, unit))
    if not form.is_submitted():
        form.owner_id.data = current_person_id()


def keep_facts(ours: Relationship, form: BackForm, batch: str, now: datetime) -> None:
    """Within the write transaction, with what takes it back again under ``batch``. A form without facts keeps none."""
    match form:
        case ContactMoveForm():
            keep_contact(ours, form, now).batch = batch
        case StepMoveForm():
            _plan_step(ours, form, batch, now)
        case CloseForm() if form.note.data:
            person_id = current_person_id()
            db.session.add(PrivateNote(relationship_id=ours.id, person_id=person_id, text=form.note.data))


def keep_contact(ours: Relationship, form: ContactFields, now: datetime) -> Contact:
    """Write down when and how the two were in touch; whoever says so takes part in the card."""
    person_id = current_person_id()
    take_part(db.session, ours, person_id)
    return was_in_touch(
        db.session,
        ours,
        form.moment(now),
        form.kind.data,
        form.direction.data,
        person_id,
        form.note.data,
        None,
        now,
    )


def _plan_step(ours: Relationship, form: StepMoveForm, batch: str, now: datetime) -> None:
    person_id = current_person_id()
    follow_up = plan_follow_up(
        db.session,
        ours,
        FollowUpKind.NEXT_STEP,
        form.step.data,
        form.owner_id.data,
        form.due_on.data,
        zone_of(db.session, form.owner_id.data),
        False,
        None,
        person_id,
        now,
    )
    remember_follow_up(db.session, follow_up, person_id, batch, now)

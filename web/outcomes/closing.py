"""Closing the card after an outcome that stops here, with a reason from the short list."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.meeting import Meeting
from models.pipeline_moves import move, new_batch
from models.relationship import ClosedReason, Stage
from models.settling import relationships_of
from web.access import allowed, current_person_id, for_writing
from web.choices import choices_of
from web.database import db
from web.loaders import load_meeting
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.outcomes import blueprint
from web.outcomes.sides import refuse_unless_reader, stand_of
from web.page_form import PageForm
from web.pipeline.words import CLOSED_REASONS


class CloseForm(PageForm):
    """Why the road ends; only our side sees it."""

    reason = SelectField(
        _("Why does it end here?"),
        choices=[SelectChoice("", _("Choose")), *choices_of(CLOSED_REASONS)],
        validators=[DataRequired(_("Choose the reason that comes closest."))],
    )


@blueprint.post("/meetings/<int:meeting_id>/outcome/close")
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def close(meeting: Meeting) -> Response:
    """Close our card, and offer to undo it as the board does. Sent twice, it changes nothing the second time."""
    refuse_unless_reader(meeting, stand_of(meeting))
    form = CloseForm()
    if not form.validate_on_submit():
        flash(gettext("Choose the reason that comes closest."), "error")
        return redirect(url_for("outcomes.show", meeting_id=meeting.id), 303)
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    ours = relationships_of(db.session, meeting)[stand_of(meeting).side]
    batch = new_batch()
    if ours.stage is not Stage.CLOSED:
        person_id, reason = current_person_id(), ClosedReason(form.reason.data)
        move(db.session, ours, Stage.CLOSED, person_id, batch, utc_now(), reason)
        note_action(db.session, person_id, "relationship.close", ours, ours.unit_id)
    target = url_for("relationships.show", relationship_id=ours.id, done=batch)
    db.session.commit()
    flash(gettext("Closed. A new contact opens it again."), "success")
    return redirect(target, 303)

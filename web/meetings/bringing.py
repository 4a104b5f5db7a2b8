"""Letting a colleague come, too: instead of somebody who left, or along with those who are invited."""

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.actor import Action
from models.base import utc_now
from models.booking import BookingConflict
from models.dealings_policy import sides_of
from models.meeting import Meeting, MeetingState
from models.person import Person
from models.side import Side
from models.unit_people import colleagues
from web.access import allowed, current_actor, current_person, for_writing
from web.database import db
from web.loaders import load_meeting
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.meetings import blueprint
from web.meetings.scheduling import bring_along
from web.meetings.words import conflict_words
from web.page_form import PageForm


class BringForm(PageForm):
    """``side`` is the side for which the person comes."""

    person_id = SelectField(_("Who comes, too?"), validators=[InputRequired(_("Choose somebody."))])
    side = HiddenField()


def bring_form(meeting: Meeting, side: Side) -> BringForm:
    """An empty form with the colleagues of this side who are not invited yet; without any, it has no choices."""
    form = BringForm(formdata=None, side=side.value)
    # Within one organisation both sides may be the reader's, and a page says each id once.
    form.side.id = f"side-{side}"
    form.person_id.id = form.person_id.label.field_id = f"who-{side}"
    invited = {entry.person_id for entry in meeting.attendees}
    others = [choice for choice in _choices(meeting, side) if int(choice.value) not in invited]
    # Nobody is chosen beforehand: one press tells everybody.
    form.person_id.choices = [SelectChoice("", gettext("Choose somebody")), *others] if others else []
    return form


@blueprint.post("/meetings/<int:meeting_id>/people")
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def bring(meeting: Meeting) -> Response:
    """Invite a colleague. Sent twice, it invites them once."""
    form = BringForm()
    side = _our_side(meeting, form)
    form.person_id.choices = _choices(meeting, side)
    target = url_for("meetings.show", meeting_id=meeting.id)
    if not form.validate_on_submit():
        flash(gettext("Choose somebody of your organisation from the list."), "error")
        return redirect(target, 303)
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    person = db.session.get_one(Person, int(form.person_id.data))
    if meeting.state is not MeetingState.SCHEDULED or meeting.ends_at <= utc_now():
        db.session.rollback()
        flash(gettext("This meeting is settled, so nothing was changed."), "warning")
        return redirect(target, 303)
    name = person.name
    try:
        is_new = bring_along(db.session, meeting, side, person, current_person())
    except BookingConflict as conflict:
        db.session.rollback()
        flash(conflict_words(conflict.conflicts), "error")
        return redirect(target, 303)
    db.session.commit()
    if is_new:
        flash(gettext("%(name)s is invited. Everybody who comes is told by mail.", name=name), "success")
    else:
        flash(gettext("%(name)s is invited already, so nothing was changed.", name=name), "info")
    return redirect(target, 303)


def _our_side(meeting: Meeting, form: BringForm) -> Side:
    if form.side.data not in set(Side) or Side(form.side.data) not in sides_of(
        current_actor(), meeting.introduction
    ):
        abort(404)
    return Side(form.side.data)


def _choices(meeting: Meeting, side: Side) -> list[SelectChoice]:
    people = colleagues(db.session, meeting.introduction.unit_of(side))
    return [SelectChoice(str(person.id), person.name) for person in people]

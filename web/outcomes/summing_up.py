"""The shared summary of a meeting: proposed by one side, confirmed or corrected by the other, in turns."""

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.meeting import Meeting
from models.summaries import confirm_summary, open_summary
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.loaders import load_meeting
from web.localisation import gettext
from web.outcomes import blueprint
from web.outcomes.letters import write_of_summary
from web.outcomes.page import show_page
from web.outcomes.recording import record_summary
from web.outcomes.sides import is_reader, refuse_unless_answering, stand_of
from web.outcomes.summaries import SummaryForm, summary_view


@blueprint.post("/meetings/<int:meeting_id>/summary")
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def summary(meeting: Meeting) -> tuple[str, int] | Response:
    """Write a version: a first one, a correction of theirs, or other words of ours before they answered."""
    stand = stand_of(meeting)
    refuse_unless_answering(meeting, stand)
    form = SummaryForm()
    if not form.validate_on_submit():
        return show_page(meeting, stand, form), 422
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    seen = summary_view(meeting, stand)
    if form.seen.data != seen.seen:
        db.session.rollback()
        return show_page(meeting, stand, form, stale=True), 409
    if not (seen.is_our_turn or is_reader(meeting, stand)):
        abort(403)
    if form.text.data == seen.newest_text:
        db.session.rollback()
        form.text.errors = [gettext("Nothing is changed yet. Change the words first.")]
        return show_page(meeting, stand, form), 422
    person_id = current_person_id()
    written = record_summary(db.session, meeting, stand.side, form.text.data, person_id, utc_now())
    write_of_summary(written)
    db.session.commit()
    flash(gettext("Sent. %(name)s is asked whether it is right.", name=stand.partner_name), "success")
    return redirect(url_for("outcomes.show", meeting_id=meeting.id), 303)


@blueprint.post("/meetings/<int:meeting_id>/summary/confirm")
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def confirm(meeting: Meeting) -> tuple[str, int] | Response:
    """Agree to the version that was read."""
    stand = stand_of(meeting)
    refuse_unless_answering(meeting, stand)
    form = SummaryForm()
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    waiting = open_summary(db.session, meeting)
    if waiting is None or str(waiting.id) != form.seen.data or waiting.written_by is stand.side:
        db.session.rollback()
        return show_page(meeting, stand, stale=True), 409
    confirm_summary(waiting, stand.side, current_person_id(), utc_now())
    unit_id = meeting.introduction.unit_id_of(stand.side)
    note_action(db.session, current_person_id(), "summary.confirm", waiting, unit_id)
    db.session.commit()
    flash(gettext("Confirmed. Both sides can point to it now."), "success")
    return redirect(url_for("outcomes.show", meeting_id=meeting.id), 303)

"""Moving a meeting, meeting elsewhere, cancelling, and saying whether one comes."""

from collections.abc import Collection

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.base import utc_now
from models.booking import BookingConflict, Conflict, conflicts
from models.dealings_policy import sides_of
from models.meeting import Attendance, Meeting, MeetingState
from web.access import allowed, current_actor, current_person, current_person_id, for_writing
from web.database import db
from web.loaders import load_meeting
from web.localisation import gettext
from web.meetings import blueprint
from web.meetings.answers import meeting_view
from web.meetings.forms import AnswerForm, CancelForm, MoveForm, PlaceForm
from web.meetings.scheduling import answer_meeting, cancel_meeting, change_place, move_meeting
from web.meetings.words import conflict_words, when_words
from web.page_form import Page, PageForm


@blueprint.route("/meetings/<int:meeting_id>/move", methods=["GET", "POST"])
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def move(meeting: Meeting) -> Page | Response:
    """Another time for everybody; a meeting that nobody held on its day may be moved, too."""
    if meeting.state is not MeetingState.SCHEDULED:
        return _too_late(meeting)
    form = MoveForm(data=_now_at(meeting))
    form.offer(meeting)
    if not form.validate_on_submit():
        return _form_page("meetings/move.html", form, meeting)
    held = [] if form.anyway.data else _holds_of_ours(meeting, form)
    if held:
        return _form_page("meetings/move.html", form, meeting, held=sorted({one.person_name for one in held}))
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    if _changed_meanwhile(form, meeting):
        return _form_page("meetings/move.html", form, meeting, status=409)
    assert form.period is not None, "a valid form has one"
    if (form.period.starts_at, form.period.ends_at) == (meeting.starts_at, meeting.ends_at):
        db.session.rollback()
        flash(gettext("That is the time already agreed, so nothing was changed."), "info")
        return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)
    try:
        move_meeting(db.session, meeting, form.period, current_person())
    except BookingConflict as conflict:
        return _not_free(form, meeting, conflict)
    db.session.commit()
    flash(gettext("Moved. Everybody who is invited gets the new time by mail."), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


@blueprint.route("/meetings/<int:meeting_id>/place", methods=["GET", "POST"])
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def place(meeting: Meeting) -> Page | Response:
    """Another place, or another way to meet."""
    if not _is_ahead(meeting):
        return _too_late(meeting)
    form = PlaceForm(data={"mode": meeting.mode, "where": meeting.where, "version": meeting.version})
    if not form.validate_on_submit():
        return _form_page("meetings/place.html", form, meeting)
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    if _changed_meanwhile(form, meeting):
        return _form_page("meetings/place.html", form, meeting, status=409)
    if (meeting.mode, meeting.where) != (form.mode.data, form.where.data):
        change_place(db.session, meeting, form.mode.data, form.where.data, current_person())
    db.session.commit()
    flash(gettext("Changed. Everybody who is invited gets it by mail."), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


@blueprint.route("/meetings/<int:meeting_id>/cancel", methods=["GET", "POST"])
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def cancel(meeting: Meeting) -> Page | Response:
    """Call it off, with a reason that both sides read."""
    if not _is_ahead(meeting):
        return _too_late(meeting)
    form = CancelForm(data={"version": meeting.version})
    if not form.validate_on_submit():
        return _form_page("meetings/cancel.html", form, meeting)
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    if _changed_meanwhile(form, meeting):
        return _form_page("meetings/cancel.html", form, meeting, status=409)
    cancel_meeting(db.session, meeting, form.reason.data, current_person())
    db.session.commit()
    flash(gettext("Cancelled. Everybody who was invited is told by mail."), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


@blueprint.post("/meetings/<int:meeting_id>/answer")
@allowed(Action.MEETING_SEE, load_meeting, "meeting_id")
def answer(meeting: Meeting) -> Response:
    """Say whether one comes oneself."""
    form = AnswerForm()
    if not form.validate_on_submit() or form.answer.data not in {"accepted", "declined"}:
        abort(422)
    meeting = for_writing(Action.MEETING_SEE, load_meeting, meeting.id)
    is_invited = any(entry.person_id == current_person_id() for entry in meeting.attendees)
    if not _is_ahead(meeting) or not is_invited:
        db.session.rollback()
        return _too_late(meeting)
    is_coming = form.answer.data == Attendance.ACCEPTED
    try:
        answer_meeting(db.session, meeting, current_person(), is_coming)
    except BookingConflict as conflict:
        db.session.rollback()
        flash(conflict_words(conflict.conflicts), "error")
        return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)
    db.session.commit()
    flash(gettext("Noted: you come.") if is_coming else gettext("Noted. The organiser is told."), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


def _form_page(
    template: str, form: PageForm, meeting: Meeting, status: int = 422, held: Collection[str] = ()
) -> Page:
    view = meeting_view(db.session, current_actor(), meeting, utc_now())
    page = render_template(template, form=form, meeting=view, held=held)
    db.session.rollback()
    return (page, status) if form.is_submitted() else page


def _not_free(form: MoveForm, meeting: Meeting, conflict: BookingConflict) -> Page:
    """Nothing was moved: show the form again, saying who is not free."""
    meeting_id = meeting.id
    db.session.rollback()
    form.clock.errors = [conflict_words(conflict.conflicts)]
    return _form_page("meetings/move.html", form, load_meeting(current_actor(), meeting_id))


def _changed_meanwhile(form: MoveForm | PlaceForm | CancelForm, meeting: Meeting) -> bool:
    """Whether somebody else changed the meeting since the form was shown. The form then says what it is now."""
    if form.version.data == str(meeting.version):
        return False
    words = gettext("The meeting was changed meanwhile: it is now %(when)s, %(where)s. Check and send it again.",
        when=when_words(meeting), where=meeting.where)  # fmt: skip
    form.form_errors.append(words)
    form.version.data = str(meeting.version)
    return True


def _holds_of_ours(meeting: Meeting, form: MoveForm) -> list[Conflict]:
    """Times that people of our side offered to somebody else. What the other side offered is not ours to know."""
    assert form.period is not None, "a valid form has one"
    ours = sides_of(current_actor(), meeting.introduction)
    people = [entry.person_id for entry in meeting.attendees if entry.person_id and entry.side in ours]
    found = conflicts(db.session, people, form.period.starts_at, form.period.ends_at, meeting.id)
    return [conflict for conflict in found if not conflict.is_firm]


def _now_at(meeting: Meeting) -> dict[str, object]:
    return {
        "day": meeting.starts_local.date(),
        "clock": meeting.starts_local.time(),
        "minutes": round((meeting.ends_at - meeting.starts_at).total_seconds() / 60),
        "zone": meeting.zone,
        "version": meeting.version,
    }


def _is_ahead(meeting: Meeting) -> bool:
    return meeting.state is MeetingState.SCHEDULED and meeting.ends_at > utc_now()


def _too_late(meeting: Meeting) -> Response:
    flash(gettext("This meeting is settled, so nothing was changed."), "warning")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)

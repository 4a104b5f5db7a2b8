"""The private calendar of a person: its secret address, and what a calendar program reads there."""

from datetime import timedelta

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from models.actor import Actor, load_actor
from models.audit import note_action
from models.base import utc_now
from models.calendar_feed import CalendarFeed, feed_of_token, renew_feed, revoke_feed, working_feed
from models.database import begin_write
from models.dealings_policy import visible_follow_ups, visible_meetings
from models.follow_up import FollowUp
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.relationship import Relationship
from web.access import current_person_id, public, signed_in
from web.database import db
from web.letters import public_url, words_for
from web.localisation import gettext
from web.meetings import blueprint
from web.meetings.calendar_text import CalendarDay, CalendarEvent, feed_text
from web.meetings.forms import AnswerForm
from web.meetings.letters import event_of
from web.meetings.records import with_sides

# A calendar that subscribed forgets what is no longer told, so what is over or cancelled stays for a while.
PAST_SHOWN = timedelta(days=90)
CANCELLED_SHOWN = timedelta(days=30)
# Writing down each reading would be a write for every reader every few minutes.
READING_NOTED_EVERY = timedelta(hours=1)


@blueprint.get("/calendar")
@signed_in
def calendar() -> str:
    """Whether there is an address, and when it was last read. The address itself is shown only when it is made."""
    found = working_feed(db.session, current_person_id())
    return render_template("meetings/calendar.html", feed=found, address=None, form=AnswerForm())


@blueprint.post("/calendar/renew")
@signed_in
def renew_calendar() -> str:
    """Make a new address and show it this once, in the answer itself: only its hash is kept. The former one ends."""
    begin_write(db.session)
    made, token = renew_feed(db.session, current_person_id(), utc_now())
    note_action(db.session, current_person_id(), "calendar.renew", made)
    db.session.commit()
    address = public_url("meetings.feed", {"token": token})
    return render_template("meetings/calendar.html", feed=made, address=address, form=AnswerForm())


@blueprint.post("/calendar/revoke")
@signed_in
def revoke_calendar() -> Response:
    begin_write(db.session)
    revoked = revoke_feed(db.session, current_person_id(), utc_now())
    if revoked is not None:
        note_action(db.session, current_person_id(), "calendar.revoke", revoked)
    db.session.commit()
    flash(gettext("The address no longer works. Calendars that read it get nothing more."), "success")
    return redirect(url_for("meetings.calendar"), 303)


@blueprint.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """What the calendar program of whoever knows the secret reads: meetings and follow-ups of one person."""
    found = feed_of_token(db.session, token)
    if found is None:
        abort(404)
    actor = load_actor(db.session, found.person_id)
    with words_for(found.person):
        text = feed_text("Counterpart", _events(actor), _days(actor))
    response = current_app.response_class(text, content_type="text/calendar; charset=utf-8")
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    _note_reading(found)
    return response.make_conditional(request)


def _events(actor: Actor) -> list[CalendarEvent]:
    """The meetings to which this person is invited and comes, as far as they may still see them."""
    now = utc_now()
    is_shown = or_(
        Meeting.state != MeetingState.CANCELLED,
        Meeting.changed_at > now - CANCELLED_SHOWN,
    )
    statement = (
        visible_meetings(actor)
        .join(MeetingAttendee, MeetingAttendee.meeting_id == Meeting.id)
        .where(
            MeetingAttendee.person_id == actor.person_id,
            MeetingAttendee.attendance != Attendance.DECLINED,
            Meeting.ends_at > now - PAST_SHOWN,
            is_shown,
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [event_of(meeting) for meeting in db.session.scalars(with_sides(statement))]


def _days(actor: Actor) -> list[CalendarDay]:
    """What this person themselves has to do, on the day on which it is due."""
    follow_ups = db.session.scalars(
        visible_follow_ups(actor)
        .where(
            FollowUp.owner_id == actor.person_id, FollowUp.done_at.is_(None), FollowUp.dropped_at.is_(None)
        )
        .order_by(FollowUp.due_at, FollowUp.id)
        .options(joinedload(FollowUp.relationship_).joinedload(Relationship.partner))
    )
    return [_day_of(follow_up) for follow_up in follow_ups]


def _day_of(follow_up: FollowUp) -> CalendarDay:
    partner = follow_up.relationship_.partner.name
    return CalendarDay(
        uid=f"follow-up-{follow_up.id}@counterpart",
        summary=gettext("Follow up with %(partner)s: %(text)s", partner=partner, text=follow_up.text),
        url=public_url("follow_ups.show", {"follow_up_id": follow_up.id}),
        day=follow_up.due_on,
        changed_at=follow_up.created_at,
    )


def _note_reading(found: CalendarFeed) -> None:
    """The one GET that writes: the person wants to see whether, and when, somebody reads their calendar."""
    now = utc_now()
    if found.last_read_at is not None and found.last_read_at > now - READING_NOTED_EVERY:
        return
    feed_id = found.id
    begin_write(db.session)
    row = db.session.scalar(select(CalendarFeed).where(CalendarFeed.id == feed_id))
    if row is not None:
        row.last_read_at = now
    db.session.commit()

"""Mail about meetings: the invitation, its updates and the cancellation, each with the part that calendars read."""

from email.utils import parseaddr

from flask import current_app
from flask_babel import LazyString
from sqlalchemy.orm import Session

from models.base import utc_now
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.outbox import CalendarPart, OutboxMail
from models.person import Person
from models.planning import belongs_to
from models.side import Side
from web.database import db
from web.letters import Guest, public_url, write_letter
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.mail import still_applies
from web.meetings.calendar_text import CalendarEvent, Invitation, Invitee, Method, invitation_text
from web.meetings.words import when_words, where_words
from web.sides import side_name

INVITED = "meeting.invited"
CHANGED = "meeting.changed"
CANCELLED = "meeting.cancelled"
DECLINED = "meeting.declined"


def tell_invited(meeting: Meeting) -> None:
    """Invite everybody who is to come."""
    _tell_all(meeting, INVITED, Method.REQUEST, _("Invitation: %(title)s", title=meeting.title), None)


def tell_changed(meeting: Meeting, by: Person) -> None:
    """Tell everybody the new time or place, under the number of this change."""
    _tell_all(meeting, CHANGED, Method.REQUEST, _("Changed: %(title)s", title=meeting.title), by)


def tell_brought(meeting: Meeting, brought: Person) -> None:
    """Invite somebody who is asked to come, too, and tell the others; time and place are what they were."""
    part = calendar_part(meeting, Method.REQUEST)
    invitation = _("Invitation: %(title)s", title=meeting.title)
    news = _("%(name)s is invited, too: %(title)s", name=brought.name, title=meeting.title)
    for attendee in _on_their_sides(meeting):
        if attendee.person_id == brought.id:
            _tell(meeting, attendee, INVITED, "invited", invitation, None, part)
        else:
            _tell(meeting, attendee, CHANGED, "brought", news, brought, part)


def tell_cancelled(meeting: Meeting, by: Person) -> None:
    """Tell everybody that it does not take place, with the reason."""
    _tell_all(meeting, CANCELLED, Method.CANCEL, _("Cancelled: %(title)s", title=meeting.title), by)


def tell_declined(meeting: Meeting, by: Person | Guest) -> None:
    """Tell the organiser that somebody does not come."""
    side = meeting.introduction.organisation_of(meeting.organiser_side)
    if by == meeting.organiser or not belongs_to(db.session, meeting.organiser_id, side.id):
        return
    write_letter(
        kind=DECLINED,
        record=meeting,
        recipient=meeting.organiser,
        subject=_("%(name)s does not come: %(title)s", name=by.name, title=meeting.title),
        template="meetings/mail/declined.txt",
        values={"meeting": meeting, "by": by, "when": when_words, "link": _link(meeting)},
    )


def tell_new_organiser(meeting: Meeting, left: Person) -> None:
    """Tell everybody else that the organiser left, and who organises it now: nobody, if the organiser is who left."""
    has_organiser = meeting.organiser_id != left.id
    # Calendars lose whoever left together with their address, which is forgotten.
    part = calendar_part(meeting, Method.REQUEST, left.id) if has_organiser else None
    news = _("%(name)s has left: %(title)s", name=left.name, title=meeting.title)
    for attendee in _on_their_sides(meeting):
        if attendee.person_id != left.id:
            _tell(meeting, attendee, CHANGED, "organiser", news, left, part)


def event_of(meeting: Meeting) -> CalendarEvent:
    """The meeting as calendars show it: what both sides see anyway, and nothing of either side's own."""
    introduction = meeting.introduction
    link = _link(meeting)
    return CalendarEvent(
        uid=meeting.uid,
        sequence=meeting.sequence,
        summary=meeting.title,
        description="\n".join(
            [
                gettext(
                    "%(asking)s and %(asked)s meet.",
                    asking=side_name(introduction, Side.ASKING),
                    asked=side_name(introduction, Side.ASKED),
                ),
                where_words(meeting.mode, meeting.where),
                link,
            ]
        ),
        location=meeting.where,
        url=link,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        changed_at=meeting.changed_at,
        is_cancelled=meeting.state is MeetingState.CANCELLED,
    )


def calendar_part(meeting: Meeting, method: Method, without_id: int | None = None) -> CalendarPart:
    """The calendar part of every mail about this change of the meeting, ``without_id`` without this person."""
    invited = [
        attendee
        for attendee in meeting.attendees
        if attendee.person_id is None or attendee.person_id != without_id
    ]
    invitees = {attendee.person_id: _invitee(attendee) for attendee in invited}
    organiser = invitees.get(meeting.organiser_id) or Invitee(
        meeting.organiser.name, meeting.organiser.email, Attendance.ACCEPTED
    )
    invitation = Invitation(
        event=event_of(meeting),
        organiser=organiser,
        invitees=tuple(_invitee(attendee) for attendee in invited),
        sender_email=parseaddr(current_app.extensions["settings"].mail.sender)[1],
    )
    return CalendarPart(method.value, invitation_text(invitation, method, utc_now()))


def _invitee(attendee: MeetingAttendee) -> Invitee:
    return Invitee(attendee.name, attendee.email, attendee.attendance)


def _tell_all(meeting: Meeting, kind: str, method: Method, subject: LazyString, by: Person | None) -> None:
    part = calendar_part(meeting, method)
    attendees = meeting.attendees if method is Method.CANCEL else _on_their_sides(meeting)
    for attendee in attendees:
        _tell(meeting, attendee, kind, kind.removeprefix("meeting."), subject, by, part)


def _tell(
    meeting: Meeting,
    attendee: MeetingAttendee,
    kind: str,
    template: str,
    subject: LazyString,
    who: Person | None,
    part: CalendarPart | None,
) -> None:
    """Write to one attendee, under the number of the newest change; ``who`` is whom the letter is about."""
    write_letter(
        kind=kind,
        record=meeting,
        recipient=attendee.person or Guest(attendee.name, attendee.email, zone=meeting.zone),
        subject=subject,
        template=f"meetings/mail/{template}.txt",
        values={
            "meeting": meeting,
            "attendee": attendee,
            "by": who,
            "when": when_words,
            "where": where_words,
            # Whoever has no account could not open the page.
            "link": _link(meeting) if attendee.person_id is not None else "",
        },
        occurrence=str(meeting.sequence),
        calendar=part,
    )


def _on_their_sides(meeting: Meeting) -> list[MeetingAttendee]:
    return [attendee for attendee in meeting.attendees if _is_on_its_side(meeting, attendee)]


def _is_on_its_side(meeting: Meeting, attendee: MeetingAttendee) -> bool:
    """Whoever left the organisation for which they were to come hears of no new time or place, only that it is off."""
    side = meeting.introduction.organisation_of(attendee.side)
    return attendee.person_id is None or belongs_to(db.session, attendee.person_id, side.id)


def _link(meeting: Meeting) -> str:
    return public_url("meetings.show", {"meeting_id": meeting.id})


@still_applies(INVITED)
@still_applies(CHANGED)
def _is_newest(session: Session, mail: OutboxMail) -> bool:
    """An invitation that waited while the meeting was changed again would only confuse: the newer mail says it all.
    So would one to a meeting that is over.
    """
    meeting = session.get(Meeting, mail.record_id) if mail.record_id else None
    return (
        meeting is not None
        and meeting.state is not MeetingState.CANCELLED
        and meeting.ends_at > utc_now()
        and mail.key.endswith(f":{meeting.sequence}")
    )

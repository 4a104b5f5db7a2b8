"""People without an account, who answered by a link or came to a meeting: what is kept of them, and forgetting it.

All that names them is their address, so whoever asks must write from it.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, false, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.audit import note_action
from models.introduction import AnswerLink, Proposal, ThreadMessage
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.outbox import OutboxMail
from web.leaving.belongings import rows_of_columns
from web.leaving.closing import NAME_OF_NOBODY
from web.leaving.forgetting import forget_mail_to
from web.letters import Guest
from web.meetings.letters import tell_declined


def is_known_guest(session: Session, address: str) -> bool:
    return bool(_links(session, address) or _attendances(session, address))


def belongings_of_guest(session: Session, address: str) -> dict[str, Any]:
    """Everything as plain values for JSON, as ``belongings_of`` has it for a person."""
    links = _links(session, address)
    return {
        "links": rows_of_columns(
            session,
            (AnswerLink.name, AnswerLink.email, AnswerLink.created_at, AnswerLink.answered_at),
            _is(AnswerLink.email, address),
        ),
        "proposed_times": rows_of_columns(
            session, (Proposal.note, Proposal.where, Proposal.created_at), _is_of(Proposal, links)
        ),
        "messages": rows_of_columns(
            session, (ThreadMessage.text, ThreadMessage.created_at), _is_of(ThreadMessage, links)
        ),
        "meetings": rows_of_columns(
            session,
            (
                MeetingAttendee.name, Meeting.title, Meeting.starts_at, Meeting.ends_at, Meeting.where,
                Meeting.state, MeetingAttendee.attendance,
            ),
            *_is_guest(address),
            Meeting.id == MeetingAttendee.meeting_id,
        ),
        "mail": rows_of_columns(
            session,
            (OutboxMail.kind, OutboxMail.subject, OutboxMail.state, OutboxMail.created_at, OutboxMail.sent_at),
            _is(OutboxMail.recipient, address),
        ),
    }  # fmt: skip


def forget_guest(session: Session, address: str, keeps_name: bool, now: datetime) -> None:
    """Within the current write transaction and within a request: links end, meetings ahead are declined for them, and
    an address that leads nowhere stands in place of theirs, in mail too. With ``keeps_name`` the name stays.
    """
    address = address.strip()
    links, attendances = _links(session, address), _attendances(session, address)
    for attendee in attendances:
        _decline(attendee, now)
    if not keeps_name:
        _forget_name(session, links)
    for link in links:
        link.email = _nowhere()
        link.name = link.name if keeps_name else NAME_OF_NOBODY
        link.revoked_at = link.revoked_at or now
        note_action(session, None, "answer_link.forget", link, link.introduction.unit_id_of(link.side))
    for attendee in attendances:
        attendee.email = _nowhere()
        attendee.name = attendee.name if keeps_name else NAME_OF_NOBODY
        unit_id = attendee.meeting.introduction.unit_id_of(attendee.side)
        note_action(session, None, "meeting.forget_guest", attendee.meeting, unit_id)
    forget_mail_to(session, address, _nowhere())


def _decline(attendee: MeetingAttendee, now: datetime) -> None:
    """Say for them that they do not come to a meeting ahead, while they still have their name."""
    meeting = attendee.meeting
    is_ahead = meeting.state is MeetingState.SCHEDULED and meeting.ends_at > now
    if is_ahead and attendee.attendance is not Attendance.DECLINED:
        attendee.attendance = Attendance.DECLINED
        meeting.changed_at = now
        tell_declined(meeting, Guest(attendee.name, attendee.email))


def _forget_name(session: Session, links: list[AnswerLink]) -> None:
    for written in (Proposal, ThreadMessage):
        theirs = update(written).where(_is_of(written, links))
        session.execute(theirs.values(guest_name=NAME_OF_NOBODY))


def _links(session: Session, address: str) -> list[AnswerLink]:
    theirs = select(AnswerLink).where(_is(AnswerLink.email, address))
    return list(session.scalars(theirs.order_by(AnswerLink.id)))


def _attendances(session: Session, address: str) -> list[MeetingAttendee]:
    theirs = select(MeetingAttendee).where(*_is_guest(address))
    return list(session.scalars(theirs.order_by(MeetingAttendee.id)))


def _is_guest(address: str) -> tuple[ColumnElement[bool], ...]:
    return (MeetingAttendee.person_id.is_(None), _is(MeetingAttendee.email, address))


def _is(column: InstrumentedAttribute[str], address: str) -> ColumnElement[bool]:
    return func.lower(column) == address.strip().lower()


def _is_of(written: type[Proposal | ThreadMessage], links: list[AnswerLink]) -> ColumnElement[bool]:
    """Written by one of these guests: such rows know their author by name alone."""
    side = Proposal.made_by if written is Proposal else ThreadMessage.side
    of_links = [
        and_(
            written.introduction_id == link.introduction_id,
            side == link.side,
            written.guest_name == link.name,
        )
        for link in links
    ]
    return and_(written.person_id.is_(None), written.guest_name != "", or_(false(), *of_links))


def _nowhere() -> str:
    # A new one each time, or two mails of one kind could not be told apart any more.
    return f"left-{uuid4().hex}@left.invalid"

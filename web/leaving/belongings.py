"""What the portal keeps about a person, to take along.

What they wrote stands in it as far as both sides of a dealing read it. What an organisation keeps for itself belongs to
it, whoever wrote it down, so notes, outcomes and reasons are left out. What others may change afterwards (posts, times
and places of meetings, goals) stands in it as long as the person may read it on the pages, too.
"""

from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.actor import Actor, load_actor
from models.alert import AlertSetting, SavedSearch
from models.audit import AuditEntry
from models.base import utc_now
from models.calendar_feed import CalendarFeed
from models.commitment import CommitmentMove
from models.dealings_policy import visible_meetings
from models.follow_up import FollowUp
from models.introduction import Introduction, Proposal, ThreadMessage
from models.meeting import Meeting, MeetingAttendee
from models.organisation import Organisation, Unit
from models.outbox import OutboxMail
from models.outcome import SharedSummary
from models.partnership import Counterpart, ExpectationLetter, Partnership
from models.partnership_policy import visible_partnerships
from models.person import Membership, Person
from models.pipeline_view import PipelineView
from models.policy import visible_posts
from models.post import Post
from web.accounts.account import Account


def belongings_of(session: Session, person: Person) -> dict[str, Any]:
    """Everything as plain values for JSON: moments in UTC, as ISO 8601."""
    mine = person.id
    themselves = rows_of_columns(
        session,
        (
            Person.name, Person.email, Person.title, Person.locale, Person.zone, Person.contact_permission,
            Person.digest, Person.is_operator, Person.created_at,
        ),
        Person.id == mine,
    )  # fmt: skip
    return {
        "person": themselves[0],
        "account": rows_of_columns(
            session, (Account.email, Account.confirmed_at, Account.create_datetime), Account.person_id == mine
        ),
        "roles": rows_of_columns(
            session,
            (
                Organisation.name.label("organisation"), Unit.name.label("unit"), Membership.role,
                Membership.state, Membership.note, Membership.created_at, Membership.decided_at,
            ),
            Membership.person_id == mine,
            Organisation.id == Membership.organisation_id,
            Unit.id == Membership.unit_id,
        ),
        **_written(session, mine),
        **_readable(session, load_actor(session, mine), mine),
        "follow_ups": rows_of_columns(
            session, (FollowUp.due_on, FollowUp.created_at, FollowUp.done_at), FollowUp.owner_id == mine
        ),
        **_set_for_themselves(session, mine),
        "mail": rows_of_columns(
            session,
            (OutboxMail.kind, OutboxMail.subject, OutboxMail.state, OutboxMail.created_at, OutboxMail.sent_at),
            OutboxMail.recipient == person.email,
        ),
        "trail": rows_of_columns(
            session,
            (AuditEntry.at, AuditEntry.action, AuditEntry.record_kind, AuditEntry.record_id),
            AuditEntry.person_id == mine,
        ),
    }  # fmt: skip


def _written(session: Session, mine: int) -> dict[str, Any]:
    asked = (Introduction.purpose, Introduction.hope, Introduction.offer, Introduction.created_at)
    letter = (ExpectationLetter.text, ExpectationLetter.sent_at)
    return {
        "requests": rows_of_columns(session, asked, Introduction.asked_by_id == mine),
        "proposed_times": rows_of_columns(
            session, (Proposal.note, Proposal.where, Proposal.created_at), Proposal.person_id == mine
        ),
        "messages": rows_of_columns(
            session, (ThreadMessage.text, ThreadMessage.created_at), ThreadMessage.person_id == mine
        ),
        "summaries": rows_of_columns(
            session, (SharedSummary.text, SharedSummary.created_at), SharedSummary.person_id == mine
        ),
        "letters_of_expectations": rows_of_columns(
            session, letter, ExpectationLetter.author_id == mine, ExpectationLetter.sent_at.is_not(None)
        ),
        "promises": rows_of_columns(
            session,
            (
                CommitmentMove.move, CommitmentMove.what, CommitmentMove.text, CommitmentMove.evidence,
                CommitmentMove.due_on, CommitmentMove.made_at,
            ),
            CommitmentMove.person_id == mine,
        ),
    }  # fmt: skip


def _readable(session: Session, actor: Actor, mine: int) -> dict[str, Any]:
    posts = visible_posts(actor, utc_now()).with_only_columns(Post.id)
    meetings = visible_meetings(actor).with_only_columns(Meeting.id)
    partnerships = visible_partnerships(actor).with_only_columns(Partnership.id)
    return {
        "posts": rows_of_columns(
            session,
            (Post.side, Post.kind, Post.title, Post.text, Post.state, Post.created_at),
            Post.author_id == mine,
            Post.id.in_(posts),
        ),
        "meetings": rows_of_columns(
            session,
            (
                Meeting.title, Meeting.starts_at, Meeting.ends_at, Meeting.where, Meeting.state,
                MeetingAttendee.attendance,
            ),
            MeetingAttendee.person_id == mine,
            Meeting.id == MeetingAttendee.meeting_id,
            Meeting.id.in_(meetings),
        ),
        "partnerships": rows_of_columns(
            session,
            (Counterpart.part, Counterpart.goals, Counterpart.created_at, Counterpart.ended_at),
            Counterpart.person_id == mine,
            Counterpart.partnership_id.in_(partnerships),
        ),
    }  # fmt: skip


def _set_for_themselves(session: Session, mine: int) -> dict[str, Any]:
    return {
        "saved_searches": rows_of_columns(
            session,
            (SavedSearch.name, SavedSearch.question, SavedSearch.filters, SavedSearch.frequency),
            SavedSearch.person_id == mine,
        ),
        "alerts": rows_of_columns(
            session,
            (Unit.name.label("unit"), AlertSetting.frequency, AlertSetting.created_at),
            AlertSetting.person_id == mine,
            Unit.id == AlertSetting.unit_id,
        ),
        "saved_views": rows_of_columns(
            session, (PipelineView.name, PipelineView.query), PipelineView.person_id == mine
        ),
        "calendar_addresses": rows_of_columns(
            session,
            (CalendarFeed.created_at, CalendarFeed.last_read_at, CalendarFeed.revoked_at),
            CalendarFeed.person_id == mine,
        ),
    }


def rows_of_columns(
    session: Session, columns: tuple[Any, ...], *where: ColumnElement[bool]
) -> list[dict[str, Any]]:
    """The rows that meet all conditions, each as plain values for JSON by the names of the columns."""
    rows = session.execute(select(*columns).where(*where)).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value

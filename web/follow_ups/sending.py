"""What a nudge knows of the dealings, and how it reaches the partner: as a message in the introduction's thread."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.between import introductions_between
from models.cadence import done
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.person import Person
from models.planning import day_in
from models.relationship import Contact, ContactKind, Direction, Relationship
from models.side import Side
from web.follow_ups.drafts import Known
from web.introductions.letters import readers
from web.introductions.thread import write_message

TALKING = (IntroductionState.ACCEPTED, IntroductionState.PROPOSED)


def introduction_of(session: Session, ours: Relationship) -> Introduction | None:
    """The newest introduction between the two units that is going on: its thread is where a nudge goes."""
    return session.scalar(
        introductions_between(ours)
        .where(Introduction.state.in_(TALKING))
        .order_by(Introduction.state == IntroductionState.PROPOSED, Introduction.id.desc())
        .limit(1)
    )


def our_side(introduction: Introduction, ours: Relationship) -> Side:
    return Side.ASKING if introduction.asking_unit_id == ours.unit_id else Side.ASKED


def known_of(session: Session, ours: Relationship, introduction: Introduction, writer: Person) -> Known:
    """What a draft may mention, all of it known to both sides."""
    agreed = session.scalar(
        select(Outcome.agreed)
        .where(Outcome.relationship_id == ours.id, Outcome.agreed != "")
        .order_by(Outcome.logged_at.desc())
        .limit(1)
    )
    met_at = session.scalar(
        select(Meeting.starts_at)
        .where(Meeting.introduction_id == introduction.id, Meeting.state == MeetingState.HELD)
        .order_by(Meeting.starts_at.desc())
        .limit(1)
    )
    wrote_at = session.scalar(
        select(Contact.at)
        .where(
            Contact.relationship_id == ours.id,
            Contact.direction == Direction.OURS,
            Contact.kind.in_((ContactKind.MESSAGE, ContactKind.MAIL)),
        )
        .order_by(Contact.at.desc())
        .limit(1)
    )
    return Known(
        names=[person.name for person in readers(introduction, our_side(introduction, ours).other)],
        writer=writer.name,
        purpose=introduction.purpose,
        agreed=agreed or "",
        met_on=day_in(met_at, writer.zone) if met_at is not None else None,
        wrote_on=day_in(wrote_at, writer.zone) if wrote_at is not None else None,
    )


def send_nudge(
    session: Session,
    follow_up: FollowUp,
    introduction: Introduction,
    text: str,
    writer: Person,
    now: datetime,
) -> None:
    """Put it into the thread like any message, which both sides' cadences follow; a nudge moves on to its next step.

    Within the current write transaction.
    """
    ours = follow_up.relationship_
    write_message(introduction, our_side(introduction, ours), writer.id, text)
    if follow_up.kind is FollowUpKind.NUDGE and follow_up.is_open:
        # Sent within a day of the step before: the person pressed the button of this one all the same.
        done(session, ours, follow_up, writer.id, now)

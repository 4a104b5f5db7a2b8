"""What a nudge knows of the dealings, and how it reaches the partner: as a message in the introduction's thread."""

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.cadence import done, was_in_touch
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction, IntroductionState, ThreadMessage
from models.meeting import Meeting, MeetingState
from models.organisation import Unit
from models.outcome import Outcome
from models.person import Person
from models.planning import belongs_to, day_in
from models.relationship import (
    Contact,
    ContactKind,
    Direction,
    Relationship,
    relationship_between,
)
from models.side import Side
from web.follow_ups.drafts import Known
from web.letters import public_url, write_letter

TALKING = (IntroductionState.ACCEPTED, IntroductionState.PROPOSED)


def introduction_of(session: Session, ours: Relationship) -> Introduction | None:
    """The newest introduction between the two units that is going on: its thread is where a nudge goes."""
    asked = and_(
        Introduction.asking_unit_id == ours.unit_id, Introduction.asked_unit_id == ours.partner_unit_id
    )
    asking = and_(
        Introduction.asking_unit_id == ours.partner_unit_id, Introduction.asked_unit_id == ours.unit_id
    )
    return session.scalar(
        select(Introduction)
        .where(or_(asked, asking), Introduction.state.in_(TALKING))
        .order_by(Introduction.state == IntroductionState.PROPOSED, Introduction.id.desc())
        .limit(1)
    )


def our_side(introduction: Introduction, ours: Relationship) -> Side:
    return Side.ASKING if introduction.asking_unit_id == ours.unit_id else Side.ASKED


def readers_of(session: Session, introduction: Introduction, ours: Relationship) -> list[Person]:
    """Who of the partner gets the message by mail: those named on their side who are still there."""
    side = our_side(introduction, ours).other
    return [
        person
        for person in introduction.people_of(side)
        if person.left_at is None and belongs_to(session, person.id, ours.partner_id)
    ]


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
        names=[person.name for person in readers_of(session, introduction, ours)],
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
    """Put it into the thread, write to the partner, and note it on both sides; a nudge moves on to its next step.

    Within the current write transaction.
    """
    ours = follow_up.relationship_
    side = our_side(introduction, ours)
    message = ThreadMessage(
        introduction_id=introduction.id, side=side, person_id=writer.id, text=text, created_at=now
    )
    session.add(message)
    session.flush()
    was_in_touch(session, ours, now, ContactKind.MESSAGE, Direction.OURS, writer.id, "", None, now)
    if follow_up.kind is FollowUpKind.NUDGE and follow_up.is_open:
        # Sent within a day of the step before: the person pressed the button of this one all the same.
        done(session, ours, follow_up, writer.id, now)
    theirs = relationship_between(
        session,
        session.get_one(Unit, ours.partner_unit_id),
        session.get_one(Unit, ours.unit_id),
    )
    was_in_touch(session, theirs, now, ContactKind.MESSAGE, Direction.THEIRS, None, "", None, now)
    for reader in readers_of(session, introduction, ours):
        _write_to(reader, introduction, ours, message, writer)


def _write_to(
    reader: Person, introduction: Introduction, ours: Relationship, message: ThreadMessage, writer: Person
) -> None:
    write_letter(
        kind="introduction.message",
        record=message,
        recipient=reader,
        subject=_(
            "Message from %(name)s, %(organisation)s", name=writer.name, organisation=ours.organisation.name
        ),
        template="follow_ups/mail/nudge.txt",
        values={
            "text": message.text,
            "link": public_url("introductions.show", {"introduction_id": introduction.id}),
        },
        occurrence="message",
    )

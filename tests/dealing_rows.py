"""The rows of which the dealings of the fixed world are made, each written within the current write transaction."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.introduction import (
    LIFE_OF_A_REQUEST,
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
    ProposalState,
    Slot,
    ThreadMessage,
)
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingMode, MeetingState
from models.organisation import Unit
from models.person import Person
from models.relationship import (
    Contact,
    ContactKind,
    Direction,
    PrivateNote,
    Relationship,
    RelationshipPerson,
    Stage,
    StageChange,
)
from models.side import Side


def write_introduction(
    session: Session,
    asking: Unit,
    asked: Unit,
    us: Person,
    them: Person,
    state: IntroductionState,
    now: datetime,
) -> Introduction:
    is_waiting = state is IntroductionState.PROPOSED
    introduction = Introduction(
        asking_organisation_id=asking.organisation_id,
        asking_unit_id=asking.id,
        asked_organisation_id=asked.organisation_id,
        asked_unit_id=asked.id,
        asked_by_id=us.id,
        purpose="Ageing tests of battery cells, together.",
        hope="Graduates who can run ageing tests.",
        offer="Placements in our test hall.",
        state=state,
        created_at=now - timedelta(days=9),
        expires_at=now - timedelta(days=9) + LIFE_OF_A_REQUEST,
        answered_at=None if is_waiting else now - timedelta(days=5),
        answered_by_id=None if is_waiting else them.id,
    )
    introduction.people = [
        IntroductionPerson(side=Side.ASKING, person_id=us.id),
        IntroductionPerson(side=Side.ASKED, person_id=them.id),
    ]
    introduction.messages = [
        ThreadMessage(side=Side.ASKING, person_id=us.id, text="Shall we bring cells along?")
    ]
    session.add(introduction)
    session.flush()
    return introduction


def write_proposal(
    session: Session, introduction: Introduction, us: Person, state: IntroductionState, now: datetime
) -> Proposal:
    is_waiting = state is IntroductionState.PROPOSED
    first = (now + timedelta(days=5)).replace(minute=0, second=0, microsecond=0)
    proposal = Proposal(
        introduction_id=introduction.id,
        made_by=Side.ASKING,
        person_id=us.id,
        where="Your laboratory",
        state=ProposalState.OPEN if is_waiting else ProposalState.ACCEPTED,
        answered_at=None if is_waiting else now,
    )
    for days in (0, 1, 2):
        proposal.slots.append(hour_from(first + timedelta(days=days)))
    session.add(proposal)
    session.flush()
    return proposal


def hour_from(starts_at: datetime) -> Slot:
    """An offered hour, on the clock of UTC."""
    return Slot(
        starts_local=starts_at.replace(tzinfo=None),
        zone="UTC",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
    )


def write_meeting(
    session: Session, introduction: Introduction, us: Person, them: Person, starts_at: datetime, word: str
) -> Meeting:
    meeting = Meeting(
        introduction_id=introduction.id,
        organiser_id=us.id,
        organiser_side=Side.ASKING,
        title="Ageing tests, together",
        mode=MeetingMode.IN_PERSON,
        where="Laboratory 3, Rostock",
        starts_local=starts_at.replace(tzinfo=None),
        zone="UTC",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        state=MeetingState.SCHEDULED,
        uid=f"{word}-{introduction.id}@counterpart.example",
    )
    meeting.attendees = [
        MeetingAttendee(
            side=side,
            person_id=person.id,
            name=person.name,
            email=person.email,
            attendance=Attendance.ACCEPTED,
        )
        for side, person in ((Side.ASKING, us), (Side.ASKED, them))
    ]
    session.add(meeting)
    session.flush()
    return meeting


def write_relationship(
    session: Session, unit: Unit, partner_unit: Unit, person: Person, secret: str, now: datetime
) -> Relationship:
    ours = Relationship(
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        partner_id=partner_unit.organisation_id,
        partner_unit_id=partner_unit.id,
        stage=Stage.MEETING,
        owner_id=person.id,
        last_contact_at=now - timedelta(days=2),
        created_at=now - timedelta(days=9),
    )
    ours.people = [RelationshipPerson(person_id=person.id)]
    ours.notes = [PrivateNote(person_id=person.id, text=f"Their budget is small. {secret}")]
    ours.contacts = [
        Contact(
            at=now - timedelta(days=2),
            kind=ContactKind.CALL,
            direction=Direction.BOTH,
            person_id=person.id,
            note=f"We called. {secret}",
        )
    ]
    ours.stage_changes = [
        StageChange(
            at=now - timedelta(days=5),
            person_id=person.id,
            from_stage=Stage.INTRODUCED,
            to_stage=Stage.MEETING,
            batch=f"batch-of-{secret}",
        )
    ]
    session.add(ours)
    session.flush()
    return ours

"""Dealings of one organisation with many partners, for the tests and measurements of lists."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction, IntroductionPerson, IntroductionState, Proposal
from models.meeting import Meeting, MeetingMode
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.outcome import HeardNeed, SharedSummary
from models.person import Person
from models.relationship import Relationship, Stage
from models.side import Side
from tests.dealing_rows import hour_from
from tests.world import World

DAY = timedelta(days=1)
STAGES = [stage for stage in Stage if stage is not Stage.CLOSED]


def add_many_dealings(
    session: Session, world: World, count: int, unit: str = "alba", owner: str = "olga"
) -> None:
    """With each of ``count`` new partners: a request that waits for our answer, one that waits for theirs, a meeting
    without an outcome, a summary and a need to answer, an overdue task, and a relationship that has become quiet.
    """
    begin_write(session)
    ours = session.get_one(Unit, world.units[unit])
    person = session.get_one(Person, world.people[owner])
    units = _partners(session, count)
    now = utc_now()
    for number, partner in enumerate(units):
        _dealings(session, ours, partner, person, number, now)
        if number % 500 == 499:
            session.flush()
    session.commit()


def _partners(session: Session, count: int) -> list[Unit]:
    organisations = [
        Organisation(
            name=f"Partner {number:05}",
            kind=OrganisationKind.UNIVERSITY,
            state=OrganisationState.APPROVED,
            sector=Sector.EDUCATION,
        )
        for number in range(count)
    ]
    session.add_all(organisations)
    session.flush()
    units = [Unit(organisation_id=made.id, name=made.name) for made in organisations]
    session.add_all(units)
    session.flush()
    return units


def _dealings(
    session: Session, unit: Unit, partner: Unit, person: Person, number: int, now: datetime
) -> None:
    asked = _introduction(partner, unit, person, Side.ASKED, IntroductionState.PROPOSED, now)
    asks = _introduction(unit, partner, person, Side.ASKING, IntroductionState.PROPOSED, now)
    # Within a week of its end.
    asks.expires_at = now + 3 * DAY
    met = _introduction(unit, partner, person, Side.ASKING, IntroductionState.ACCEPTED, now)
    quiet = Relationship(
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        partner_id=partner.organisation_id,
        partner_unit_id=partner.id,
        stage=STAGES[number % len(STAGES)],
        owner_id=person.id,
        last_contact_at=now - (30 + number % 60) * DAY,
        created_at=now - 100 * DAY,
        stage_since=now - 95 * DAY,
    )
    session.add_all([asked, asks, met, quiet])
    session.flush()
    ended = now - 3 * DAY
    meeting = Meeting(
        introduction_id=met.id,
        organiser_id=person.id,
        organiser_side=Side.ASKING,
        title="Ageing tests",
        mode=MeetingMode.VIDEO,
        starts_local=(ended - timedelta(hours=1)).replace(tzinfo=None),
        zone="UTC",
        starts_at=ended - timedelta(hours=1),
        ends_at=ended,
        uid=f"many-{partner.id}",
    )
    session.add(meeting)
    session.flush()
    # Every other relationship has something due, the rest is only quiet.
    due_at = now - DAY if number % 2 == 0 else now + 20 * DAY
    session.add_all(
        [
            SharedSummary(
                meeting_id=meeting.id, written_by=Side.ASKED, person_id=person.id, text="We talked."
            ),
            HeardNeed(
                relationship_id=quiet.id,
                by_organisation_id=unit.organisation_id,
                about_organisation_id=unit.organisation_id,
                about_unit_id=unit.id,
                person_id=person.id,
                title=f"Mentors {number}",
                text="Mentors for theses.",
            ),
            FollowUp(
                organisation_id=unit.organisation_id,
                relationship_id=quiet.id,
                kind=FollowUpKind.TASK,
                text=f"Send plan {number}",
                owner_id=person.id,
                due_on=due_at.date(),
                zone="UTC",
                due_at=due_at,
            ),
        ]
    )


def _introduction(
    asking: Unit, asked: Unit, person: Person, side: Side, state: IntroductionState, now: datetime
) -> Introduction:
    is_waiting = state is IntroductionState.PROPOSED
    introduction = Introduction(
        asking_organisation_id=asking.organisation_id,
        asking_unit_id=asking.id,
        asked_organisation_id=asked.organisation_id,
        asked_unit_id=asked.id,
        asked_by_id=person.id,
        purpose="Ageing tests of battery cells, together.",
        state=state,
        created_at=now - 5 * DAY,
        expires_at=now + 16 * DAY,
        answered_at=None if is_waiting else now - 4 * DAY,
    )
    introduction.people = [IntroductionPerson(side=side, person_id=person.id)]
    if is_waiting:
        proposal = Proposal(made_by=Side.ASKING, created_at=now - 5 * DAY)
        proposal.slots = [hour_from(now + 9 * DAY)]
        introduction.proposals = [proposal]
    return introduction

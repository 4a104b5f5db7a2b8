"""Many threads that hold and book the time of the same few people, to see whether two bookings ever overlap."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

from sqlalchemy import Engine, and_, create_engine, func, select, text
from sqlalchemy.orm import Session, aliased

from models.base import Base, utc_now
from models.booking import NO_OVERLAP, Booking, BookingConflict, book, conflicts, hold
from models.database import begin_write, prepare_engine
from models.introduction import Introduction, Proposal, Slot
from models.meeting import Meeting, MeetingMode
from models.side import Side
from tests.world import World, build_world

PEOPLE = ("ada", "olga", "max", "boris", "dora", "mia")
MONDAY = datetime.fromisoformat("2027-03-01T08:00+00:00")


@dataclass(frozen=True)
class Wish:
    """One time that some people want: by a slot, and by a meeting."""

    slot_id: int
    meeting_id: int
    starts_at: datetime
    ends_at: datetime
    person_ids: tuple[int, ...]


Attempt = Callable[[Session, Wish], str]


def engine_for(url: str, threads: int) -> Engine:
    engine = create_engine(url, pool_size=threads, pool_timeout=120)
    prepare_engine(engine)
    return engine


def make_wishes(engine: Engine, number: int) -> list[Wish]:
    """A world with this many times of two days, most of which clash with others; each with its slot and meeting."""
    draw = random.Random(number)
    with Session(engine) as session:
        world = build_world(session)
        begin_write(session)
        proposal_id, introduction_id = _add_introduction(session, world)
        wishes = []
        for _ in range(number):
            starts_at = (
                MONDAY + draw.randrange(0, 96) * timedelta(minutes=15) + draw.randrange(2) * timedelta(days=7)
            )
            ends_at = starts_at + draw.choice((30, 45, 60)) * timedelta(minutes=1)
            people = tuple(world.people[name] for name in draw.sample(PEOPLE, 2))
            wishes.append(_add_wish(session, world, proposal_id, introduction_id, starts_at, ends_at, people))
        session.commit()
    return wishes


def race(engine: Engine, wishes: list[Wish], threads: int, attempt: Attempt) -> Counter[str]:
    """Let every thread try every wish, in an order of its own; count what the attempts answered."""
    barrier = Barrier(threads)

    def run(number: int) -> Counter[str]:
        mine = random.Random(number).sample(wishes, len(wishes))
        answers: Counter[str] = Counter()
        barrier.wait()
        with Session(engine) as session:
            for wish in mine:
                try:
                    answers[attempt(session, wish)] += 1
                except Exception as error:  # What went wrong is counted and shown.
                    answers[type(error).__name__] += 1
                finally:
                    session.rollback()
        return answers

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(run, range(threads)), Counter[str]())


def hold_attempt(session: Session, wish: Wish) -> str:
    """The way of a request: all three times of a proposal are held like this."""
    begin_write(session)
    taken = hold(session, wish.slot_id, wish.starts_at, wish.ends_at, wish.person_ids)
    session.commit()
    return "taken" if taken else "held"


def book_attempt(session: Session, wish: Wish) -> str:
    """The way of an answer: the time becomes a meeting."""
    begin_write(session)
    try:
        book(session, wish.meeting_id, wish.starts_at, wish.ends_at, wish.person_ids)
    except BookingConflict:
        return "taken"
    session.commit()
    return "booked"


def either_attempt(session: Session, wish: Wish) -> str:
    """Both ways at once, so that bookings push holds aside while others hold."""
    return book_attempt(session, wish) if wish.slot_id % 2 else hold_attempt(session, wish)


def unguarded_attempt(session: Session, wish: Wish) -> str:
    """What was wrong in others: look first, then write, with nothing between that keeps anybody else out."""
    if conflicts(session, wish.person_ids, wish.starts_at, wish.ends_at):
        return "taken"
    begin_write(session)
    for person_id in wish.person_ids:
        session.add(
            Booking(person_id=person_id, starts_at=wish.starts_at, ends_at=wish.ends_at, slot_id=wish.slot_id)
        )
    session.commit()
    return "held"


def take_guard_away(engine: Engine) -> None:
    """Drop the database's own wall, of this test database only."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            connection.execute(text(f"DROP TRIGGER {NO_OVERLAP}"))
        else:
            connection.execute(text(f"ALTER TABLE booking DROP CONSTRAINT {NO_OVERLAP}"))


def put_guard_back(engine: Engine) -> None:
    """Empty the table and give it its wall again, for the tests that share the database."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        Base.metadata.tables[Booking.__tablename__].drop(connection)
        Base.metadata.tables[Booking.__tablename__].create(connection)


def overlaps(engine: Engine) -> int:
    """How many pairs of bookings of one person overlap."""
    one, other = aliased(Booking), aliased(Booking)
    pairs = select(func.count()).where(
        one.person_id == other.person_id,
        and_(one.id < other.id, one.starts_at < other.ends_at, other.starts_at < one.ends_at),
    )
    with Session(engine) as session:
        return session.scalar(pairs) or 0


def halves(engine: Engine) -> int:
    """How many meetings have booked only some of their people."""
    by_meeting = (
        select(func.count(Booking.id)).where(Booking.meeting_id.is_not(None)).group_by(Booking.meeting_id)
    )
    with Session(engine) as session:
        return sum(number != 2 for number in session.scalars(by_meeting))


def _add_introduction(session: Session, world: World) -> tuple[int, int]:
    introduction = Introduction(
        asking_organisation_id=world.organisations["alba"],
        asking_unit_id=world.units["alba plant"],
        asked_organisation_id=world.organisations["boreal"],
        asked_unit_id=world.units["boreal engineering"],
        asked_by_id=world.people["olga"],
        purpose="Graduates for the test hall",
        expires_at=utc_now() + timedelta(days=21),
    )
    proposal = Proposal(made_by=Side.ASKING, person_id=world.people["olga"])
    introduction.proposals.append(proposal)
    session.add(introduction)
    session.flush()
    return proposal.id, introduction.id


def _add_wish(
    session: Session,
    world: World,
    proposal_id: int,
    introduction_id: int,
    starts_at: datetime,
    ends_at: datetime,
    people: tuple[int, ...],
) -> Wish:
    local = starts_at.replace(tzinfo=None)
    slot = Slot(proposal_id=proposal_id, starts_local=local, zone="UTC", starts_at=starts_at, ends_at=ends_at)
    meeting = Meeting(
        introduction_id=introduction_id,
        organiser_id=world.people["olga"],
        organiser_side=Side.ASKING,
        title="First meeting",
        mode=MeetingMode.PHONE,
        starts_local=local,
        zone="UTC",
        starts_at=starts_at,
        ends_at=ends_at,
        uid=uuid4().hex,
    )
    session.add_all([slot, meeting])
    session.flush()
    return Wish(slot.id, meeting.id, starts_at, ends_at, people)

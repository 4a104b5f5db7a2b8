"""What stands between two sides, whichever of them asked, and nothing that each has within its own house."""

from itertools import permutations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.between import is_between_organisations, is_between_units
from models.database import begin_write
from models.introduction import Introduction, IntroductionState
from models.organisation import Unit
from models.outcome_rules import are_introduced
from models.person import Person
from models.relationship import Relationship, relationship_between
from tests.dealing_rows import write_introduction
from tests.world import World, build_world

UNITS = ("alba", "alba plant", "boreal", "boreal engineering", "corvus")


def introduce(session: Session, world: World, asking: str, asked: str) -> int:
    us, them = (session.get_one(Unit, world.units[name]) for name in (asking, asked))
    max_, dora = (session.get_one(Person, world.people[name]) for name in ("max", "dora"))
    state = IntroductionState.ACCEPTED
    return write_introduction(session, us, them, max_, dora, state, utc_now()).id


def plants_card(session: Session, world: World) -> Relationship:
    us, them = (session.get_one(Unit, world.units[name]) for name in ("alba plant", "boreal engineering"))
    return relationship_between(session, us, them)


def test_between_two_is_what_either_asked_of_the_other(either_session: Session) -> None:
    world = build_world(either_session)
    begin_write(either_session)
    made = {pair: introduce(either_session, world, *pair) for pair in permutations(UNITS, 2)}
    wanted = ("alba plant", "boreal engineering")
    units = is_between_units(Introduction, *(world.units[name] for name in wanted))
    assert set(either_session.scalars(select(Introduction.id).where(units))) == {
        made[wanted],
        made[wanted[::-1]],
    }
    houses = is_between_organisations(
        Introduction, *(world.organisations[name] for name in ("alba", "boreal"))
    )
    assert set(either_session.scalars(select(Introduction.id).where(houses))) == {
        made[pair] for pair in made if {name.split()[0] for name in pair} == {"alba", "boreal"}
    }


def test_a_talk_within_one_house_introduces_nobody_to_a_partner(either_session: Session) -> None:
    world = build_world(either_session)
    begin_write(either_session)
    for inside in (("alba plant", "alba"), ("boreal", "boreal engineering")):
        introduce(either_session, world, *inside)
    assert not are_introduced(either_session, plants_card(either_session, world))
    introduce(either_session, world, "boreal", "alba")
    assert are_introduced(either_session, plants_card(either_session, world))

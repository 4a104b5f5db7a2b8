"""Who sees what of the dealings of two sides: ``can`` and ``visible_…`` agree, and each person sees only their part."""

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from models.actor import VISITOR, Action, Actor, load_actor
from models.base import Base, utc_now
from models.database import begin_write
from models.dealings_policy import (
    acts_on,
    is_left_to_members,
    sides_of,
    visible_follow_ups,
    visible_heard_needs,
    visible_introductions,
    visible_meetings,
    visible_relationships,
    visible_topics,
)
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionPerson
from models.meeting import Meeting
from models.outcome import HeardNeed, Topic
from models.person import Membership, MembershipState, Person, Role
from models.policy import can
from models.relationship import Relationship, RelationshipPerson
from models.side import Side
from tests.dealings import Dealings, add_dealings
from tests.world import World, build_world

QUESTIONS: list[tuple[type[Base], Action, Callable[[Actor], Select[Any]]]] = [
    (Introduction, Action.INTRODUCTION_SEE, visible_introductions),
    (Meeting, Action.MEETING_SEE, visible_meetings),
    (Relationship, Action.RELATIONSHIP_SEE, visible_relationships),
    (FollowUp, Action.FOLLOW_UP_SEE, visible_follow_ups),
    (Topic, Action.TOPIC_WRITE, visible_topics),
    (HeardNeed, Action.HEARD_NEED_SEE, visible_heard_needs),
]


def _write_random_dealings(session: Session, random: Random) -> None:
    """The fixed world with several dealings, then random roles, owners and people who take part."""
    world = build_world(session)
    for asking, asked in (("alba plant", "boreal engineering"), ("corvus", "boreal"), ("boreal", "alba")):
        add_dealings(session, world, asking, asked)
    begin_write(session)
    people = list(session.scalars(select(Person.id)))
    # Dana holds two roles in one unit, which two equal ones may not become.
    dana = Membership.person_id == world.people["dana"]
    for membership in session.scalars(select(Membership).where(~dana)):
        membership.role = random.choice(list(Role))
        membership.state = random.choice([MembershipState.ACTIVE] * 4 + [MembershipState.ENDED])
    for ours in session.scalars(select(Relationship)):
        ours.owner_id = random.choice([None, *people])
        ours.sponsor_id = random.choice([None, *people])
        person_id = random.choice(people)
        if all(entry.person_id != person_id for entry in ours.people):
            session.add(RelationshipPerson(relationship_id=ours.id, person_id=person_id))
    for introduction in session.scalars(select(Introduction)):
        side, person_id = random.choice(list(Side)), random.choice(people)
        if all((entry.side, entry.person_id) != (side, person_id) for entry in introduction.people):
            session.add(IntroductionPerson(introduction_id=introduction.id, side=side, person_id=person_id))
    session.commit()


@pytest.mark.parametrize("seed", range(8))
def test_what_one_may_see_of_dealings_is_what_the_queries_show(either_session: Session, seed: int) -> None:
    _write_random_dealings(either_session, Random(seed))
    people = list(either_session.scalars(select(Person.id)))
    actors = [VISITOR, *(load_actor(either_session, person_id) for person_id in people)]
    for (model, action, visible), actor in product(QUESTIONS, actors):
        shown = {record.id for record in either_session.scalars(visible(actor))}
        every = either_session.scalars(select(model)).all()
        allowed = {record.id for record in every if can(actor, action, record, utc_now())}
        assert shown == allowed, f"{action} for {actor}"


@pytest.mark.parametrize("seed", range(4))
def test_the_sides_that_a_list_shows_are_those_that_one_may_act_on(
    either_session: Session, seed: int
) -> None:
    _write_random_dealings(either_session, Random(seed))
    every = either_session.scalars(select(Introduction)).all()
    for person_id in either_session.scalars(select(Person.id)).all():
        actor = load_actor(either_session, person_id)
        for side in Side:
            shown = set(either_session.scalars(select(Introduction.id).where(acts_on(actor, side))))
            assert shown == {record.id for record in every if side in sides_of(actor, record)}


@pytest.mark.parametrize("seed", range(8))
def test_a_summary_is_left_to_members_only_where_nobody_who_may_read_more_is_left(
    either_session: Session, seed: int
) -> None:
    _write_random_dealings(either_session, Random(seed))
    begin_write(either_session)
    for membership in either_session.scalars(select(Membership).where(Membership.role == Role.OFFICE)):
        membership.state = Random(membership.id + seed).choice(
            [MembershipState.ACTIVE] + [MembershipState.ENDED] * 4
        )
    either_session.commit()
    actors = [load_actor(either_session, each) for each in either_session.scalars(select(Person.id)).all()]
    for side, introduction in product(Side, either_session.scalars(select(Introduction)).all()):
        unit_id, other_id = introduction.unit_id_of(side), introduction.unit_id_of(side.other)
        card = either_session.scalars(
            select(Relationship).where(
                Relationship.unit_id == unit_id, Relationship.partner_unit_id == other_id
            )
        ).one()
        own = {entry.person_id for entry in introduction.people if entry.side is side}
        is_office = any(unit_id in actor.units_overseen for actor in actors)
        organisation_id = introduction.organisation_of(side).id
        is_named = any(
            actor.person_id in own and organisation_id in actor.organisation_ids for actor in actors
        )
        is_cared_for = any(
            unit_id in actor.units_written and can(actor, Action.RELATIONSHIP_READ, card, utc_now())
            for actor in actors
        )
        for actor in actors:
            left = select(Introduction.id).where(
                Introduction.id == introduction.id, is_left_to_members(actor, side)
            )
            expected = unit_id in actor.units_written and not (is_office or is_named or is_cared_for)
            assert (either_session.scalar(left) is not None) is expected


@pytest.fixture
def dealt(session: Session) -> tuple[World, Dealings]:
    world = build_world(session)
    return world, add_dealings(session, world)


@pytest.mark.parametrize(
    ("name", "sees", "reads"),
    [
        ("max", True, True),  # Takes part.
        ("olga", True, True),  # The office of everything at Alba.
        ("ada", False, False),  # Only an administrator.
        ("dora", True, True),  # The office of the asked unit.
        ("mia", True, False),  # Writes for the asked unit, but takes no part.
        ("boris", False, False),
        ("carl", False, False),
        ("opal", False, False),  # The operator reads nothing private.
        ("uma", False, False),
    ],
)
def test_each_person_sees_and_reads_their_part(
    session: Session, dealt: tuple[World, Dealings], name: str, sees: bool, reads: bool
) -> None:
    world, dealings = dealt
    actor = load_actor(session, world.people[name])
    introduction = session.get_one(Introduction, dealings.introduction)
    assert can(actor, Action.INTRODUCTION_SEE, introduction, utc_now()) is sees
    assert can(actor, Action.INTRODUCTION_READ, introduction, utc_now()) is reads


@pytest.mark.parametrize(
    ("name", "ours", "theirs"), [("max", True, False), ("olga", True, False), ("dora", False, True)]
)
def test_a_relationship_is_its_own_sides_alone(
    session: Session, dealt: tuple[World, Dealings], name: str, ours: bool, theirs: bool
) -> None:
    world, dealings = dealt
    actor = load_actor(session, world.people[name])
    for relationship_id, expected in ((dealings.ours, ours), (dealings.theirs, theirs)):
        record = session.get_one(Relationship, relationship_id)
        for action in (Action.RELATIONSHIP_SEE, Action.RELATIONSHIP_READ, Action.RELATIONSHIP_WRITE):
            assert can(actor, action, record, utc_now()) is expected


def test_whoever_left_the_organisation_takes_part_no_more(
    session: Session, dealt: tuple[World, Dealings]
) -> None:
    world, dealings = dealt
    begin_write(session)
    session.execute(
        update(Membership)
        .where(Membership.person_id == world.people["max"])
        .values(state=MembershipState.ENDED)
    )
    session.commit()
    actor = load_actor(session, world.people["max"])
    assert not sides_of(actor, session.get_one(Introduction, dealings.introduction))
    for _model, _action, visible in QUESTIONS:
        assert session.scalars(visible(actor)).first() is None


def test_only_the_side_that_it_is_about_answers_a_heard_need(
    session: Session, dealt: tuple[World, Dealings]
) -> None:
    world, dealings = dealt
    heard = session.get_one(HeardNeed, dealings.heard_need)
    answers = {
        name: can(load_actor(session, world.people[name]), Action.HEARD_NEED_ANSWER, heard, utc_now())
        for name in ("max", "olga", "dora", "mia", "carl")
    }
    assert answers == {"max": False, "olga": False, "dora": True, "mia": True, "carl": False}

"""``can`` and ``visible_…`` say the same, for every actor and record of random worlds, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.actor import VISITOR, Action, Actor, load_actor
from models.base import Base, utc_now
from models.database import begin_write
from models.dismissal import Dismissal, DismissalReason
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit, reach_of
from models.person import Membership, MembershipState, Person, Role
from models.placeholders import (
    ANY_ACTOR,
    AnyActorOfKinds,
    any_actor_like,
    moment_placeholder,
    values_of_actor,
)
from models.policy import (
    can,
    visible_dismissals,
    visible_memberships,
    visible_organisations,
    visible_posts,
    visible_units,
)
from models.post import KINDS_OF_SIDE, Post, PostSide, PostState, Visibility

NOW = utc_now()


def _write_random_world(session: Session, random: Random) -> None:
    """Three organisations with trees of units, six people with random memberships, and posts of every sort."""
    begin_write(session)
    units: list[Unit] = []
    for number, kind in enumerate(OrganisationKind):
        organisation = Organisation(
            name=f"Organisation {number}",
            kind=kind,
            sector=random.choice(list(Sector)),
            state=random.choice(list(OrganisationState) + [OrganisationState.APPROVED] * 4),
        )
        session.add(organisation)
        session.flush()
        tree: list[Unit] = []
        for depth in range(3):
            parent_id = tree[random.randrange(depth)].id if depth else None
            unit = Unit(organisation_id=organisation.id, parent_id=parent_id, name=f"Unit {depth}")
            session.add(unit)
            session.flush()
            tree.append(unit)
        units += tree
    dismissing = random.sample(units, 6)
    for number in range(6):
        left_at = NOW if random.random() < 0.1 else None
        person = Person(
            name=f"Person {number}", email=f"{number}@x.example", is_operator=number == 0, left_at=left_at
        )
        session.add(person)
        session.flush()
        for unit in random.sample(units, random.randrange(3)):
            session.add(
                Membership(
                    person_id=person.id,
                    organisation_id=unit.organisation_id,
                    unit_id=unit.id,
                    role=random.choice(list(Role)),
                    state=random.choice(list(MembershipState) + [MembershipState.ACTIVE] * 4),
                )
            )
        session.add(
            Dismissal(
                organisation_id=dismissing[number].organisation_id,
                unit_id=dismissing[number].id,
                dismissed_id=random.choice(units).organisation_id,
                person_id=person.id,
                reason=DismissalReason.OTHER,
            )
        )
    for unit, visibility, state in product(units, Visibility, PostState):
        side = random.choice(list(PostSide))
        ends = random.choice([None, NOW - timedelta(days=2), NOW + timedelta(days=2)])
        session.add(
            Post(
                organisation_id=unit.organisation_id,
                unit_id=unit.id,
                side=side,
                kind=random.choice(KINDS_OF_SIDE[side]),
                title="Title",
                text="Text",
                urgency=1 if side is PostSide.NEED else None,
                importance=1 if side is PostSide.NEED else None,
                visibility=visibility,
                state=state,
                published_at=NOW if state is not PostState.DRAFT else None,
                ends_on=ends.date() if ends else None,
                closes_at=ends,
            )
        )
    session.commit()


QUESTIONS: list[tuple[type[Base], Action, Callable[[Actor], Select[Any]]]] = [
    (Organisation, Action.ORGANISATION_SEE, visible_organisations),
    (Unit, Action.UNIT_ACT, visible_units),
    (Post, Action.POST_SEE, lambda actor: visible_posts(actor, NOW)),
    (Membership, Action.MEMBERSHIP_SEE, visible_memberships),
    (Dismissal, Action.DISMISSAL_UNDO, visible_dismissals),
]


@pytest.mark.parametrize("seed", range(12))
def test_what_one_may_see_is_what_the_queries_show(either_session: Session, seed: int) -> None:
    _write_random_world(either_session, Random(seed))
    people = list(either_session.scalars(select(Person.id)))
    actors = [VISITOR, *(load_actor(either_session, person_id) for person_id in people)]
    for (model, action, visible), actor in product(QUESTIONS, actors):
        shown = {record.id for record in either_session.scalars(visible(actor))}
        every = either_session.scalars(select(model)).all()
        allowed = {record.id for record in every if can(actor, action, record, NOW)}
        assert shown == allowed, f"{action} for {actor}"


@cache
def kept_posts(actor: AnyActorOfKinds) -> Select[Any]:
    return visible_posts(actor, moment_placeholder("now"))


@cache
def kept_organisations(actor: AnyActorOfKinds) -> Select[Any]:
    return visible_organisations(actor)


@pytest.mark.parametrize("seed", range(4))
def test_statements_that_are_kept_show_everybody_what_is_theirs(either_session: Session, seed: int) -> None:
    _write_random_world(either_session, Random(seed))
    people = list(either_session.scalars(select(Person.id)))
    for actor in [VISITOR, *(load_actor(either_session, person_id) for person_id in people)]:
        values = values_of_actor(actor) | {"now": NOW}
        like = any_actor_like(actor)
        for kept, built in (
            (kept_posts(like), visible_posts(actor, NOW)),
            (kept_organisations(like), visible_organisations(actor)),
            (visible_units(ANY_ACTOR), visible_units(actor)),
        ):
            shown = {record.id for record in either_session.scalars(kept, values)}
            assert shown == {record.id for record in either_session.scalars(built)}, actor


@pytest.mark.parametrize("seed", range(4))
def test_what_one_may_write_one_may_also_see(session: Session, seed: int) -> None:
    _write_random_world(session, Random(seed))
    for person_id in session.scalars(select(Person.id)).all():
        actor = load_actor(session, person_id)
        for post in session.scalars(select(Post)):
            if can(actor, Action.POST_WRITE, post, NOW) or can(actor, Action.POST_MODERATE, post, NOW):
                assert can(actor, Action.POST_SEE, post, NOW)


def test_a_visitor_sees_no_record(session: Session) -> None:
    _write_random_world(session, Random(1))
    for _model, _action, visible in QUESTIONS:
        assert session.scalars(visible(VISITOR)).first() is None


def test_asking_about_the_wrong_kind_of_record_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"unit\.act does not ask about a Organisation"):
        can(VISITOR, Action.UNIT_ACT, Organisation(), NOW)


def test_reach_goes_down_the_tree_and_never_up() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: 1}
    assert reach_of(1, parents) == {1, 2, 3, 4}
    assert reach_of(2, parents) == {2, 3}
    assert reach_of(4, parents) == {4}

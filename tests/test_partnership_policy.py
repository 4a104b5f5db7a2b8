"""Who sees partnerships and what hangs on them: ``can`` and the queries agree, and the database ties rows together."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actor import VISITOR, Action, Actor, load_actor
from models.base import Base, utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.commitment_standing import Step, Terms
from models.database import begin_write
from models.organisation import Unit
from models.partnership import Counterpart, Partnership, PartnershipKind, PrivateGoal
from models.partnership_people import who_works_on, workers_of
from models.partnership_policy import (
    partner_sides_of,
    visible_commitments,
    visible_counterparts,
    visible_partnerships,
)
from models.person import Membership, MembershipState, Person, Role
from models.policy import can
from models.side import Side
from tests.test_policy import _write_random_world

NOW = utc_now()
TERMS = Terms(what="W", due_on=date(2030, 1, 1), due_at=NOW + timedelta(days=900), condition="", importance=1)


def partnership_between(asking: Unit, asked: Unit, person_id: int) -> Partnership:
    return Partnership(
        asking_organisation_id=asking.organisation_id,
        asking_unit_id=asking.id,
        asked_organisation_id=asked.organisation_id,
        asked_unit_id=asked.id,
        proposed_by=Side.ASKING,
        proposed_by_id=person_id,
        kind=PartnershipKind.FULL,
        doing="a",
        beneficiary="b",
        benefit="c",
        result="d",
        started_on=NOW.date(),
    )


def _add_partnerships(session: Session, random: Random) -> None:
    begin_write(session)
    units = list(session.scalars(select(Unit)))
    people = [*session.scalars(select(Person.id)), _add_office_of(session, units[0])]
    pairs = [units[:2], *(random.sample(units, 2) for _ in range(10))]
    for asking, asked in pairs:
        partnership = partnership_between(asking, asked, random.choice(people))
        partnership.state = random.choice(["active", "declined"])  # type: ignore[assignment] # Words will do.
        session.add(partnership)
        session.flush()
        for side, person_id in product(Side, random.sample(people, 2)):
            ended_at = random.choice([None, NOW])
            session.add(
                Counterpart(partnership_id=partnership.id, side=side, person_id=person_id, ended_at=ended_at)
            )
        for side, performer in product(Side, Side):
            commitment = Commitment(partnership_id=partnership.id, performer_side=performer)
            session.add(commitment)
            add_move(commitment, Step(Move.DRAFT, side, people[0], NOW, terms=TERMS))
            if random.random() < 0.5:
                add_move(commitment, Step(Move.SEND, side, people[0], NOW))
    session.commit()


def _add_office_of(session: Session, unit: Unit) -> int:
    """Whatever else is drawn, this person works on a partnership."""
    person = Person(name="Office", email="office@x.example")
    session.add(person)
    session.flush()
    session.add(
        Membership(
            person_id=person.id, organisation_id=unit.organisation_id, unit_id=unit.id, role=Role.OFFICE,
            state=MembershipState.ACTIVE,
        )
    )  # fmt: skip
    return person.id


QUESTIONS: list[tuple[type[Base], Action, Callable[[Actor], Select[Any]]]] = [
    (Partnership, Action.PARTNERSHIP_SEE, visible_partnerships),
    (Commitment, Action.COMMITMENT_SEE, visible_commitments),
    (Counterpart, Action.COUNTERPART_WRITE, visible_counterparts),
]


@pytest.mark.parametrize("seed", range(6))
def test_what_one_may_see_is_what_the_queries_show(either_session: Session, seed: int) -> None:
    random = Random(seed)
    _write_random_world(either_session, random)
    _add_partnerships(either_session, random)
    people = list(either_session.scalars(select(Person.id)))
    actors = [VISITOR, *(load_actor(either_session, person_id) for person_id in people)]
    seen = 0
    for (model, action, visible), actor in product(QUESTIONS, actors):
        shown = [record.id for record in either_session.scalars(visible(actor))]
        every = either_session.scalars(select(model)).all()
        allowed = [record.id for record in every if can(actor, action, record, NOW)]
        assert sorted(shown) == sorted(allowed), f"{action} for {actor}"
        seen += len(shown)
    assert seen, "nobody saw anything, so nothing was compared"


@pytest.mark.parametrize("seed", range(3))
def test_an_office_below_or_beside_and_an_administrator_work_on_no_side(session: Session, seed: int) -> None:
    random = Random(seed)
    _write_random_world(session, random)
    _add_partnerships(session, random)
    for person_id in session.scalars(select(Person.id)).all():
        actor = load_actor(session, person_id)
        for partnership in session.scalars(select(Partnership)):
            for side in partner_sides_of(actor, partnership):
                assert partnership.organisation_id_of(side) in actor.organisation_ids


@pytest.mark.parametrize("seed", range(4))
def test_who_works_on_a_side_is_the_same_asked_by_actor_by_side_and_for_many(
    either_session: Session, seed: int
) -> None:
    random = Random(seed)
    _write_random_world(either_session, random)
    _add_partnerships(either_session, random)
    people = either_session.scalars(select(Person.id).where(Person.left_at.is_(None))).all()
    partnerships = either_session.scalars(select(Partnership)).all()
    by_actor = {
        (partnership.id, side, person_id)
        for person_id, partnership in product(people, partnerships)
        for side in partner_sides_of(load_actor(either_session, person_id), partnership)
    }
    by_side = {
        (partnership.id, side, person.id)
        for partnership, side in product(partnerships, Side)
        for person in workers_of(either_session, partnership, side)
    }
    assert by_actor
    assert by_side == by_actor
    assert who_works_on(either_session, partnerships, people) == by_actor


def test_the_database_refuses_a_unit_of_another_organisation(either_session: Session) -> None:
    _write_random_world(either_session, Random(1))
    begin_write(either_session)
    units = list(either_session.scalars(select(Unit).order_by(Unit.id)))
    partnership = partnership_between(units[0], units[-1], 1)
    partnership.asked_organisation_id = units[0].organisation_id
    either_session.add(partnership)
    with pytest.raises(IntegrityError):
        either_session.flush()


def test_the_database_refuses_a_counterpart_of_another_partnership(either_session: Session) -> None:
    _write_random_world(either_session, Random(1))
    _add_partnerships(either_session, Random(1))
    begin_write(either_session)
    ours, foreign = either_session.scalars(
        select(Counterpart).where(Counterpart.id.in_((1, 5))).order_by(Counterpart.id)
    )
    assert ours.partnership_id != foreign.partnership_id
    ours.works_with_id = foreign.id
    with pytest.raises(IntegrityError):
        either_session.flush()


def test_two_moves_at_once_cannot_both_be_the_next(either_session: Session) -> None:
    _write_random_world(either_session, Random(1))
    _add_partnerships(either_session, Random(1))
    begin_write(either_session)
    commitment = either_session.scalars(select(Commitment)).first()
    assert commitment is not None
    add_move(commitment, Step(Move.DISPUTE, Side.ASKING, 1, NOW, text="x")).number = 1
    with pytest.raises(IntegrityError):
        either_session.flush()


def test_private_goals_hang_on_one_counterpart_once(either_session: Session) -> None:
    _write_random_world(either_session, Random(1))
    _add_partnerships(either_session, Random(1))
    begin_write(either_session)
    either_session.add_all([PrivateGoal(counterpart_id=1, text="a"), PrivateGoal(counterpart_id=1, text="b")])
    with pytest.raises(IntegrityError):
        either_session.flush()

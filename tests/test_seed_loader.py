"""The loader makes records of the whole demo world, and the pages' rules hold for them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching.encoder import HashEncoder
from matching.passages import active_encoder, check_passages
from models.actor import Action, load_actor
from models.changelog import Change
from models.database import begin_write
from models.joining import organisations_of_domain
from models.organisation import Organisation, Unit
from models.person import Membership, Person, Role
from models.place import Place
from models.policy import can
from models.post import Post, PostSide, is_open_at
from seed_data.loader import OPERATOR_EMAIL, Given, Table, load_world, read_world, texts_to_encode
from web.accounts.account import Account
from web.database import db
from web.demo import SIGN_INS
from web.demo_world import DemoWorld

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def loaded(app: Flask) -> Callable[[], Session]:
    """The session of an application whose database holds the demo world as of NOW."""

    def load() -> Session:
        demo_world = DemoWorld(db.session)
        assert demo_world.is_empty()
        world = read_world()
        passages = demo_world.encoded(texts_to_encode(world), HashEncoder())
        begin_write(db.session)
        given = Given(db.session, demo_world.find_place, demo_world.account_adder(), NOW)
        load_world(world, passages, given)
        db.session.commit()
        assert not demo_world.is_empty()
        return db.session

    return load


def test_every_organisation_of_the_demo_world_is_suggested_by_its_domains(
    app: Flask, loaded: Callable[[], Session]
) -> None:
    with app.app_context():
        session = loaded()
        for organisation in session.scalars(select(Organisation)):
            for row in organisation.domains:
                found = organisations_of_domain(session, f"newcomer@{row.domain}")
                assert organisation in found, f"no admin of {organisation.name} writes from {row.domain}"


def test_the_whole_world_is_loaded(app: Flask, loaded: Callable[[], Session]) -> None:
    world = read_world()
    with app.app_context():
        session = loaded()
        count = _counter(session)
        assert count(Organisation) == len(world)
        assert count(Unit) == len(world) + sum(len(table.get("units", [])) for table in world)
        assert count(Person) == 1 + sum(len(table["people"]) for table in world)
        assert count(Account) == count(Person)
        assert count(Membership) == count(Person) - 1
        posts = sum(len(table.get("needs", [])) + len(table.get("capabilities", [])) for table in world)
        assert count(Post) == posts
        changed = session.scalars(select(func.count(func.distinct(Change.post_id)))).one()
        assert changed == posts, "every post is known to the indexes"
        encoder = active_encoder(session)
        assert encoder is not None
        assert check_passages(session, encoder) == []


def _counter(session: Session) -> Callable[[type], int]:
    return lambda record: session.scalar(select(func.count()).select_from(record)) or 0


def test_each_text_got_its_own_passages(app: Flask, loaded: Callable[[], Session]) -> None:
    with app.app_context():
        session = loaded()
        post = session.scalars(select(Post).where(Post.title.startswith("Battery engineers for cell"))).one()
        assert post.side is PostSide.NEED
        assert post.matching_text[post.passages[0].start : post.passages[0].stop] == post.matching_text
        assert post.author is not None
        assert post.author.email.endswith("@nordwind-batteries.example")
        assert post.starts_on is not None
        assert (post.starts_on - NOW.date()).days == 60


def test_the_people_of_the_sign_in_page_can_do_what_they_are_for(
    app: Flask, loaded: Callable[[], Session]
) -> None:
    with app.app_context():
        session = loaded()
        people = {person.email: person for person in session.scalars(select(Person))}
        assert {choice.email for choice in SIGN_INS} <= people.keys()
        assert load_actor(session, people[OPERATOR_EMAIL].id).is_operator
        for email in ("hr@nordwind-batteries.example", "dean@ostsee-university.example"):
            person = people[email]
            unit = person.memberships[0].unit
            assert can(load_actor(session, person.id), Action.UNIT_POST, unit, NOW)
        administrator = people["admin@ostsee-university.example"].memberships[0]
        assert administrator.role is Role.ADMIN


def test_most_posts_are_open_on_the_day_of_loading(app: Flask, loaded: Callable[[], Session]) -> None:
    with app.app_context():
        session = loaded()
        open_posts = session.scalar(select(func.count(Post.id)).where(is_open_at(NOW))) or 0
        assert open_posts == session.scalar(select(func.count(Post.id)))
        assert all(moment and moment <= NOW for moment in session.scalars(select(Post.published_at)))


def test_a_failure_leaves_the_database_empty(app: Flask) -> None:
    world: list[Table] = read_world()[:2]
    with app.app_context():
        demo_world = DemoWorld(db.session)
        passages = demo_world.encoded(texts_to_encode(world), HashEncoder())
        begin_write(db.session)
        given = Given(db.session, _no_place, demo_world.account_adder(), NOW)
        with pytest.raises(LookupError):
            load_world(world, passages, given)
        db.session.rollback()
        assert demo_world.is_empty()


def _no_place(city: str, _country: str) -> Place:
    raise LookupError(city)

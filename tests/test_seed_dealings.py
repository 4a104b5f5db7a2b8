"""The demo world's dealings are played through the real rules, and every page of the road has something to show."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import HashEncoder
from models.base import utc_now
from models.commitment import Commitment
from models.commitment_rules import standing_of_commitment
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting
from models.organisation import Organisation
from models.person import Person
from models.quietness import is_shown_as
from models.relationship import Quietness, Relationship, Stage
from models.side import Side
from seed_data.dealings import Scene, load_dealings, read_dealings
from seed_data.loader import Given, load_world, read_world, texts_to_encode
from web.database import db
from web.demo_world import DemoWorld

NORDWIND = "Nordwind Batteries"


def _load(app: Flask) -> tuple[Session, datetime]:
    demo_world = DemoWorld(db.session)
    world = read_world()
    passages = demo_world.encoded(texts_to_encode(world), HashEncoder())
    begin_write(db.session)
    now = utc_now()
    given = Given(db.session, demo_world.find_place, demo_world.account_adder(), now)
    loaded = load_world(world, passages, given)
    with app.test_request_context():
        scene = Scene(db.session, loaded.people, loaded.units, demo_world.schedule, now)
        load_dealings(read_dealings(), scene)
    db.session.commit()
    return db.session, now


def test_the_demo_shows_every_stretch_of_the_road(app: Flask) -> None:
    with app.app_context():
        session, now = _load(app)
        nordwind = select(Organisation.id).where(Organisation.name == NORDWIND).scalar_subquery()
        ours = session.scalars(select(Relationship).where(Relationship.organisation_id == nordwind)).all()
        assert {card.stage for card in ours} >= set(Stage) - {Stage.CLOSED}
        for quietness in Quietness:
            shown = select(Relationship.id).where(is_shown_as(Relationship, quietness, {}, now))
            assert set(session.scalars(shown)) & {card.id for card in ours}, quietness
        states = set(session.scalars(select(Introduction.state)))
        assert states == {IntroductionState.PROPOSED, IntroductionState.ACCEPTED, IntroductionState.DECLINED}
        meetings = session.scalars(select(Meeting)).all()
        assert any(meeting.lacks_outcome(now) for meeting in meetings)
        assert any(meeting.starts_at > now for meeting in meetings)
        assert any(step.is_overdue(now) for step in session.scalars(select(FollowUp)))


def test_the_dean_and_the_office_of_the_demo_each_have_a_request_to_answer(app: Flask) -> None:
    with app.app_context():
        session, _now = _load(app)
        waiting = session.scalars(
            select(Introduction).where(Introduction.state == IntroductionState.PROPOSED)
        ).all()
        asked = {introduction.asked_unit.name for introduction in waiting if introduction.turn is Side.ASKED}
        assert asked == {"Cell Research and Testing", "Faculty of Engineering"}
        assert any(introduction.turn is Side.ASKING for introduction in waiting), (
            "one was proposed other times"
        )
        # HR can still ask the dean: nothing waits between the two.
        dean = session.scalars(select(Person).where(Person.email == "dean@ostsee-university.example")).one()
        faculty = dean.memberships[0].unit_id
        assert all(
            introduction.asking_organisation.name != NORDWIND
            for introduction in waiting
            if introduction.asked_unit_id == faculty
        )


def test_the_demos_promises_follow_the_rules(app: Flask) -> None:
    with app.app_context():
        session, _now = _load(app)
        states = [
            standing_of_commitment(commitment, datetime.now(UTC)).state.value
            for commitment in session.scalars(select(Commitment))
        ]
        assert states.count("kept") == 2
        assert len(states) == 4

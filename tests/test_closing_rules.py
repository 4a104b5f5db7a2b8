"""What closing an organisation leaves alone, whom it lets go, and whom it tells."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from matching.learning_episodes import Use, read_episodes
from matching.replies import read_replies
from models.base import utc_now
from models.closing import partners_to_tell, what_stays
from models.database import begin_write
from models.introduction import Introduction, IntroductionState
from models.organisation import Unit
from models.person import Person
from models.relationship import Relationship, Stage, relationship_between
from tests.closing_scene import Scene
from tests.statements import questions, sent_statements
from web.database import db
from web.leaving.closing import left_without_admin


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


def test_the_last_admin_of_a_closed_organisation_may_leave(scene: Scene) -> None:
    scene.close()
    with scene.app.app_context():
        begin_write(db.session)
        boris = db.session.get_one(Person, scene.world.people["boris"])
        assert left_without_admin(db.session, boris) == []


def test_a_request_that_was_answered_meanwhile_is_left_alone(scene: Scene) -> None:
    with scene.app.app_context():
        begin_write(db.session)
        db.session.execute(text("UPDATE proposal SET state = 'closed'"))
        expired = (
            "UPDATE introduction SET state = 'expired', answered_at = created_at WHERE state = 'proposed'"
        )
        db.session.execute(text(expired))
        db.session.commit()
    scene.close()
    with scene.app.app_context():
        asked = db.session.get_one(Introduction, scene.asked.introduction)
        assert asked.state is IntroductionState.EXPIRED


def test_who_was_closed_before_they_could_answer_is_no_silent_one(either_app: Flask) -> None:
    scene = Scene(either_app)
    scene.close()
    with scene.app.app_context():
        later = utc_now() + timedelta(days=60)
        assert read_replies(db.session, later).mean == 1
        assert Use.UNANSWERED not in {one.use for one in read_episodes(db.session, later)}


def test_who_keeps_it_in_view_is_told_and_counted(either_app: Flask) -> None:
    scene = Scene(either_app)
    with scene.app.app_context():
        begin_write(db.session)
        card = db.session.get_one(Relationship, scene.met.ours)
        card.stage = Stage.SUGGESTED
        db.session.commit()
        boreal = scene.world.organisations["boreal"]
        assert what_stays(db.session, boreal).cards == 2
        assert {person.name for person in partners_to_tell(db.session, boreal)} >= {"Max Example"}


def test_whom_to_tell_of_many_cards_is_asked_in_few_statements(scene: Scene) -> None:
    def sent() -> list[str]:
        with sent_statements(db.engine) as statements:
            partners_to_tell(db.session, scene.world.organisations["boreal"])
        db.session.rollback()
        return questions(statements)

    with scene.app.app_context():
        few = sent()
        begin_write(db.session)
        ours = db.session.get_one(Unit, scene.world.units["alba plant"])
        for number in range(10):
            theirs = Unit(
                organisation_id=scene.world.organisations["boreal"],
                parent_id=scene.world.units["boreal"],
                name=f"Department {number}",
            )
            db.session.add(theirs)
            db.session.flush()
            card = relationship_between(db.session, ours, theirs)
            card.stage = Stage.MEETING
            card.owner_id = scene.world.people["max"] if number % 2 else None
        db.session.commit()
        many = sent()
        told = partners_to_tell(db.session, scene.world.organisations["boreal"])
        assert {person.name: len(cards) for person, cards in told.items()}["Max Example"] >= 5
    assert len(many) <= len(few) + 4, "\n".join(many)

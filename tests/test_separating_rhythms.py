"""Taking a merger back gives each side its own rhythms back, also the usual one."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.follow_up import Cadence
from tests.merging_scene import Scene
from web.database import db


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


@pytest.mark.parametrize("is_retired", [False, True])
def test_the_usual_rhythm_is_again_what_it_was_whatever_was_chosen_meanwhile(
    either_scene: Scene, is_retired: bool
) -> None:
    scene = either_scene
    with scene.app.app_context():
        begin_write(db.session)
        db.session.add(Cadence(organisation_id=scene.old, name="Second", days=[9]))
        db.session.commit()
    scene.merge()
    with scene.app.app_context():
        session = db.session
        begin_write(session)
        usual_of_new, usual_of_old = session.scalars(
            select(Cadence).where(Cadence.name == "Ours").order_by(Cadence.id)
        ).all()
        usual_of_new.is_default = False
        if is_retired:
            usual_of_old.retired_at = utc_now()
        session.flush()
        session.scalars(select(Cadence).where(Cadence.name == "Second")).one().is_default = True
        session.commit()
    scene.browse.post(f"/approvals/{scene.old}/separate", {}, 303)
    with scene.app.app_context():
        usual = select(Cadence.organisation_id, Cadence.name).where(Cadence.is_default)
        expected = [] if is_retired else [(scene.old, "Ours")]
        assert [tuple(row) for row in db.session.execute(usual)] == expected

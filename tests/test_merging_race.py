"""Two operators merge the same two organisations at the same moment, in whichever direction, or one of them twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.organisation import Organisation
from models.outbox import OutboxMail
from models.person import Person
from tests.browsing import Browser
from tests.merging_scene import Scene
from web.database import db


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


NAMES = {True: "Corvus Motors", False: "Alba Cells"}


def race(scene: Scene, deeds: list[tuple[int, int]]) -> list[str]:
    """What each of those who merge at once reads on the page that they come to."""
    ready = Barrier(len(deeds))

    def send(deed: tuple[int, int]) -> str:
        old, new = deed
        browse = Browser(scene.app).sign_in("opal")
        path = f"/approvals/{old}/merge"
        token = browse.token()
        ready.wait()
        data = {"into": str(new), "name": NAMES[old == scene.old], "csrf_token": token}
        answer = browse.client.post(path, data=data)
        assert answer.status_code == 303, answer.text
        return browse.get(answer.headers["Location"]).words

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(send, deeds))


def merged_into(scene: Scene) -> dict[int, int | None]:
    with scene.app.app_context():
        rows = db.session.execute(select(Organisation.id, Organisation.merged_into_id))
        return {row.id: row.merged_into_id for row in rows if row.id in (scene.old, scene.new)}


def test_of_two_who_merge_in_opposite_directions_one_does_and_the_other_is_told(either_scene: Scene) -> None:
    scene = either_scene
    pages = race(scene, [(scene.old, scene.new), (scene.new, scene.old)] * 2)
    ends = merged_into(scene)
    assert sorted(ends.values(), key=str) in ([scene.new, None], [scene.old, None]), ends
    lives = scene.new if ends[scene.old] else scene.old
    name, target = ("Corvus Motors", "Alba Cells") if lives == scene.new else ("Alba Cells", "Corvus Motors")
    assert all(f"{name} is part of {target} now." in page for page in pages), pages


def test_a_merger_sent_three_times_at_once_is_made_once_and_told_once(either_scene: Scene) -> None:
    scene = either_scene
    pages = race(scene, [(scene.old, scene.new)] * 3)
    assert all("Corvus Motors is part of Alba Cells now." in page for page in pages), pages
    with scene.app.app_context():
        merged = select(AuditEntry).where(AuditEntry.action == "organisation.merge")
        assert len(db.session.scalars(merged).all()) == 1
        max_ = db.session.get_one(Person, scene.world.people["max"])
        told = select(OutboxMail).where(OutboxMail.kind == "organisation.merged")
        assert len(db.session.scalars(told.where(OutboxMail.recipient == max_.email)).all()) == 1

"""Several operators close an organisation, or open it again, at the same moment: it is done once and told once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from tests.browsing import Browser
from tests.closing_scene import REASON, Scene
from web.database import db


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


def race(scene: Scene, deed: str) -> list[str]:
    """What each of three who do it at once reads on the page that they come to."""
    ready = Barrier(3)

    def send(_number: int) -> str:
        browse = Browser(scene.app).sign_in("opal")
        data = {"reason": REASON, "csrf_token": browse.token()}
        ready.wait()
        answer = browse.client.post(scene.path.replace("/close", deed), data=data)
        assert answer.status_code == 303, answer.text
        return browse.get(answer.headers["Location"]).words

    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(send, range(3)))


def how_often(scene: Scene, action: str) -> int:
    with scene.app.app_context():
        return len(db.session.scalars(select(AuditEntry.id).where(AuditEntry.action == action)).all())


def test_three_who_close_it_at_once_close_it_once(either_scene: Scene) -> None:
    pages = race(either_scene, "/close")
    assert sum("Boreal University is closed already." in page for page in pages) == 2
    assert how_often(either_scene, "organisation.close") == 1
    assert how_often(either_scene, "meeting.cancel") == 2
    with either_scene.app.app_context():
        assert {name: len(mails) for name, mails in either_scene.mails().items()}["dora"] == 1


def test_three_who_open_it_again_at_once_do_so_once(either_scene: Scene) -> None:
    either_scene.close()
    pages = race(either_scene, "/reopen")
    assert sum("Boreal University is not closed." in page for page in pages) == 2
    assert how_often(either_scene, "organisation.reopen") == 1
    with either_scene.app.app_context():
        assert {name: len(mails) for name, mails in either_scene.mails().items()}["dora"] == 2

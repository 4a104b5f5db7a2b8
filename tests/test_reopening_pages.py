"""Opening a closed organisation again: it takes part as before, what was ended stays ended, and everybody is told."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.changelog import Change
from models.database import begin_write
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.organisation import Organisation, OrganisationState
from models.post import Post, PostState
from tests.closing_scene import REASON, Scene
from web.database import db


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


def boreal(scene: Scene) -> int:
    return scene.world.organisations["boreal"]


def reopen(scene: Scene) -> None:
    browse = scene.browse
    page = browse.get(f"/approvals/{boreal(scene)}")
    assert "Why it was closed" in page.words
    asked = browse.get(str(page.find("a", string="Open it again")["href"]))
    for words in (REASON, "others see it again", "2 posts stay withdrawn.", "Requests that were ended"):
        assert words in asked.words
    told = browse.follow(browse.submit(asked, "Open it again"))
    assert "Boreal University is open again." in told.words
    assert "Why it was closed" not in told.words


def test_a_closed_organisation_is_opened_again_and_what_was_ended_stays_ended(either_scene: Scene) -> None:
    scene = either_scene
    scene.close()
    reopen(scene)
    with scene.app.app_context():
        organisation = db.session.get_one(Organisation, boreal(scene))
        assert (organisation.state, organisation.refusal_reason) == (OrganisationState.APPROVED, "")
        states = db.session.scalars(select(Post.state).where(Post.organisation_id == organisation.id))
        assert set(states) == {PostState.WITHDRAWN}
        assert db.session.get_one(Introduction, scene.asked.introduction).state is IntroductionState.EXPIRED
        assert db.session.get_one(Meeting, scene.met.next_meeting).state is MeetingState.CANCELLED
        newest = select(Change.organisation_id).order_by(Change.seq.desc()).limit(1)
        assert db.session.scalar(newest) == organisation.id
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "organisation.reopen")).one()
        assert entry.changes == {"state": ["closed", "approved"]}
        told = scene.mails()
        reopened = sorted(name for name, mails in told.items() if "reopened" in mails[-1].kind)
        assert reopened == ["boris", "carl", "dora", "max", "mia"]
        assert "2 posts were withdrawn when it was closed" in told["dora"][-1].body
        assert f"/relationships/{scene.met.ours}" in told["max"][-1].body
    words = scene.browse.sign_in("max").get(f"/relationships/{scene.met.ours}").words
    assert "was closed on this portal" not in words
    scene.browse.get(f"/organisations/{boreal(scene)}")
    scene.browse.sign_in("opal")
    assert (
        "opened a closed organisation again Boreal University closed → approved"
        in scene.browse.get("/trail").words
    )


def test_who_let_a_card_go_because_nobody_was_there_reads_that_they_are_there_again(
    either_scene: Scene,
) -> None:
    scene = either_scene
    scene.close()
    for name, reason in (("max", "partner_gone"), ("carl", "no_answer")):
        card = scene.met.ours if name == "max" else scene.asked.ours
        browse = scene.browse.sign_in(name)
        closing = browse.get(f"/relationships/{card}/move?to=closed")
        browse.submit(closing, "Close", {"reason": reason})
    scene.browse.sign_in("opal")
    reopen(scene)
    with scene.app.app_context():
        told = scene.mails()
        assert f"/relationships/{scene.met.ours}" in told["max"][-1].body
        assert "that you closed meanwhile stays closed" in told["max"][-1].body
        assert "reopened" not in told["carl"][-1].kind


def test_its_people_publish_again_what_still_holds(scene: Scene) -> None:
    scene.close()
    reopen(scene)
    post = scene.world.posts["boreal need"]
    browse = scene.browse.sign_in("dora")
    browse.submit(browse.get(f"/posts/{post}"), "Publish")
    assert "Placements for electrochemistry students" in browse.sign_in("max").get(f"/posts/{post}").words


def test_opening_again_is_the_only_way_back_and_is_done_once(scene: Scene) -> None:
    path = f"/approvals/{boreal(scene)}"
    assert "is not closed" in scene.browse.follow(scene.browse.get(f"{path}/reopen", 303)).words
    scene.close()
    page = scene.browse.get(path)
    assert "Approve" not in [button.get_text(strip=True) for button in page.find_all("button")]
    assert "is closed already" in scene.browse.follow(scene.browse.post(f"{path}/approve", {}, 303)).words
    asked = scene.browse.get(f"{path}/reopen")
    scene.browse.submit(asked, "Open it again")
    again = scene.browse.follow(scene.browse.submit(asked, "Open it again"))
    assert "Boreal University is not closed" in again.words
    with scene.app.app_context():
        assert len(scene.mails()["dora"]) == 2


def test_only_posts_that_are_withdrawn_still_are_counted(scene: Scene) -> None:
    scene.close()
    with scene.app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, scene.world.posts["boreal need"]).state = PostState.PUBLISHED
        db.session.commit()
    assert "1 post stays withdrawn." in scene.browse.get(f"/approvals/{boreal(scene)}/reopen").words


@pytest.mark.parametrize("name", ["ada", "boris", "dora", "uma"])
def test_nobody_but_the_operator_opens_again(scene: Scene, name: str) -> None:
    scene.close()
    path = f"/approvals/{boreal(scene)}/reopen"
    browse = scene.browse.sign_in(name)
    assert browse.client.get(path).status_code in {403, 404}
    assert browse.client.post(path, data={"csrf_token": browse.token()}).status_code in {403, 404}

"""Taking a merger back: all that was an organisation's is its own again, also what its units got meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.base import Base, utc_now
from models.changelog import Change
from models.database import begin_write
from models.follow_up import Cadence
from models.organisation import Organisation, OrganisationDomain, OrganisationState, Unit
from models.outbox import OutboxMail
from models.post import Post
from models.relationship import Relationship
from tests.browsing import Browser, Page
from tests.merging_scene import Scene
from web.database import db

# Written whatever is done, or counted up by it.
NOT_COMPARED = {"audit_entry", "changelog", "outbox_mail", "organisation_domain"}
COUNTED_UP = {"version", "decided_at"}


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


def separate(scene: Scene) -> Page:
    page = scene.browse.get(f"/approvals/{scene.new}")
    link = page.find("a", href=f"/approvals/{scene.old}/separate")
    assert link is not None
    asked = scene.browse.get(str(link["href"]))
    return scene.browse.follow(scene.browse.submit(asked, "Separate it from Alba Cells"))


def everything(session: Session) -> dict[str, list[dict[str, Any]]]:
    rows = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            found = session.execute(select(table).order_by(*table.primary_key)).mappings()
            rows[table.name] = [
                {name: value for name, value in row.items() if name not in COUNTED_UP} for row in found
            ]
    domains = select(OrganisationDomain.organisation_id, OrganisationDomain.domain)
    by_name = domains.order_by(OrganisationDomain.organisation_id, OrganisationDomain.domain)
    rows["domains"] = [dict(row) for row in session.execute(by_name).mappings()]
    return rows


def test_what_was_merged_and_separated_is_as_it_was(either_scene: Scene) -> None:
    scene = either_scene
    with scene.app.app_context():
        before = everything(db.session)
    scene.merge()
    with scene.app.app_context():
        assert everything(db.session) != before
    separate(scene)
    # What was separated is merged again like any other.
    scene.merge()
    page = separate(scene)
    assert "Corvus Motors is an organisation of its own again." in page.words
    with scene.app.app_context():
        after = everything(db.session)
        for name, rows in before.items():
            assert after[name] == rows, name
        changed = db.session.scalars(select(Change.organisation_id).order_by(Change.seq.desc()).limit(2))
        assert set(changed) == {scene.old, scene.new}
        assert "organisation.separate" in db.session.scalars(select(AuditEntry.action)).all()
        told = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "organisation.separated")).all()
        names = sorted(mail.recipient.partition("@")[0] for mail in told)
        assert names == sorted(["ada", "carl", "dora", "max", "olga"] * 2)
        if db.session.connection().dialect.name == "sqlite":
            assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_what_its_units_got_meanwhile_goes_along_and_what_the_other_got_stays(either_scene: Scene) -> None:
    scene = either_scene
    scene.merge()
    with scene.app.app_context():
        session = db.session
        begin_write(session)
        root = scene.world.units["corvus"]
        below = Unit(organisation_id=scene.new, parent_id=root, name="Foundry")
        beside = Unit(organisation_id=scene.new, parent_id=scene.world.units["alba"], name="Store")
        shared = Cadence(organisation_id=scene.new, name="Since", days=[5])
        session.add_all([below, beside, shared])
        session.flush()
        post = session.get_one(Post, scene.world.posts["corvus need"])
        post.unit_id = below.id
        theirs = session.scalars(select(Cadence).where(Cadence.name == "Ours").order_by(Cadence.id)).all()[1]
        gone = session.get_one(Relationship, scene.met.ours)
        stays = session.scalars(
            select(Relationship).where(
                Relationship.organisation_id == scene.new,
                Relationship.unit_id != root,
                Relationship.id != gone.id,
            )
        ).first()
        assert stays is not None
        gone.cadence_id, stays.cadence_id = shared.id, theirs.id
        session.commit()
        ids = (below.id, beside.id, post.id, gone.id, stays.id, theirs.id)
    separate(scene)
    with scene.app.app_context():
        session = db.session
        below_id, beside_id, post_id, gone_id, stays_id, theirs_id = ids
        assert session.get_one(Unit, below_id).organisation_id == scene.old
        assert session.get_one(Unit, beside_id).organisation_id == scene.new
        assert session.get_one(Post, post_id).organisation_id == scene.old
        assert session.get_one(Relationship, gone_id).organisation_id == scene.old
        assert session.get_one(Cadence, theirs_id).organisation_id == scene.old
        # Each follows the usual rhythm of its own side instead of one that is the other's now.
        assert [session.get_one(Relationship, card).cadence_id for card in (gone_id, stays_id)] == [
            None,
            None,
        ]


def test_the_page_says_first_what_goes(scene: Scene) -> None:
    scene.merge()
    page = scene.browse.get(f"/approvals/{scene.old}/separate")
    for words in (
        "Corvus Motors is an approved organisation of its own again",
        "1 unit goes with it",
        "1 person has a role there",
        "2 posts go along.",
        "4 cards go along",
        "What people read of each other meanwhile stays read.",
    ):
        assert words in page.words


def test_both_sides_read_their_own_afterwards_and_no_more(scene: Scene) -> None:
    scene.merge()
    separate(scene)
    browse = scene.browse.sign_in("carl")
    assert "Boreal University" in browse.get(f"/meetings/{scene.met.past_meeting}").words
    browse.get(f"/relationships/{scene.met.ours}")
    assert "Corvus Motors" in browse.get(f"/organisations/{scene.old}").words
    browse = scene.browse.sign_in("olga")
    browse.get(f"/relationships/{scene.met.ours}", 404)
    browse.get(f"/meetings/{scene.met.past_meeting}", 404)
    assert "Corvus Motors" in scene.browse.sign_in("dora").get(f"/organisations/{scene.old}").words


def test_what_was_merged_is_found_by_the_name_that_it_had(either_scene: Scene) -> None:
    scene = either_scene
    scene.merge()
    page = scene.browse.get("/approvals?state=decided")
    assert not page.find("a", string="Corvus Motors")
    found = scene.browse.submit(page, "Find", {"name": "corvus"}, 200)
    assert "part of Alba Cells merged" in found.words
    asked = scene.browse.get(str(found.find("a", string="Corvus Motors")["href"]))
    assert "Separate it from Alba Cells" in asked.words


def test_the_trail_says_with_which_one(scene: Scene) -> None:
    scene.merge()
    page = scene.browse.get("/trail")
    assert "merged an organisation into another Corvus Motors into Alba Cells" in page.words
    # It has no page of its own now.
    assert not page.find("a", string="Corvus Motors")
    separate(scene)
    page = scene.browse.get("/trail")
    assert "separated a merged organisation again Corvus Motors from Alba Cells" in page.words
    assert page.find("a", string="Corvus Motors")


def test_a_second_click_finds_it_separated(either_scene: Scene) -> None:
    scene = either_scene
    scene.merge()
    ready = Barrier(3)

    def send(_number: int) -> str:
        browse = Browser(scene.app).sign_in("opal")
        token = browse.token()
        ready.wait()
        answer = browse.client.post(f"/approvals/{scene.old}/separate", data={"csrf_token": token})
        assert answer.status_code == 303, answer.text
        return browse.get(answer.headers["Location"]).words

    with ThreadPoolExecutor(3) as pool:
        pages = list(pool.map(send, range(3)))
    assert all("Corvus Motors is an organisation of its own" in page for page in pages)
    with scene.app.app_context():
        separated = select(AuditEntry).where(AuditEntry.action == "organisation.separate")
        assert len(db.session.scalars(separated).all()) == 1
    back = scene.browse.get(f"/approvals/{scene.old}/separate", 303)
    assert "is an organisation of its own." in scene.browse.follow(back).words


@pytest.mark.parametrize("obstacle", ["not noted", "merged itself", "unit closed"])
def test_what_cannot_be_separated_is_told_and_left(scene: Scene, obstacle: str) -> None:
    scene.merge()
    with scene.app.app_context():
        begin_write(db.session)
        if obstacle == "not noted":
            merged = select(AuditEntry).where(AuditEntry.action == "organisation.merge")
            db.session.scalars(merged).one().changes = {"merged_into": [None, scene.new]}
        elif obstacle == "merged itself":
            alba = db.session.get_one(Organisation, scene.new)
            alba.merged_into_id = scene.world.organisations["delta"]
        else:
            db.session.get_one(Unit, scene.world.units["corvus"]).closed_at = utc_now()
        db.session.commit()
    path = f"/approvals/{scene.old}/separate"
    page = scene.browse.get(path)
    assert "It cannot be separated now" in page.words
    assert "Separate it from" not in page.words
    told = scene.browse.follow(scene.browse.post(path, {}, 303))
    assert "It cannot be separated now" in told.words
    with scene.app.app_context():
        assert db.session.get_one(Organisation, scene.old).merged_into_id == scene.new


@pytest.mark.parametrize("name", ["ada", "carl", "dora", "uma"])
def test_nobody_but_the_operator_separates(scene: Scene, name: str) -> None:
    scene.merge()
    path = f"/approvals/{scene.old}/separate"
    browse = scene.browse.sign_in(name)
    assert browse.client.get(path).status_code in {403, 404}
    assert browse.client.post(path, data={"csrf_token": browse.token()}).status_code in {403, 404}


def test_the_ranking_knows_two_organisations_again(either_scene: Scene) -> None:
    scene = either_scene
    partners = f"/units/{scene.world.units['boreal engineering']}/partners/"

    def ranked() -> set[str]:
        page = scene.browse.sign_in("dora").get(partners)
        scene.browse.sign_in("opal")
        return {heading.get_text(" ", strip=True) for heading in page.select("h2, h3")}

    both = {"Alba Cells", "Corvus Motors"}
    assert both <= ranked()
    scene.merge()
    assert both & ranked() == {"Alba Cells"}
    separate(scene)
    assert both <= ranked()


def test_of_two_mergers_in_a_row_the_later_one_is_taken_back_first(either_scene: Scene) -> None:
    scene = either_scene
    delta = scene.world.organisations["delta"]
    with scene.app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, delta).state = OrganisationState.APPROVED
        db.session.commit()
        before = everything(db.session)
    scene.merge()
    later = {"into": str(delta), "name": "Alba Cells"}
    scene.browse.post(f"/approvals/{scene.new}/merge", later, 303)
    assert "Take that back first." in scene.browse.get(f"/approvals/{scene.old}/separate").words
    scene.browse.post(f"/approvals/{scene.new}/separate", {}, 303)
    separate(scene)
    with scene.app.app_context():
        after = everything(db.session)
        for name, rows in before.items():
            assert after[name] == rows, name

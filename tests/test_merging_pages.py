"""Merging an organisation that was registered twice: everything moves, nothing is lost, everybody concerned is told."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.base import Base
from models.changelog import Change
from models.database import begin_write
from models.follow_up import Cadence
from models.organisation import (
    Organisation,
    OrganisationKind,
    OrganisationState,
    Sector,
    Unit,
)
from models.outbox import OutboxMail
from tests.browsing import Browser
from tests.merging_scene import Scene
from tests.statements import statements_of
from web.database import db


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


def rows_that_name(session: Session, organisation_id: int) -> Iterator[str]:
    """Each column in which this organisation stands still."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            names_one = any(key.column.table.name == "organisation" for key in column.foreign_keys)
            found = select(column).where(column == organisation_id).limit(1)
            if names_one and session.execute(found).first():
                yield f"{table.name}.{column.name}"


def test_merging_moves_everything_and_breaks_no_reference(either_scene: Scene) -> None:
    scene = either_scene
    with scene.app.app_context():
        before = {
            table.name: len(db.session.execute(select(table)).all()) for table in Base.metadata.sorted_tables
        }
    scene.merge()
    with scene.app.app_context():
        session = db.session
        assert set(rows_that_name(session, scene.old)) == set()
        for table in Base.metadata.sorted_tables:
            if table.name not in {"audit_entry", "changelog", "outbox_mail", "organisation_domain"}:
                assert len(session.execute(select(table)).all()) == before[table.name], table.name
        corvus = session.get_one(Organisation, scene.old)
        assert (corvus.state, corvus.merged_into_id) == (OrganisationState.CLOSED, scene.new)
        root = session.get_one(Unit, scene.world.units["corvus"])
        assert (root.organisation_id, root.parent_id) == (scene.new, scene.world.units["alba"])
        domains = {row.domain for row in session.get_one(Organisation, scene.new).domains}
        assert domains == {"alba.example", "both.example", "corvus.example"}
        assert [row.is_default for row in session.scalars(select(Cadence).order_by(Cadence.id))].count(
            True
        ) == 1
        assert (
            session.scalars(select(Change.organisation_id).order_by(Change.seq.desc())).first() == scene.new
        )
        assert "organisation.merge" in session.scalars(select(AuditEntry.action)).all()
        told = session.scalars(select(OutboxMail).where(OutboxMail.kind == "organisation.merged")).all()
        assert sorted(mail.recipient.partition("@")[0] for mail in told) == [
            "ada",
            "carl",
            "dora",
            "max",
            "olga",
        ]
        assert "is a unit of Alba Cells from now on" in told[0].body
        assert "the people of both see the posts of either" in " ".join(told[0].body.split())
        _check_that_references_are_strict(session, scene)


def test_merging_waits_for_nobody_who_reads(either_scene: Scene) -> None:
    scene = either_scene
    merging = threading.Thread(target=scene.merge)
    with scene.app.app_context(), db.engine.connect() as reading:
        for table in Base.metadata.sorted_tables:
            reading.execute(select(table).limit(1)).all()
        merging.start()
        merging.join(timeout=20)
        is_done = not merging.is_alive()
    merging.join()
    assert is_done
    with scene.app.app_context():
        assert db.session.get_one(Organisation, scene.old).merged_into_id == scene.new


def _check_that_references_are_strict(session: Session, scene: Scene) -> None:
    if session.connection().dialect.name == "sqlite":
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    else:
        late = "SELECT count(*) FROM pg_constraint WHERE condeferrable"
        assert session.scalar(text(late)) == 0
    begin_write(session)
    with pytest.raises(IntegrityError):
        session.execute(
            text(
                f"UPDATE post SET organisation_id = {scene.old} WHERE unit_id = {scene.world.units['corvus']}"
            )
        )
    session.rollback()


def test_the_page_says_first_what_will_happen(scene: Scene) -> None:
    page = scene.browse.get(f"{scene.path}?into={scene.new}")
    for words in (
        "Corvus Motors becomes a unit of Alba Cells",
        "1 unit moves.",
        "1 person keeps the role",
        "2 posts move.",
        "4 cards move",
        "1 request between the two",
        "The people of both then see the posts of either that are for its own people only.",
        "If it was a mistake, you can separate the two again",
        "What people read of each other meanwhile stays read.",
    ):
        assert words in page.words
    with scene.app.app_context():
        assert db.session.get_one(Organisation, scene.old).merged_into_id is None


def test_one_that_looks_like_it_is_chosen_first(scene: Scene) -> None:
    with scene.app.app_context():
        begin_write(db.session)
        _register_company(db.session, "Aaa Works")
        db.session.commit()
    # Both name the domain both.example.
    [chosen] = scene.browse.get(scene.path).select("select[name=into] option[selected]")
    assert chosen["value"] == str(scene.new)


def test_a_long_choice_of_organisations_is_asked_for_in_few_statements(scene: Scene) -> None:
    few = len(statements_of(scene.app, lambda: scene.browse.get(scene.path)))
    with scene.app.app_context():
        begin_write(db.session)
        for number in range(10):
            _register_company(db.session, f"Company {number}")
        db.session.commit()
    sent = statements_of(scene.app, lambda: scene.browse.get(scene.path))
    assert "Company 9" in scene.browse.get(scene.path).words
    assert len(sent) <= few, "\n".join(sent)


def _register_company(session: Session, name: str) -> None:
    company = Organisation(
        name=name, kind=OrganisationKind.COMPANY, sector=Sector.ENERGY, state=OrganisationState.APPROVED
    )
    session.add(company)
    session.flush()
    session.add(Unit(organisation_id=company.id, name=name))


def test_both_sides_read_after_it_what_they_had(scene: Scene) -> None:
    scene.merge()
    meeting = scene.met.past_meeting
    browse = scene.browse.sign_in("carl")
    assert "Boreal University" in browse.get(f"/meetings/{meeting}").words
    browse.get(f"/relationships/{scene.met.ours}")
    assert "Battery engineers wanted" in browse.get(f"/units/{scene.world.units['corvus']}/posts/").words
    browse = scene.browse.sign_in("olga")
    browse.get(f"/relationships/{scene.met.ours}")
    browse = scene.browse.sign_in("dora")
    browse.get(f"/meetings/{meeting}")
    card = browse.get(f"/relationships/{scene.met.theirs}").words
    assert "Alba Cells" in card
    assert "not in the network" not in card
    browse.get(f"/organisations/{scene.old}", 404)
    assert "Funding for doctoral students" in browse.get(f"/organisations/{scene.new}").words
    people = scene.browse.sign_in("ada").get(f"/units/{scene.world.units['alba']}/people").words
    assert "Carl Example" in people
    assert "Corvus Motors" not in scene.browse.sign_in("opal").get("/approvals?state=decided").words


def test_the_ranking_knows_one_organisation_afterwards(either_scene: Scene) -> None:
    scene = either_scene
    partners = f"/units/{scene.world.units['boreal engineering']}/partners/"
    browse = scene.browse.sign_in("dora")
    assert {"Alba Cells", "Corvus Motors"} <= _ranked(browse, partners)
    scene.browse.sign_in("opal")
    scene.merge()
    ranked = _ranked(scene.browse.sign_in("dora"), partners)
    assert "Alba Cells" in ranked
    assert "Corvus Motors" not in ranked


def _ranked(browse: Browser, path: str) -> set[str]:
    return {heading.get_text(" ", strip=True) for heading in browse.get(path).select("h2, h3")}


def test_what_cannot_be_merged_is_refused(scene: Scene) -> None:
    browse, world = scene.browse, scene.world
    for target in (world.organisations["boreal"], world.organisations["delta"], scene.old, 10**6):
        page = browse.post(scene.path, {"into": str(target), "name": "Corvus Motors"}, 422)
        assert page.error_of("into")
    with scene.app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, scene.old).state = OrganisationState.CLOSED
        db.session.commit()
    closed = browse.post(scene.path, {"into": str(scene.new), "name": "Corvus Motors"}, 303)
    assert "Only what is approved can be merged." in browse.follow(closed).words


def test_what_was_merged_has_no_pages_any_more(scene: Scene) -> None:
    scene.merge()
    for path in (f"/approvals/{scene.old}", f"/approvals/{scene.old}/close"):
        scene.browse.get(path, 404)
    scene.browse.get(f"/organisations/{scene.old}", 404)
    scene.browse.post(f"/approvals/{scene.old}/approve", {}, 404)


def test_a_second_click_comes_to_where_the_first_one_did(scene: Scene) -> None:
    browse = scene.browse
    chosen = browse.get(f"{scene.path}?into={scene.new}")
    name = {"name": "Corvus Motors"}
    first = browse.submit(chosen, "Merge into Alba Cells", name)
    second = browse.submit(chosen, "Merge into Alba Cells", name)
    back = browse.get(scene.path, 303)
    places = {page.response.headers["Location"] for page in (first, second, back)}
    assert len(places) == 1
    assert "Corvus Motors is part of Alba Cells now. It was merged already." in browse.follow(second).words


def test_the_name_of_what_moves_is_typed_before_it_moves(scene: Scene) -> None:
    chosen = scene.browse.get(f"{scene.path}?into={scene.new}")
    for typed in ("", "Alba Cells", "Corvus"):
        page = scene.browse.submit(chosen, "Merge into Alba Cells", {"name": typed}, 422)
        assert page.error_of("name")
        # What was chosen and what will happen still stand there.
        assert "Corvus Motors becomes a unit of Alba Cells" in page.words
    with scene.app.app_context():
        assert db.session.get_one(Organisation, scene.old).merged_into_id is None


@pytest.mark.parametrize("state", [OrganisationState.PENDING, OrganisationState.REFUSED])
def test_what_nobody_approved_is_not_merged_and_the_page_says_the_way(
    scene: Scene, state: OrganisationState
) -> None:
    delta = scene.world.organisations["delta"]
    with scene.app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, delta).state = state
        db.session.commit()
    page = scene.browse.get(f"/approvals/{delta}")
    assert "Merge with another" not in page.words
    assert "Was it registered twice?" in page.words
    path = f"/approvals/{delta}/merge"
    assert "Only what is approved can be merged." in scene.browse.follow(scene.browse.get(path, 303)).words
    data = {"into": str(scene.new), "name": "Delta Labs"}
    assert "Only what is approved" in scene.browse.follow(scene.browse.post(path, data, 303)).words
    with scene.app.app_context():
        assert db.session.get_one(Organisation, delta).merged_into_id is None


@pytest.mark.parametrize("name", ["ada", "carl", "dora", "uma"])
def test_nobody_but_the_operator_merges(scene: Scene, name: str) -> None:
    browse = scene.browse.sign_in(name)
    assert browse.client.get(scene.path).status_code in {403, 404}
    data = {"into": str(scene.new), "csrf_token": browse.token()}
    assert browse.client.post(scene.path, data=data).status_code in {403, 404}


def test_a_number_that_no_organisation_can_have_is_none_of_the_choices(either_app: Flask) -> None:
    scene = Scene(either_app)
    for number in (str(10**30), "-1", "x", ""):
        scene.browse.post(scene.path, {"into": number, "name": "Corvus Motors"}, 422)
        scene.browse.get(f"{scene.path}?into={number}")

"""The trail as a page: operators read all of it, administrators that of their organisation, in words and by filters."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEntry, note_action
from models.audit_policy import entries_of_organisation
from models.base import utc_now
from models.closing import POST_CLOSED
from models.commitment import Move
from models.database import begin_write
from models.meeting import Attendance, Meeting
from models.organisation import Organisation
from models.person import Membership, MembershipState, Person, Role
from models.post import Post
from models.separating import MERGED, SEPARATED
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db
from web.pipeline.bulk import Deed
from web.trail.words import WORDS

PROJECT = Path(__file__).parent.parent
# Actions whose code is put together from a word of one of these, or stands elsewhere.
PUT_TOGETHER = (
    MERGED,
    POST_CLOSED,
    SEPARATED,
    *(f"commitment.{move}" for move in Move),
    *(f"meeting.{answer}" for answer in (Attendance.ACCEPTED, Attendance.DECLINED)),
    *(f"pipeline.bulk_{deed}" for deed in Deed),
    *(f"partnership.{reply}" for reply in ("confirm", "decline", "withdraw")),
    *(f"partnership.growth_{answer}" for answer in ("ask", "agree", "refuse")),
    *(f"post.{move}" for move in ("draft", "publish", "edit")),
)


@pytest.fixture
def noted(app: Flask, world: World) -> World:
    """Some actions of Alba's, one of Boreal's, one of the operator, and some of people for themselves alone."""
    with app.app_context():
        begin_write(db.session)
        note_some(db.session, world)
        db.session.commit()
    return world


def note_some(session: Session, world: World) -> None:
    people, units = world.people, world.units
    need = session.get_one(Post, world.posts["alba need"])
    draft = session.get_one(Post, world.posts["alba draft"])
    theirs = session.get_one(Post, world.posts["boreal need"])
    role = session.scalars(select(Membership).where(Membership.person_id == people["max"])).one()
    alba = session.get_one(Organisation, world.organisations["alba"])
    olga = session.get_one(Person, people["olga"])
    note_action(session, people["max"], "post.publish", need, units["alba plant"])
    note_action(session, people["max"], "post.draft", draft, units["alba plant"])
    moved = [["member", units["alba"]], ["office", units["alba plant"]]]
    note_action(
        session, people["ada"], "membership.place", role, units["alba plant"], {"role_and_unit": moved}
    )
    note_action(
        session, people["opal"], "organisation.decide", alba, changes={"state": ["pending", "approved"]}
    )
    note_action(session, people["olga"], "person.edit", olga)
    note_action(session, people["dora"], "post.publish", theirs, units["boreal engineering"])
    session.flush()


def test_the_operator_reads_everything_in_words(noted: World, browse: Browser) -> None:
    page = browse.sign_in("opal").get("/trail")
    words = page.words
    assert "Max Example published a post Battery test engineers" in words
    assert (
        "Ada Example changed a role Max Example Member, Alba Cells → Partnership office, Alba Cells, Plant"
        in words
    )
    assert "Opal Example decided about an organisation Alba Cells waits → approved" in words
    assert "Dora Example published a post Placements for electrochemistry students" in words
    assert "Olga Example changed their settings" in words
    assert words.index("Dora Example") < words.index("Max Example published")
    assert "Safety training" not in words
    assert page.find("a", string="Alba Cells", href=f"/approvals/{noted.organisations['alba']}")


def test_an_administrator_reads_what_is_of_the_own_organisation(noted: World, browse: Browser) -> None:
    browse.sign_in("ada")
    path = f"/organisations/{noted.organisations['alba']}/trail"
    assert browse.get(f"/units/{noted.units['alba']}/people").select_one(f"a[href^='{path}']")
    page = browse.get(path)
    words = page.words
    assert not page.select("a[href^='/approvals']")
    assert "Max Example published a post Battery test engineers" in words
    assert "Opal Example decided about an organisation" in words
    assert "Dora Example" not in words
    # A draft is read by those who write, and settings are a person's own.
    assert "drafted a post" in words
    assert "Safety training" not in words
    assert "Olga Example" not in words


@pytest.mark.parametrize("name", ["olga", "max", "boris", "dana", "uma", "opal"])
def test_nobody_else_reads_the_trail_of_an_organisation(noted: World, browse: Browser, name: str) -> None:
    answer = browse.sign_in(name).client.get(f"/organisations/{noted.organisations['alba']}/trail")
    assert answer.status_code in {403, 404}
    if name != "opal":
        assert browse.client.get("/trail").status_code == 403
        assert "What was done" not in browse.client.get("/").text


def test_the_trail_can_be_filtered_by_person_kind_and_day(noted: World, browse: Browser) -> None:
    page = browse.sign_in("opal").get("/trail")
    by_max = browse.submit(page, "Apply", {"name": "MAX ex"}, 200)
    assert "2 actions" in by_max.words
    assert "Dora Example" not in by_max.words
    roles = browse.submit(page, "Apply", {"kind": "people"}, 200)
    assert "1 action " in roles.words
    assert "Ada Example changed a role" in roles.words
    assert "Nothing fits these filters." in browse.get("/trail?until_day=2020-01-01").words
    today = utc_now().date()
    words = browse.get(f"/trail?from_day={today - timedelta(days=1)}&until_day={today}&name=max").words
    assert "2 actions" in words


def test_a_name_of_many_letters_is_found_as_it_is_written(app: Flask, noted: World, browse: Browser) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, noted.people["max"]).name = "Övgü Ångström"
        db.session.commit()
    page = browse.sign_in("opal").get("/trail")
    assert "2 actions" in browse.submit(page, "Apply", {"name": "Övgü Å"}, 200).words


@pytest.mark.parametrize("day", ["soon", "0001-01-01", "9999-12-31"])
def test_a_day_that_makes_no_sense_is_told_at_its_field(noted: World, browse: Browser, day: str) -> None:
    page = browse.sign_in("opal").get(f"/trail?from_day={day}&until_day={day}&kind=unheard&page=99")
    assert page.error_of("from_day")
    assert page.error_of("until_day")
    assert "Max Example" in page.words


def test_a_day_begins_where_the_reader_lives(app: Flask, noted: World, browse: Browser) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, noted.people["opal"]).zone = "Europe/Berlin"
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "post.draft")).one()
        entry.at = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
        db.session.commit()
    browse.sign_in("opal")
    assert "drafted a post" in browse.get("/trail?from_day=2026-03-03&until_day=2026-03-03").words
    assert "drafted a post" not in browse.get("/trail?from_day=2026-03-02&until_day=2026-03-02").words


def test_a_long_trail_comes_in_pages_that_keep_the_filters(app: Flask, noted: World, browse: Browser) -> None:
    with app.app_context():
        begin_write(db.session)
        need = db.session.get_one(Post, noted.posts["alba need"])
        for _number in range(60):
            note_action(db.session, noted.people["max"], "post.edit", need, noted.units["alba plant"])
        db.session.commit()
    browse.sign_in("opal")
    first = browse.get("/trail?name=max")
    assert len(first.select("tbody tr")) == 50
    link = first.find("a", rel="next")
    assert link
    second = browse.get(str(link["href"]))
    assert len(second.select("tbody tr")) == 12
    assert "Dora" not in second.words
    few = statements_of(app, lambda: browse.get("/trail?name=dora"))
    assert len(statements_of(app, lambda: browse.get("/trail"))) <= len(few) + 3


def test_what_has_no_unit_counts_where_its_person_belongs_and_to_nobody_of_two_houses(
    either_app: Flask,
) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        ids = add_dealings(db.session, world)
        begin_write(db.session)
        meeting = db.session.get_one(Meeting, ids.past_meeting)
        note_action(db.session, world.people["max"], "meeting.move", meeting)
        note_action(db.session, world.people["dora"], "meeting.cancel", meeting)
        db.session.commit()
        assert "meeting.move" in _actions(world, "alba")
        assert "meeting.cancel" not in _actions(world, "alba")
        assert "meeting.cancel" in _actions(world, "boreal")
        assert "meeting.move" not in _actions(world, "boreal")
        begin_write(db.session)
        db.session.add(
            Membership(
                person_id=world.people["max"],
                organisation_id=world.organisations["corvus"],
                unit_id=world.units["corvus"],
                role=Role.MEMBER,
                state=MembershipState.ENDED,
            )
        )
        db.session.commit()
        assert "meeting.move" not in _actions(world, "alba")
        assert "meeting.move" not in _actions(world, "corvus")


def _actions(world: World, organisation: str) -> set[str]:
    statement = entries_of_organisation(world.organisations[organisation])
    return {entry.action for entry in db.session.scalars(statement)}


def test_every_audited_action_has_words() -> None:
    unknown = {
        f"{path.relative_to(PROJECT)}: {action}"
        for folder in ("web", "seed_data")
        for path in (PROJECT / folder).rglob("*.py")
        for action in _audited_in(path)
        if action not in WORDS
    }
    unknown |= {action for action in PUT_TOGETHER if action not in WORDS}
    assert not unknown, f"say in web/trail/words.py what they are called: {sorted(unknown)}"


def _audited_in(path: Path) -> Iterator[str]:
    """The codes that stand where ``note_action`` is called, or that are handed to whoever calls it."""
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if _name_of(call) != "note_action" or len(call.args) < 3:
            continue
        action = call.args[2]
        if isinstance(action, ast.Name):
            yield from _values_of(action.id, tree, calls)
        else:
            yield from _codes(action)


def _values_of(name: str, tree: ast.Module, calls: list[ast.Call]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            yield from _codes(node.value)
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            if name in names:
                place = names.index(name)
                for call in calls:
                    if _name_of(call) == node.name and len(call.args) > place:
                        yield from _codes(call.args[place])


def _codes(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr):
            return
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""

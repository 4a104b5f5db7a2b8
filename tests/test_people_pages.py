"""People and their roles: who may look, who may change what, and what is refused whoever asks."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.database import begin_write
from models.outbox import OutboxMail
from models.person import Membership, MembershipState, Role
from tests.browsing import Browser
from tests.world import World
from web.database import db

# What whoever belongs to another organisation, or to none, is answered.
STRANGERS = [("boris", 404), ("mia", 404), ("carl", 404), ("dana", 404), ("opal", 404), ("uma", 404)]


def membership_of(world: World, name: str, role: Role | None = None) -> Membership:
    statement = select(Membership).where(Membership.person_id == world.people[name])
    if role is not None:
        statement = statement.where(Membership.role == role)
    return db.session.scalars(statement.order_by(Membership.id)).one()


@pytest.fixture
def ids(app: Flask, world: World) -> dict[str, int]:
    """Each membership by its person, and Uma's request to join Alba's plant as "request"."""
    with app.app_context():
        begin_write(db.session)
        request = Membership(
            person_id=world.people["uma"],
            organisation_id=world.organisations["alba"],
            unit_id=world.units["alba plant"],
            role=Role.MEMBER,
            note="I run the test hall.",
        )
        db.session.add(request)
        db.session.commit()
        names = ("ada", "olga", "max", "boris", "dora", "mia", "carl")
        return {name: membership_of(world, name).id for name in names} | {"request": request.id}


def people_page(world: World, organisation: str) -> str:
    return f"/units/{world.units[organisation]}/people"


def test_members_see_the_list_and_change_nothing(world: World, ids: dict[str, int], browse: Browser) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/people")
    assert "Ada Example" in page.words
    assert "Olga Example" in page.words
    assert "Boris Example" not in page.words
    assert "Uma Example" not in page.words
    assert page.select('a[href*="/memberships/"], a[href*="/edit"], a[href*="new-unit"]') == []


def test_an_admin_sees_requests_first(world: World, ids: dict[str, int], browse: Browser) -> None:
    page = browse.sign_in("ada").get(people_page(world, "alba"))
    assert page.find_all("h2")[0].get_text() == "They ask to join"
    assert "I run the test hall." in page.words


def test_approving_gives_role_and_unit_and_tells_the_person(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['request']}/decide")
    values = {"role": "office", "unit_id": str(world.units["alba"]), "answer": "Welcome!"}
    browse.submit(page, "Approve", values)
    with app.app_context():
        membership = db.session.get_one(Membership, ids["request"])
        assert (membership.state, membership.role) == (MembershipState.ACTIVE, Role.OFFICE)
        assert membership.unit_id == world.units["alba"]
        [mail] = db.session.scalars(select(OutboxMail)).all()
        assert mail.recipient == "uma@alba.example"
        assert "Welcome!" in mail.body
        assert "membership.approve" in db.session.scalars(select(AuditEntry.action)).all()
    assert "Olga Example" in browse.sign_in("uma").get(people_page(world, "alba")).words


def test_declining_gives_nothing_and_tells_the_person(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['request']}/decide")
    browse.submit(page, "Decline", {"answer": "We do not know you."})
    with app.app_context():
        assert db.session.get_one(Membership, ids["request"]).state is MembershipState.REFUSED
        [mail] = db.session.scalars(select(OutboxMail)).all()
        assert "was declined" in mail.body
        assert "We do not know you." in mail.body
    browse.sign_in("uma").get(people_page(world, "alba"), status=404)


def test_a_request_is_decided_once(app: Flask, ids: dict[str, int], browse: Browser) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['request']}/decide")
    browse.submit(page, "Approve")
    browse.submit(page, "Decline")
    with app.app_context():
        assert db.session.get_one(Membership, ids["request"]).state is MembershipState.ACTIVE


def test_a_role_and_a_unit_are_changed(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['max']}")
    browse.submit(page, "Save", {"role": "office", "unit_id": str(world.units["alba"])})
    with app.app_context():
        membership = db.session.get_one(Membership, ids["max"])
        assert (membership.role, membership.unit_id) == (Role.OFFICE, world.units["alba"])


def test_somebody_gets_a_second_role_once(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['ada']}")
    page = browse.get(page.find("a", string="Give another role")["href"])
    values = {"role": "office", "unit_id": str(world.units["alba"])}
    browse.submit(page, "Give this role", values)
    refused = browse.submit(page, "Give this role", values, status=422)
    assert "has this role" in refused.select("#role-error")[0].get_text()
    foreign = values | {"unit_id": str(world.units["boreal"])}
    assert browse.submit(page, "Give this role", foreign, status=422).error_of("unit_id")
    with app.app_context():
        roles = db.session.scalars(select(Membership.role).where(Membership.person_id == world.people["ada"]))
        assert sorted(roles) == [Role.ADMIN, Role.OFFICE]
        assert "membership.add" in db.session.scalars(select(AuditEntry.action)).all()
    browse.get(f"/units/{world.units['alba']}/posts/new?side=need&kind=talent")


def test_whoever_gets_changes_or_loses_a_role_is_told(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    browse.sign_in("ada")
    path = f"/memberships/{ids['max']}"
    values = {"role": "office", "unit_id": str(world.units["alba"])}
    browse.post(f"{path}/another-role", values, 303)
    browse.submit(browse.get(path), "Save")
    browse.submit(browse.get(path), "Save", {"unit_id": str(world.units["alba"])})
    browse.submit(browse.get(path), "End this role")
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        assert [mail.recipient for mail in mails] == ["max@alba.example"] * 3
        assert [mail.kind for mail in mails] == ["membership.added", "membership.changed", "membership.ended"]
        assert "another role at Alba Cells on Counterpart: Partnership office in Alba Cells" in mails[0].body
        assert "it is now Member in Alba Cells." in mails[1].body
        assert "no longer have this role" in mails[2].body


def test_nobody_gets_mail_about_what_they_did_themselves(
    app: Flask, ids: dict[str, int], browse: Browser
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Membership, ids["olga"]).role = Role.ADMIN
        db.session.commit()
    browse.submit(browse.sign_in("ada").get(f"/memberships/{ids['ada']}"), "End this role")
    with app.app_context():
        assert db.session.scalars(select(OutboxMail)).all() == []


def test_a_role_that_ended_is_not_changed_any_more(ids: dict[str, int], browse: Browser) -> None:
    browse.submit(browse.sign_in("ada").get(f"/memberships/{ids['max']}"), "End this role")
    for path in (f"/memberships/{ids['max']}", f"/memberships/{ids['max']}/another-role"):
        browse.get(path, status=303)
        browse.post(path, {"role": "admin", "version": "2"}, 303)


def test_an_admin_of_a_unit_below_stays_on_the_list_after_ending_a_role(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Membership, ids["olga"]).unit_id = world.units["alba plant"]
        db.session.get_one(Membership, ids["max"]).role = Role.ADMIN
        db.session.commit()
    page = browse.sign_in("max").get(f"/memberships/{ids['olga']}")
    assert "no longer has this role" in browse.follow(browse.submit(page, "End this role")).words


def test_crossing_edits_are_told_and_not_lost(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['max']}")
    browse.submit(page, "Save", {"role": "office"})
    crossed = browse.submit(page, "Save", {"role": "admin"}, status=409)
    assert "the role is now “Partnership office”" in crossed.words
    assert crossed.select('[name="role"][value="admin"]')[0].has_attr("checked")
    browse.submit(crossed, "Save")
    with app.app_context():
        assert db.session.get_one(Membership, ids["max"]).role is Role.ADMIN


def test_the_last_admin_stays(app: Flask, ids: dict[str, int], browse: Browser) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['ada']}")
    assert "last admin" in browse.follow(browse.submit(page, "End this role")).words
    refused = browse.submit(page, "Save", {"role": "member"}, status=422)
    assert "last admin" in refused.select("#role-error")[0].get_text()
    with app.app_context():
        membership = db.session.get_one(Membership, ids["ada"])
        assert (membership.state, membership.role) == (MembershipState.ACTIVE, Role.ADMIN)


def test_an_admin_of_a_unit_below_does_not_replace_the_one_above(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['max']}")
    browse.submit(page, "Save", {"role": "admin"})
    own = browse.get(f"/memberships/{ids['ada']}")
    assert "last admin" in browse.follow(browse.submit(own, "End this role")).words
    browse.sign_in("max").get(f"/memberships/{ids['ada']}", status=403)
    browse.get(f"/memberships/{ids['max']}")


def test_two_admins_cannot_remove_each_other_at_once(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    page = browse.sign_in("ada").get(f"/memberships/{ids['olga']}")
    browse.submit(page, "Save", {"role": "admin"})
    pairs = []
    for name, other in (("ada", "olga"), ("olga", "ada")):
        browser = Browser(app).sign_in(name)
        pairs.append((browser, browser.get(f"/memberships/{ids[other]}")))
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda pair: end(*pair), pairs))
    with app.app_context():
        states = [db.session.get_one(Membership, ids[name]).state for name in ("ada", "olga")]
        assert states.count(MembershipState.ACTIVE) == 1


def end(browser: Browser, page: object) -> int:
    form = page.form("End this role")  # type: ignore[attr-defined] # A page of the browser.
    token = str(form.find("input", attrs={"name": "csrf_token"})["value"])
    return browser.client.post(str(form["action"]), data={"csrf_token": token}).status_code


def test_ending_a_role_takes_it_at_once(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    browse.submit(browse.sign_in("ada").get(f"/memberships/{ids['max']}"), "End this role")
    browse.sign_in("max").get(people_page(world, "alba plant"), status=404)


@pytest.mark.parametrize(
    ("who", "status"),
    [*STRANGERS, ("olga", 403), ("", 302)],
)
def test_roles_are_changed_by_their_admins_only(
    app: Flask, ids: dict[str, int], browse: Browser, who: str, status: int
) -> None:
    browse.sign_in(who)
    path = f"/memberships/{ids['max']}"
    for page in (path, f"{path}/another-role"):
        browse.get(page, status=status)
        browse.post(page, {"role": "admin", "version": "1", "unit_id": str(1)}, status)
    browse.post(f"{path}/end", {}, status)
    with app.app_context():
        membership = db.session.get_one(Membership, ids["max"])
        assert (membership.state, membership.role) == (MembershipState.ACTIVE, Role.MEMBER)


@pytest.mark.parametrize(
    ("who", "status"),
    [("boris", 404), ("mia", 404), ("opal", 404), ("olga", 404), ("max", 404), ("uma", 403), ("", 302)],
)
def test_requests_are_decided_by_admins_only(
    app: Flask, ids: dict[str, int], browse: Browser, who: str, status: int
) -> None:
    browse.sign_in(who)
    path = f"/memberships/{ids['request']}/decide"
    browse.get(path, status=status)
    values = {"role": "admin", "decision": "approve"}
    browse.post(path, values, status)
    with app.app_context():
        assert db.session.get_one(Membership, ids["request"]).state is MembershipState.REQUESTED


def test_nobody_is_put_into_a_foreign_unit(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    foreign = {"unit_id": str(world.units["boreal engineering"])}
    page = browse.sign_in("ada").get(f"/memberships/{ids['max']}")
    assert browse.submit(page, "Save", foreign, status=422).error_of("unit_id")
    page = browse.get(f"/memberships/{ids['request']}/decide")
    assert browse.submit(page, "Approve", foreign, status=422).error_of("unit_id")
    with app.app_context():
        assert db.session.get_one(Membership, ids["max"]).unit_id == world.units["alba plant"]


@pytest.mark.parametrize("who", ["boris", "carl", "opal", "uma"])
def test_the_list_is_for_the_organisation_itself(world: World, browse: Browser, who: str) -> None:
    browse.sign_in(who).get(people_page(world, "alba"), status=404)

"""Joining: who is led to which organisation, and who decides."""

from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.base import utc_now
from models.database import begin_write
from models.joining import (
    domain_to_suggest_by,
    organisations_of_domain,
)
from models.organisation import OrganisationDomain, OrganisationState
from models.person import MembershipState, Person, Role
from tests.browsing import Browser
from tests.newcomers import mails, memberships_of, move_to_address, tell
from tests.world import World
from web.database import db


def test_the_ending_of_the_address_leads_to_the_organisation(browse: Browser) -> None:
    page = browse.sign_in("uma").get("/join")
    assert "Alba Cells" in page.words
    assert "Boreal University" not in page.words


def test_sister_organisations_share_a_domain(app: Flask, world: World, browse: Browser) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            OrganisationDomain(organisation_id=world.organisations["corvus"], domain="alba.example")
        )
        [carl] = memberships_of(world, "carl")
        carl.role = Role.ADMIN
        carl.person.email = "carl@alba.example"
        db.session.commit()
    words = browse.sign_in("uma").get("/join").words
    assert "Alba Cells" in words
    assert "Corvus Motors" in words


def test_a_public_mail_domain_leads_nowhere(app: Flask, world: World, browse: Browser) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.add(OrganisationDomain(organisation_id=world.organisations["alba"], domain="gmail.com"))
        db.session.commit()
        assert organisations_of_domain(db.session, "uma@gmail.com") == []
    move_to_address(app, "uma", "uma@gmail.com")
    assert "Alba Cells" not in browse.sign_in("uma").get("/join").words
    assert domain_to_suggest_by("uma@GMail.com") is None


def test_naming_a_foreign_domain_leads_nobody_astray_before_the_approval(
    app: Flask, world: World, browse: Browser
) -> None:
    tell(browse.sign_in("dana"), {"name": "Boreal University", "domains": "boreal.example", "is_new": "y"})
    with app.app_context():
        found = organisations_of_domain(db.session, "newcomer@boreal.example")
        assert [organisation.id for organisation in found] == [world.organisations["boreal"]]
        [same_day] = organisations_of_domain(db.session, "colleague@delta.example")
        assert same_day.state is OrganisationState.PENDING


def test_an_approved_organisation_gets_nobody_by_the_domain_of_another_one(app: Flask, world: World) -> None:
    with app.app_context():
        begin_write(db.session)
        domain = OrganisationDomain(organisation_id=world.organisations["alba"], domain="boreal.example")
        db.session.add(domain)
        db.session.commit()
        [found] = organisations_of_domain(db.session, "newcomer@boreal.example")
        assert found.id == world.organisations["boreal"]


def test_an_admin_who_left_leads_nobody_any_more(app: Flask, world: World) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people["boris"]).left_at = utc_now()
        db.session.commit()
        assert organisations_of_domain(db.session, "newcomer@boreal.example") == []


def test_a_subdomain_counts_for_its_organisation(app: Flask, world: World) -> None:
    with app.app_context():
        [found] = organisations_of_domain(db.session, "x@plant.alba.example")
        assert found.id == world.organisations["alba"]
        assert organisations_of_domain(db.session, "x@notalba.example") == []


def test_a_request_goes_to_the_admins_and_to_nobody_else(app: Flask, world: World, browse: Browser) -> None:
    page = browse.sign_in("uma").get("/join")
    link = page.select_one(f'a[href^="/join/{world.organisations["alba"]}"]')
    assert link
    form = browse.get(str(link["href"]))
    values = {"unit_id": str(world.units["alba plant"]), "note": "I run the test hall."}
    answer = browse.submit(form, "Ask to join", values)
    assert "waits for an admin" in browse.follow(answer).words
    with app.app_context():
        [membership] = memberships_of(world, "uma")
        assert membership.state is MembershipState.REQUESTED
        assert membership.role is Role.MEMBER
        assert [mail.recipient for mail in mails("membership.requested")] == ["ada@alba.example"]
        assert f"http://localhost/memberships/{membership.id}/decide" in mails("membership.requested")[0].body
        assert "membership.request" in db.session.scalars(select(AuditEntry.action)).all()


def test_asking_twice_makes_one_request(app: Flask, world: World, browse: Browser) -> None:
    form = browse.sign_in("uma").get(f"/join/{world.organisations['alba']}")
    browse.submit(form, "Ask to join")
    browse.submit(form, "Ask to join")
    with app.app_context():
        assert len(memberships_of(world, "uma")) == 1


def test_a_request_can_be_withdrawn_by_its_person_only(app: Flask, world: World, browse: Browser) -> None:
    browse.submit(browse.sign_in("uma").get(f"/join/{world.organisations['alba']}"), "Ask to join")
    with app.app_context():
        [membership] = memberships_of(world, "uma")
    path = f"/join/requests/{membership.id}/withdraw"
    for name, status in (("boris", 404), ("max", 404), ("ada", 403)):
        browse.sign_in(name).post(path, {}, status)
    page = browse.sign_in("uma").get("/join")
    browse.submit(page, "Withdraw the request")
    with app.app_context():
        assert memberships_of(world, "uma")[0].state is MembershipState.ENDED


def test_whoever_knows_the_name_may_ask_and_nobody_else_learns_of_it(world: World, browse: Browser) -> None:
    path = f"/join/{world.organisations['boreal']}"
    browse.sign_in("uma").get(path, status=404)
    browse.post(path, {"unit_id": "0", "name": "Boreal"}, 404)
    page = browse.get("/join?name=boreal+university")
    assert page.select_one(f'a[href^="{path}"]')
    form = browse.get(f"{path}?name=boreal+university")
    assert "Engineering" not in form.words
    browse.submit(form, "Ask to join")


def test_a_foreign_unit_is_no_choice(app: Flask, world: World, browse: Browser) -> None:
    form = browse.sign_in("uma").get(f"/join/{world.organisations['alba']}")
    values = {"unit_id": str(world.units["boreal engineering"])}
    browse.submit(form, "Ask to join", values, status=422)
    with app.app_context():
        assert memberships_of(world, "uma") == []


def test_pending_organisations_are_found_by_colleagues_only(
    app: Flask, world: World, browse: Browser
) -> None:
    delta = world.organisations["delta"]
    assert not browse.sign_in("uma").get("/join?name=Delta+Labs").select(f'a[href^="/join/{delta}"]')
    assert "No organisation here" in browse.get("/join?name=Delta+Labs").words
    move_to_address(app, "uma", "uma@delta.example")
    assert "Delta Labs" in browse.get("/join").words


def test_who_belongs_somewhere_is_not_told_to_join_as_if_they_did_not(browse: Browser) -> None:
    page = browse.sign_in("max").get("/join")
    assert "Join yours, or tell us about it" not in page.words
    assert "Where you belong. You may belong to several." in page.words
    assert [heading.get_text() for heading in page.select("main h2")] == [
        "Look for another one by its name",
        "Another one is not here yet?",
    ]
    assert "Join yours, or tell us about it" in browse.sign_in("uma").get("/join").words


def test_visitors_sign_in_first(world: World, browse: Browser) -> None:
    for path in ("/join", "/join/new", f"/join/{world.organisations['alba']}"):
        browse.sign_in("").get(path, status=302)

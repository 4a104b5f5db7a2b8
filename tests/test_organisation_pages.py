"""The organisation's profile: what each side sees of it, and its editing by its admins alone."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditEntry
from models.changelog import Change
from models.database import begin_write
from models.organisation import Organisation, OrganisationSize, Sector
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db


def profile(world: World, name: str, rest: str = "") -> str:
    return f"/organisations/{world.organisations[name]}{rest}"


def stored(app: Flask, world: World, name: str) -> Organisation:
    with app.app_context():
        organisation = db.session.get_one(Organisation, world.organisations[name])
        assert organisation.domains is not None
        return organisation


def save(browse: Browser, page: Page, status: int = 303, **values: str) -> Page:
    return browse.submit(page, "Save the profile", values, status)


def test_the_profile_shows_open_posts_and_leads_to_the_pair(browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(profile(world, "boreal"))
    assert page.heading == "Boreal University"
    assert "Rostock, Germany" in page.words
    assert "Placements for electrochemistry students" in page.words
    assert "Graduates in electrochemistry" in page.words
    link = page.find("a", string="Why you two fit")
    assert link is not None
    assert f"/partners/{world.organisations['boreal']}" in str(link["href"])


def test_a_rival_sees_no_need_of_ours_and_nobody_else_an_internal_post(browse: Browser, world: World) -> None:
    seen_by_rival = browse.sign_in("carl").get(profile(world, "alba")).words
    assert "Battery test engineers" not in seen_by_rival
    assert "Placements in our test hall" in seen_by_rival
    seen_by_dean = browse.sign_in("dora").get(profile(world, "alba")).words
    assert "Battery test engineers" in seen_by_dean
    assert "Internal laboratory" not in seen_by_dean
    assert "Internal laboratory" in browse.sign_in("max").get(profile(world, "alba")).words


def test_the_own_profile_has_no_pair_and_only_admins_may_edit(browse: Browser, world: World) -> None:
    page = browse.sign_in("ada").get(profile(world, "alba"))
    assert "What you seek" in page.words
    assert not page.find("a", string="Why you two fit")
    assert page.select_one("main a[href$='/edit']")
    for person in ("olga", "max"):
        assert not browse.sign_in(person).get(profile(world, "alba")).select_one("main a[href$='/edit']")
        browse.get(profile(world, "alba", "/edit"), 403)
        browse.post(profile(world, "alba", "/edit"), {"sector": "food", "version": "1"}, 403)


def test_a_hidden_organisation_cannot_be_found(browse: Browser, world: World) -> None:
    assert browse.sign_in("").client.get(profile(world, "alba")).status_code == 302
    browse.sign_in("olga").get(profile(world, "delta"), 404)
    browse.get("/organisations/999999", 404)
    browse.sign_in("uma").get(profile(world, "alba"), 404)
    # Who waits for approval sees the own organisation and no other.
    assert "waiting for approval" in browse.sign_in("dana").get(profile(world, "delta")).words
    browse.get(profile(world, "alba"), 404)


def test_the_operator_sees_whom_to_decide_about_but_edits_nobody(browse: Browser, world: World) -> None:
    browse.sign_in("opal").get(profile(world, "delta"))
    browse.get(profile(world, "delta", "/edit"), 403)


def test_a_foreign_admin_does_not_edit(browse: Browser, world: World) -> None:
    for person in ("boris", "carl"):
        browse.sign_in(person).get(profile(world, "alba", "/edit"), 403)
        browse.post(profile(world, "alba", "/edit"), {"sector": "food", "version": "1"}, 403)
    browse.sign_in("dana").post(profile(world, "alba", "/edit"), {"sector": "food", "version": "1"}, 404)


def test_an_admin_saves_and_ranking_and_audit_learn_of_it(browse: Browser, world: World, app: Flask) -> None:
    page = browse.sign_in("ada").get(profile(world, "alba", "/edit"))
    answer = save(
        browse,
        page,
        about="  Cells for <ferries>.  ",
        website="https://alba.example/about",
        sector="maritime",
        size="under_250",
        domains="WWW.alba.example\nhttps://cells.example/x, alba.example",
    )
    shown = browse.follow(answer)
    assert "Cells for <ferries>." in shown.words
    assert "The profile is saved." in shown.words
    alba = stored(app, world, "alba")
    assert (alba.sector, alba.size) == (Sector.MARITIME, OrganisationSize.UNDER_250)
    assert [row.domain for row in alba.domains] == ["alba.example", "cells.example"]
    with app.app_context():
        entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "organisation.edit"))
        assert entry is not None
        assert entry.changes["sector"] == ["energy", "maritime"]
        assert db.session.scalar(select(func.count()).where(Change.organisation_id == alba.id))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("website", "javascript:alert(1)"),
        ("website", "alba.example"),
        ("website", "https://user:secret@alba.example"),
        ("website", "https://" + "x" * 400 + ".example"),
        ("about", "x" * 4001),
        ("about", "a\x00b"),
        ("sector", "witchcraft"),
        ("size", "huge"),
        ("domains", "not a domain!"),
        ("domains", "alba.example GMail.com"),
        ("domains", "\n".join(f"d{number}.example" for number in range(21))),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_nothing_typed_is_lost(
    field: str, value: str, browse: Browser, world: World, app: Flask
) -> None:
    page = browse.sign_in("ada").get(profile(world, "alba", "/edit"))
    about = value if field == "about" else "Typed with care"
    answer = save(browse, page, 422, **{"about": about, field: value})
    assert answer.error_of(field)
    assert about.replace("\x00", "\ufffd")[:10] in answer.select_one(
        "textarea[name=about]"
    ).get_text().replace("\x00", "\ufffd")
    assert stored(app, world, "alba").about == ""


def test_edits_that_cross_are_told_and_never_lost(browse: Browser, world: World, app: Flask) -> None:
    page = browse.sign_in("ada").get(profile(world, "alba", "/edit"))
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["alba"]).about = "Written by a colleague"
        db.session.commit()
    crossed = save(browse, page, 409, about="Written by me", sector="food")
    assert "The profile changed meanwhile" in crossed.words
    assert "What you do now says Written by a colleague" in crossed.words
    assert crossed.select_one("textarea[name=about]").get_text().strip() == "Written by me"
    assert stored(app, world, "alba").about == "Written by a colleague"
    save(browse, crossed)
    assert stored(app, world, "alba").about == "Written by me"


def test_an_address_that_is_no_web_address_is_never_linked(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["boreal"]).website = "javascript:alert(1)"
        db.session.commit()
    page = browse.sign_in("olga").get(profile(world, "boreal"))
    assert not page.select("a[href^='javascript']")

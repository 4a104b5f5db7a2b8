"""Telling of an organisation that is not here yet: what is asked, what is known already, and what waits."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.organisation import Organisation, OrganisationState
from models.person import Role
from tests.browsing import Browser
from tests.newcomers import NEW_ORGANISATION, mails, memberships_of, move_to_address, tell
from tests.world import World
from web.database import db


def test_a_new_organisation_waits_and_its_teller_looks_after_it(
    app: Flask, world: World, browse: Browser
) -> None:
    move_to_address(app, "uma", "uma@elbe-hydrogen.example")
    answer = tell(browse.sign_in("uma"), {})
    told = browse.follow(answer)
    # Two roles are one standing, and the next step is not to tell it again.
    assert told.words.count("nobody else sees the posts") == 1
    assert [link.get_text(strip=True) for link in told.select("main .btn-primary")] == [
        "Write what you need and offer"
    ]
    with app.app_context():
        organisation = db.session.scalars(
            select(Organisation).where(Organisation.name == "Elbe Hydrogen GmbH")
        ).one()
        assert organisation.state is OrganisationState.PENDING
        assert organisation.website == "https://www.elbe-hydrogen.example"
        assert [domain.domain for domain in organisation.domains] == ["elbe-hydrogen.example"]
        place = organisation.root_unit.place
        assert place
        assert (place.name, place.country, place.zone) == ("Hamburg", "DE", "Europe/Berlin")
        roles = {membership.role for membership in memberships_of(world, "uma")}
        assert roles == {Role.ADMIN, Role.OFFICE}
        assert [mail.recipient for mail in mails("organisation.told")] == ["opal@counterpart.example"]
    found = (
        browse.sign_in("ada").get("/join?name=Elbe+Hydrogen").select(f'a[href^="/join/{organisation.id}"]')
    )
    assert found == []


def test_telling_twice_makes_one_organisation(app: Flask, browse: Browser) -> None:
    move_to_address(app, "uma", "uma@gmail.com")
    form = browse.sign_in("uma").get("/join/new")
    browse.submit(form, "Send it", NEW_ORGANISATION)
    browse.submit(form, "Send it", NEW_ORGANISATION)
    with app.app_context():
        found = select(Organisation).where(Organisation.name == "Elbe Hydrogen GmbH")
        assert len(db.session.scalars(found).all()) == 1


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ({"name": "BOREAL UNIVERSITY Ltd."}, "Boreal University"),
        ({"website": "https://www.corvus.example/jobs"}, "Corvus Motors"),
        ({"domains": "x.example, boreal.example"}, "Boreal University"),
        ({}, "Alba Cells"),
    ],
)
def test_known_organisations_are_offered_first(
    app: Flask, browse: Browser, values: dict[str, str], known: str
) -> None:
    page = tell(browse.sign_in("uma"), values, status=422)
    assert "Is it one of these?" in page.words
    assert f"Ask to join {known}" in page.words
    assert page.select('[name="about"]')[0].get_text().strip() == "We make hydrogen from wind."
    with app.app_context():
        assert len(db.session.scalars(select(Organisation)).all()) == 4
    browse.submit(page, "Send it", {"is_new": "y"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 200),
        ("name", "a\x00b"),
        ("kind", "empire"),
        ("sector", ""),
        ("size", "huge"),
        ("place", ""),
        ("place", "Nowhere at all"),
        ("website", "javascript://alert.example"),
        ("website", "two words"),
        ("domains", "not a domain"),
        ("ror", "05a28rw59"),
        ("lei", "7LTWFZYICNSX8D621K87"),
        ("about", "x" * 3001),
        ("about", "nul\x00"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browse: Browser, field: str, value: str) -> None:
    page = tell(browse.sign_in("uma"), {field: value}, status=422)
    assert page.error_of(field)
    assert page.title is not None
    assert page.title.get_text().startswith("Error")


def test_identifiers_with_their_check_digits_are_taken(app: Flask, browse: Browser) -> None:
    move_to_address(app, "uma", "uma@gmail.com")
    values = {"ror": "https://ror.org/05A28RW58", "lei": "7ltw fzyi cnsx 8d62 1k86"}
    tell(browse.sign_in("uma"), values)
    with app.app_context():
        organisation = db.session.scalars(
            select(Organisation).where(Organisation.name == "Elbe Hydrogen GmbH")
        ).one()
        assert (organisation.ror, organisation.lei) == ("05a28rw58", "7LTWFZYICNSX8D621K86")

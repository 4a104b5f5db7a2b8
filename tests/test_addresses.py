"""The addresses of the lines of a list, and the ways to it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, url_for

from tests.browsing import Browser, session_cookie
from tests.world import World
from web.addresses import record_url, with_query


def test_an_address_in_a_list_is_the_one_that_the_record_has_alone(app: Flask, world: World) -> None:
    """Whatever was asked for before: what is kept of an address is kept for such requests alone."""
    plant, root = world.units["alba plant"], world.units["alba"]
    of_units = {"max": (plant,), "olga": (plant, root)}
    pages = [
        (person, page.format(unit=unit), mounted)
        for person, units in of_units.items()
        for unit in units
        for page in ("/", "/?unit={unit}", "/units/{unit}/follow-ups/")
        for mounted in ("", "/below")
    ]
    for person, page, script_root in pages + pages:
        cookie = session_cookie(app, person)
        environment = {"HTTP_COOKIE": f"session={cookie}", "SCRIPT_NAME": script_root}
        with app.test_request_context(page, environ_overrides=environment):
            for number in (1, 2**31 - 1, plant):
                assert record_url("follow_ups.show", "follow_up_id", number) == url_for(
                    "follow_ups.show", follow_up_id=number
                )
                assert record_url("partners.show", "organisation_id", number) == url_for(
                    "partners.show", organisation_id=number
                )


# Below every number of a record, and above what the two databases' drivers take.
@pytest.mark.parametrize("number", ["0", "-1", str(2**31), str(2**63), "9" * 40])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/units/{unit}/introductions/new?partner={number}", 404),
        ("/units/{unit}/introductions/new?partner={partner}&post={number}", 200),
        ("/units/{unit}/introductions/new?partner={partner}&topic={number}", 404),
        ("/units/{unit}/introductions/new?partner={partner}&partner_unit={number}", 200),
        ("/units/{unit}/posts/new?side=need&heard={number}", 404),
        ("/units/{unit}/joint-session?partner_unit={number}", 404),
        ("/units/{unit}/pipeline/bulk?do=close&cards={number}", 303),
        ("/units/{unit}/partners/?dismissed={number}", 200),
        ("/partnerships/new?introduction={number}", 200),
        ("/units/{unit}/pipeline/views?deleted={number}", 200),
        ("/alerts?deleted={number}", 200),
        ("/outcomes/several?kept={number}", 200),
        ("/?unit={number}", 404),
    ],
)
def test_a_number_that_no_record_can_have_is_no_error(
    browse: Browser, world: World, path: str, status: int, number: str
) -> None:
    unit, partner = world.units["alba plant"], world.organisations["boreal"]
    browse.sign_in("max").get(path.format(unit=unit, partner=partner, number=number), status)


@pytest.mark.parametrize("address", ["/units/1/posts/", "/follow-ups?unit=3"])
def test_what_is_asked_of_a_list_stands_behind_its_address(address: str) -> None:
    asked = {"state": None, "page": 2, "q": "a b&c=d/ä"}
    read = parse_qs(urlsplit(with_query(address, asked)).query)
    assert read == parse_qs(urlsplit(address).query) | {"page": ["2"], "q": ["a b&c=d/ä"]}
    assert with_query(address, {"state": None}) == address

"""The addresses of the lines of a list."""

import pytest
from flask import Flask, url_for

from tests.browsing import Browser, session_cookie
from tests.world import World
from web.addresses import record_url


@pytest.mark.parametrize("page", ["/", "/?unit={unit}", "/units/{unit}/follow-ups/"])
def test_an_address_in_a_list_is_the_one_that_the_record_has_alone(
    app: Flask, world: World, page: str
) -> None:
    unit = world.units["alba plant"]
    cookie = session_cookie(app, str(world.people["olga"]))
    with app.test_request_context(page.format(unit=unit), headers={"Cookie": f"session={cookie}"}):
        for number in (1, 2**31 - 1, unit):
            expected = url_for("follow_ups.show", follow_up_id=number)
            assert record_url("follow_ups.show", "follow_up_id", number) == expected


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

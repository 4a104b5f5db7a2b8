"""The addresses of the lines of a list."""

import pytest
from flask import Flask, url_for

from tests.browsing import session_cookie
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

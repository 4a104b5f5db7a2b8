"""Every endpoint says who may use it; a walk over all of them as everybody finds no open door."""

from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings, url_arguments
from tests.partnering import FIRST, add_partnership, partnership_arguments
from tests.world import World, build_world
from web.access import Access, check_every_endpoint_declares, public
from web.database import db

EVERYBODY = ("", "uma", "ada", "olga", "max", "boris", "dora", "mia", "carl", "dana", "opal")
# Foreign to Alba: whoever belongs to another organisation, to none, or to the platform.
FOREIGN_TO_ALBA = ("", "uma", "boris", "dora", "mia", "carl", "dana", "opal")
REFUSED = frozenset({302, 303, 403, 404})
# What is asked about an organisation, and still only by an operator.
OF_THE_OPERATOR = ("approvals.", "closing.", "merging.")


def test_an_endpoint_that_says_nothing_stops_the_start(app: Flask) -> None:
    app.view_functions["planted.view"] = lambda: "secret"
    with pytest.raises(RuntimeError, match=r"planted\.view"):
        check_every_endpoint_declares(app)
    app.view_functions["planted.view"] = public(lambda: "open")
    check_every_endpoint_declares(app)


@dataclass(frozen=True)
class Door:
    """One rule with the ids of Alba's own records filled in."""

    endpoint: str
    path: str
    method: str
    access: Access


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Dealings of Alba's plant that nobody else may see: Boreal's root unit has no office, and Uma belongs nowhere."""
    with app.app_context():
        return _dealings_of_alba(world)


def _dealings_of_alba(world: World) -> Dealings:
    add_partnership(db.session, world, asked="boreal", answerer="boris", names_asked_side=False)
    return add_dealings(db.session, world, asked="boreal", answerer="uma")


def doors_of_alba(app: Flask, world: World, dealt: Dealings) -> list[Door]:
    """Every declared endpoint, aimed at a record that belongs to Alba and that nobody else may touch."""
    doors = []
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if access is None:
            continue
        path = _path_to_alba(app, world, dealt, rule)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            doors.append(Door(rule.endpoint, path, method, access))
    return doors


def _path_to_alba(app: Flask, world: World, dealt: Dealings, rule: Rule) -> str:
    private: dict[str, int | str] = {
        **url_arguments(dealt),
        **partnership_arguments(FIRST),
        "unit_id": world.units["alba plant"],
        "organisation_id": world.organisations["alba"],
        "post_id": world.posts["alba draft"],
        "person_id": world.people["max"],
        "membership_id": 1,
        "dismissal_id": 1,
        "mail_id": 1,
        "saved_search_id": 1,
    }
    unknown = rule.arguments - private.keys()
    assert not unknown, f"{rule.rule}: say in this test which of Alba's records stands for {sorted(unknown)}"
    arguments = {name: private[name] for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, arguments)


def test_no_foreigner_reaches_what_is_albas(
    app: Flask, world: World, dealt: Dealings, browse: Browser
) -> None:
    opened = []
    for name in FOREIGN_TO_ALBA:
        token = browse.sign_in(name).token()
        for door in doors_of_alba(app, world, dealt):
            if door.access.who != "allowed":
                continue
            if not _is_private(door) or (name == "opal" and door.endpoint.startswith(OF_THE_OPERATOR)):
                continue
            status = _knock(browse, door, token)
            if status not in REFUSED:
                opened.append(f"{name or 'a visitor'} {door.method} {door.path} ({door.endpoint}): {status}")
    assert not opened, "\n".join(opened)


def _is_private(door: Door) -> bool:
    """Profiles of organisations are shown to the network; everything else that is aimed at is Alba's alone.

    The operator's own pages are the exception that the walk makes by name.
    """
    return door.endpoint != "organisations.show"


def test_a_visitor_is_sent_to_sign_in_by_every_endpoint_that_is_not_public(
    app: Flask, world: World, dealt: Dealings, browse: Browser
) -> None:
    token = browse.sign_in("").token()
    for door in doors_of_alba(app, world, dealt):
        if door.access.who == "public":
            continue
        assert _knock(browse, door, token) in {302, 303, 401}, f"{door.method} {door.path} let a visitor in"


def test_only_operators_reach_what_is_theirs(
    app: Flask, world: World, dealt: Dealings, browse: Browser
) -> None:
    for name in EVERYBODY:
        token = browse.sign_in(name).token()
        for door in doors_of_alba(app, world, dealt):
            if door.access.who == "operator" and name != "opal":
                assert _knock(browse, door, token) in REFUSED, f"{name} {door.method} {door.path}"


# On SQLite the walks of the browser and of isolation ask for every page already.
@pytest.mark.parametrize("either_database_url", ["postgresql"], indirect=True)
@pytest.mark.postgresql
def test_no_page_fails_for_anybody_on_postgresql(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        dealt = _dealings_of_alba(world)
    browse = Browser(either_app)
    failed = []
    for name in EVERYBODY:
        browse.sign_in(name)
        for door in doors_of_alba(either_app, world, dealt):
            if door.method == "GET":
                status = browse.client.get(door.path).status_code
                if status >= 500:
                    failed.append(f"{name or 'a visitor'} GET {door.path} ({door.endpoint}): {status}")
    assert not failed, "\n".join(failed)


def _knock(browse: Browser, door: Door, token: str) -> int:
    """Use the door with a valid forgery token, so that only the permission can refuse: a spoiled one would be told
    with 400, which is no refusal here.
    """
    if door.method == "GET":
        return browse.client.get(door.path).status_code
    return browse.client.post(door.path, data={"csrf_token": token}).status_code

"""The list of introductions, and who reaches what of an introduction."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.database import begin_write
from models.introduction import IntroductionPerson, IntroductionState
from models.post import Post, Visibility
from models.side import Side
from tests.asked_meeting import NOW, ask, mails, only
from tests.asked_meeting import clock as clock
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db
from web.introductions.listing import ENDING, OPEN, TURNS

CANARY = "canary-that-only-we-may-read"


def test_the_list_puts_our_turn_first_and_its_tabs_stand_in_the_address(
    browse: Browser, world: World
) -> None:
    ask(browse, world)
    unit = world.units["boreal engineering"]
    page = browse.sign_in("dora").get(f"/units/{unit}/introductions/")
    assert "Your turn, until 22 Mar 2027" in page.words
    assert "Alba Cells, Plant" in page.words
    assert "Nothing stands here" in browse.get(f"/units/{unit}/introductions/?show=settled").words
    ours = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/introductions/?show=theirs")
    assert "Their turn, until 22 Mar 2027" in ours.words
    empty = browse.sign_in("carl").get(f"/units/{world.units['corvus']}/introductions/")
    assert "Nobody has been asked yet" in empty.words


@pytest.mark.parametrize("name", ["carl", "dana", "opal", "uma", "ada", "boris"])
def test_nobody_else_reaches_an_introduction(name: str, browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    browse.sign_in(name)
    for rest in ("", "/propose", "/decline", "/withdraw"):
        assert browse.client.get(path + rest).status_code in {403, 404}, rest
    for rest in ("/accept", "/propose", "/decline", "/withdraw", "/messages", "/guests", "/guests/1/revoke"):
        answer = browse.client.post(path + rest, data={"csrf_token": browse.token(), "text": "Hello"})
        assert answer.status_code in {403, 404}, rest
    with app.app_context():
        assert only().state is IntroductionState.PROPOSED


def test_who_left_the_organisation_sees_nothing_though_they_took_part(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    with app.app_context():
        begin_write(db.session)
        introduction = only()
        db.session.add(
            IntroductionPerson(
                introduction_id=introduction.id, side=Side.ASKED, person_id=world.people["uma"]
            )
        )
        db.session.commit()
    browse.sign_in("uma").get(path, 404)
    browse.sign_in("max").submit(browse.get(path), "Send message", {"text": "Hello."})
    assert not mails(app, "uma")


def test_cited_posts_that_were_closed_meanwhile_are_only_counted(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world, {"posts": [str(world.posts["alba need"]), str(world.posts["boreal need"])]})
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, world.posts["alba need"]).visibility = Visibility.OWN_ORGANISATION
        db.session.get_one(Post, world.posts["alba need"]).title = CANARY
        db.session.commit()
    page = browse.sign_in("dora").get(path)
    assert CANARY not in page.words
    assert "1 post that is no longer open" in page.words


def test_more_introductions_cost_the_list_no_more_statements(
    app: Flask, browse: Browser, world: World
) -> None:
    def statements() -> int:
        browse.sign_in("max")
        path = f"/units/{world.units['alba plant']}/introductions/"
        return len(statements_of(app, lambda: browse.get(path)))

    with app.app_context():
        add_dealings(db.session, world)
    statements()
    one = statements()
    with app.app_context():
        add_dealings(db.session, world, asked="boreal", answerer="boris")
        add_dealings(db.session, world, asked="corvus", answerer="carl")
    assert statements() == one


def test_each_tab_lists_what_it_counts_on_either_database(
    either_app: Flask, clock: time_machine.Traveller
) -> None:
    with either_app.app_context():
        world = build_world(db.session)
    path = ask(Browser(either_app), world)
    asking, asked = world.units["alba plant"], world.units["boreal engineering"]

    def shown(name: str, unit: int) -> dict[str, int]:
        browse = Browser(either_app).sign_in(name)
        addresses = {show: f"/units/{unit}/introductions/?show={show}" for show in (*TURNS, OPEN, ENDING)}
        listed = {
            show: len(browse.get(address).select(".introduction-list > li"))
            for show, address in addresses.items()
        }
        counted = {
            show: int(browse.get(address).select("[aria-current=page] .count")[-1].text)
            for show, address in addresses.items()
        }
        assert listed == counted
        return {show: number for show, number in listed.items() if number}

    assert shown("max", asking) == {"theirs": 1, OPEN: 1}
    assert shown("dora", asked) == {"ours": 1, OPEN: 1}
    clock.move_to(NOW + timedelta(days=16))
    assert shown("dora", asked) == {"ours": 1, OPEN: 1, ENDING: 1}
    clock.move_to(NOW + timedelta(days=32))
    assert shown("dora", asked) == {"settled": 1}
    clock.move_to(NOW)
    dora = Browser(either_app).sign_in("dora")
    dora.submit(dora.get(path + "/propose"), "Propose these times")
    assert shown("max", asking) == {"ours": 1, OPEN: 1}
    assert shown("dora", asked) == {"theirs": 1, OPEN: 1}
    max_ = Browser(either_app).sign_in("max")
    page = max_.get(path)
    max_.submit(page, "Accept this time", {"slot": str(page.select("input[name=slot]")[0]["value"])})
    # What is agreed on lives on, and is nobody's turn.
    assert shown("max", asking) == shown("dora", asked) == {"settled": 1}

"""Rate limits: counted together by all processes, and only where a machine could try too often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import time_machine
from flask import Flask
from sqlalchemy import select

from models.rate_limit import RateLimitCounter
from tests.browsing import Browser
from tests.world import World
from web.database import db
from web.rate_limits import LIMITS_BY_CLIENT, LIMITS_OF_LOOKING, DatabaseStorage, init_rate_limits


def switch_on(app: Flask) -> None:
    app.extensions["rate_limiter"].enabled = True


def test_the_sixth_wish_for_mail_to_one_address_is_refused(app: Flask, browse: Browser) -> None:
    switch_on(app)
    page = browse.get("/reset")
    for _ in range(5):
        browse.submit(page, "Send me the link", {"email": "ada@alba.example"}, status=200)
    refused = browse.submit(page, "Send me the link", {"email": "ADA@alba.example"}, status=429)
    assert "wait" in refused.heading.lower()


def test_other_spellings_of_one_address_count_together(app: Flask, browse: Browser) -> None:
    switch_on(app)
    page = browse.get("/reset")
    for letter in "lbexm":
        wide_letter = chr(ord(letter) + 0xFEE0)
        address = "ada@" + "alba.example".replace(letter, wide_letter)
        browse.submit(page, "Send me the link", {"email": address}, status=200)
    browse.submit(page, "Send me the link", {"email": "ada@alba.example"}, status=429)


def test_another_address_is_not_concerned(app: Flask, browse: Browser) -> None:
    switch_on(app)
    page = browse.get("/reset")
    for _ in range(5):
        browse.submit(page, "Send me the link", {"email": "ada@alba.example"}, status=200)
    browse.submit(page, "Send me the link", {"email": "mia@boreal.example"}, status=200)


def test_looking_at_what_costs_little_is_never_limited(app: Flask, browse: Browser) -> None:
    switch_on(app)
    for _ in range(40):
        browse.get("/login")


def test_a_page_that_costs_a_second_is_limited_for_each_account(
    app: Flask, browse: Browser, world: World
) -> None:
    switch_on(app)
    page = f"/units/{world.units['alba plant']}/better"
    browse.sign_in("max")
    for _ in range(30):
        assert browse.client.get(page).status_code == 200
    refused = browse.get(page, status=429)
    assert "wait" in refused.heading.lower()
    assert 0 < int(refused.response.headers["Retry-After"]) <= 301
    # A look without the body costs the same second.
    assert browse.client.head(page).status_code == 429
    browse.get("/")
    browse.sign_in("ada").get(page)


def test_a_machine_that_tries_passwords_is_refused(app: Flask, browse: Browser) -> None:
    switch_on(app)
    page = browse.get("/login")
    for number in range(30):
        browse.submit(page, "Sign in", {"email": f"p{number}@alba.example", "password": "guess"}, status=422)
    browse.submit(page, "Sign in", {"email": "last@alba.example", "password": "guess"}, status=429)


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(app: Flask, browse: Browser) -> None:
    switch_on(app)
    values = {"email": "owner@alba.example", "password": "guess", "csrf_token": browse.token()}
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for _round in range(3):
            for _guess in range(30):
                stranger = browse.client.post(
                    "/login", data=values, environ_base={"REMOTE_ADDR": "203.0.113.9"}
                )
            clock.shift(301)
        assert stranger.status_code == 429
        owner = browse.client.post("/login", data=values, environ_base={"REMOTE_ADDR": "198.51.100.7"})
        assert owner.status_code == 422
    with app.app_context():
        # What was refused does not count against the owner either.
        by_email = select(RateLimitCounter.hits).where(RateLimitCounter.key.contains("email:owner"))
        [hits] = db.session.scalars(by_email.where(RateLimitCounter.key.not_like("% from %")))
        assert hits == 31


def test_a_refusal_says_when_to_come_back(app: Flask, browse: Browser) -> None:
    switch_on(app)
    page = browse.get("/reset")
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _ in range(5):
            browse.submit(page, "Send me the link", {"email": "ada@alba.example"}, status=200)
        refused = browse.submit(page, "Send me the link", {"email": "ada@alba.example"}, status=429)
    assert 0 < int(refused.response.headers["Retry-After"]) <= 3601


def test_limits_are_off_in_tests_unless_asked_for(browse: Browser) -> None:
    page = browse.get("/login")
    for _ in range(35):
        browse.submit(page, "Sign in", {"email": "nobody@alba.example", "password": "guess"}, status=422)


def test_every_limited_endpoint_exists(app: Flask) -> None:
    assert set(LIMITS_BY_CLIENT) | set(LIMITS_OF_LOOKING) <= set(app.view_functions)
    assert callable(init_rate_limits)


def test_a_window_ends_and_its_counter_is_forgotten(app: Flask) -> None:
    storage = DatabaseStorage()
    with app.app_context(), time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        assert [storage.incr("one", 60), storage.incr("one", 60)] == [1, 2]
        assert storage.get("one") == 2
        clock.shift(61)
        assert storage.get("one") == 0
        assert storage.incr("two", 60) == 1
        assert storage.incr("one", 60) == 1


def test_counting_at_the_same_time_loses_no_hit(app: Flask) -> None:
    def hit(_number: int) -> int:
        with app.app_context():
            return int(DatabaseStorage().incr("key", 60))

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(hit, range(80)))
    assert sorted(counts) == list(range(1, 81))


def test_counting_runs_on_either_database(either_app: Flask) -> None:
    storage = DatabaseStorage()
    with either_app.app_context():
        assert [storage.incr("key", 60, 2), storage.incr("key", 60)] == [2, 3]
        storage.clear("key")
        assert storage.get("key") == 0
        storage.incr("other", 60)
        assert storage.reset() == 1

"""What pages say of places that are taken and of partners who are busy."""

from flask import Flask

from matching.answers import Match, Moved, Pair, PostLine
from matching.demand import Demand
from models.database import begin_write
from models.introduction import (
    MOST_PENDING_REQUESTS,
    IntroductionState,
)
from models.organisation import Organisation, Unit
from models.post import PostKind, PostSide
from tests.browsing import Browser
from tests.queueing import introduce, limit
from tests.world import World
from web.database import db
from web.partners.signals_here import newness_sentence


def take_places(app: Flask, world: World, taken: int) -> int:
    post_id = world.posts["boreal capability"]
    with app.app_context():
        limit(db.session, post_id, 3)
        for asking in ("corvus", "delta", "alba plant")[:taken]:
            introduce(db.session, world.units[asking], world.units["boreal engineering"], [post_id])
    return post_id


def test_pages_say_how_many_places_are_left(app: Flask, world: World, browse: Browser) -> None:
    post_id = take_places(app, world, 2)
    browse.sign_in("olga")
    boreal, alba = world.organisations["boreal"], world.units["alba"]
    assert "1 of 3 places left" in browse.get(f"/posts/{post_id}").words
    assert "Graduates in electrochemistry: 1 of 3 places left" in browse.get(f"/units/{alba}/partners/").words
    assert (
        "Graduates or students · 1 of 3 places left" in browse.get(f"/units/{alba}/partners/{boreal}").words
    )


def test_what_moved_the_rank_down_is_said_before_how_new_the_posts_are(app: Flask) -> None:
    capability = PostLine(5, 1, PostSide.CAPABILITY, PostKind.TALENT, "Graduates")
    demand = Demand(taken={5: 2}, limits={5: 3})
    for moved, says in (
        (
            -0.2,
            "Graduates: 1 of 3 places left, which counts a little against. Their newest post is from today.",
        ),
        (
            0.2,
            "Their newest post is from today. Graduates: 1 of 3 places left, which counts a little against.",
        ),
    ):
        match = Match(
            organisation=Organisation(name="Boreal"),
            get=None,
            give=None,
            fit=0.5,
            grade=None,
            by_words_only=False,
            rank_value=0.0,
            distance_km=None,
            nearness=None,
            activity=None,
            moved=Moved(freshness=moved),
            days_since_post=0,
        )
        found = Pair(match, (), (), (), (), (), (capability,), (), ())
        with app.test_request_context():
            assert newness_sentence(match, found, demand) == says


def test_a_full_post_is_nobodys_reason_on_the_next_request(app: Flask, world: World, browse: Browser) -> None:
    browse.sign_in("olga")
    partners = f"/units/{world.units['alba']}/partners/"
    assert "Graduates in electrochemistry" in browse.get(partners).words
    post_id = take_places(app, world, 3)
    assert "Graduates in electrochemistry" not in browse.get(partners).words
    page = browse.sign_in("mia").get(f"/posts/{post_id}").words
    assert "no place left (3 wanted)" in page
    assert "not suggested to anybody any more" in page


def test_a_busy_partner_is_said_to_be_busy_without_a_number(
    app: Flask, world: World, browse: Browser
) -> None:
    engineering = world.units["boreal engineering"]
    with app.app_context():
        begin_write(db.session)
        asking = []
        for number in range(MOST_PENDING_REQUESTS):
            unit = Unit(
                organisation_id=world.organisations["corvus"],
                parent_id=world.units["corvus"],
                name=f"Shop {number}",
            )
            db.session.add(unit)
            db.session.flush()
            asking.append(unit.id)
        db.session.commit()
        for unit_id in asking:
            introduce(db.session, unit_id, engineering, [], IntroductionState.PROPOSED)
    browse.sign_in("olga")
    boreal, alba = world.organisations["boreal"], world.units["alba"]
    assert "Has many requests at the moment" in browse.get(f"/units/{alba}/partners/").words
    pair = browse.get(f"/units/{alba}/partners/{boreal}").words
    assert "Boreal University has many requests at the moment" in pair
    assert "Many requests wait for their answer. That counts among partners who fit as well." in pair
    assert f"{MOST_PENDING_REQUESTS} requests" not in pair

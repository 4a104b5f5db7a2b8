"""Whose posts a new post fits: the ranking's own fits, only for those who may see it, and each told once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from matching.index import Index
from matching.new_posts import Fitting, fitting_posts
from matching.ranking import rank_for_post
from models.alert import Frequency
from models.base import utc_now
from models.post import Post, PostSide, Visibility
from tests.alerting import choose, look, mails, publish
from tests.market import Market
from tests.world import World
from web.alerts.job import write_alerts
from web.database import db

BATTERY = "battery electrolyte cell testing laboratory measurements"
NURSING = "nursing patient ward hospital palliative medication"


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def fittings(market: Market, *post_ids: int) -> list[Fitting]:
    return fitting_posts(market.session, Index(), post_ids, utc_now())


def test_it_finds_the_answered_posts_with_the_fit_of_the_ranking(market: Market) -> None:
    seeker, giver = market.company("Seeker"), market.university("Giver")
    need = market.need(seeker, BATTERY)
    market.need(seeker, NURSING)
    market.capability(seeker, BATTERY)
    new = market.capability(giver, BATTERY)
    (found,) = fittings(market, new)
    assert (found.new_post_id, found.own_post_id) == (new, need)
    assert (found.own_unit_id, found.own_organisation_id) == (market.root(seeker), seeker)
    post = market.session.get_one(Post, need)
    (match,) = rank_for_post(market.session, Index(), post, market.actor(seeker), utc_now())
    assert match.reasons_get[0].fit == pytest.approx(found.fit)


def test_who_may_not_see_it_is_not_found(market: Market) -> None:
    giver, rival, seeker = market.company("Giver"), market.company("Rival"), market.university("Seeker")
    for organisation_id in (giver, rival, seeker):
        market.need(organisation_id, BATTERY)
    new = market.post(giver, PostSide.CAPABILITY, BATTERY, visibility=Visibility.OTHER_KINDS)
    assert [found.own_organisation_id for found in fittings(market, new)] == [seeker]
    market.show_to(new, Visibility.NETWORK)
    assert [found.own_organisation_id for found in fittings(market, new)] == [rival, seeker]
    market.show_to(new, Visibility.OWN_ORGANISATION)
    assert fittings(market, new) == []


def test_closed_hidden_and_unread_posts_are_not_answered(market: Market) -> None:
    seeker, giver = market.company("Seeker"), market.university("Giver")
    market.post(seeker, PostSide.NEED, BATTERY, closes_at=utc_now() - timedelta(hours=1))
    market.post(seeker, PostSide.NEED, BATTERY, visibility=Visibility.OWN_ORGANISATION)
    market.need(seeker, BATTERY, language="fi")
    market.withdraw(market.need(seeker, BATTERY))
    new = market.capability(giver, BATTERY)
    assert fittings(market, new, 999) == []
    need = market.need(seeker, BATTERY)
    assert [found.own_post_id for found in fittings(market, new)] == [need]
    market.close_at(new, utc_now() - timedelta(hours=1))
    assert fittings(market, new) == []


def test_workers_at_the_same_moment_tell_each_person_once(app: Flask, world: World) -> None:
    look(app)
    with app.app_context():
        for person, unit in (("max", "alba plant"), ("olga", "alba"), ("carl", "corvus")):
            choose(world, person, unit, Frequency.AT_ONCE)
        for number in range(5):
            publish(db.session, world, title=f"Graduates {number}")
    barrier = threading.Barrier(4, timeout=60)

    def work() -> None:
        with app.test_request_context():
            barrier.wait()
            write_alerts(db.session, utc_now())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = Counter(mail.recipient for mail in mails(app))
    assert told == {"max@alba.example": 1, "olga@alba.example": 1, "carl@corvus.example": 1}

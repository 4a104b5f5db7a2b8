"""How new and how free posts are: as the seeker sees them, true after every change, and neutral in the middle."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

from matching.freshness import HALF_LIFE_DAYS, NewestPosts, days_since, freshness, newest_posts
from matching.reading import matched_post_ids
from models.base import utc_now
from models.changelog import Change, note_post_change
from models.database import begin_write
from models.post import Post, Visibility
from tests.conftest import session_on
from tests.market import Market
from tests.statements import sent_statements
from tests.world import World
from web.database import db

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
UNLIMITED = np.array([np.nan, np.nan, np.nan])
ALL = np.ones(3, dtype=np.bool_)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def days_ago(*days: float) -> np.ndarray:
    return np.array([(NOW - timedelta(days=one)).timestamp() if one >= 0 else np.nan for one in days])


def days(*ago: float) -> np.ndarray:
    return days_since(days_ago(*ago), NOW)


def test_the_middle_is_neutral_newer_is_up_and_older_down() -> None:
    signal = freshness(days(1, HALF_LIFE_DAYS, 4 * HALF_LIFE_DAYS), UNLIMITED, ALL)
    assert signal[0] > signal[1] == 0.5 > signal[2]
    assert ((signal >= 0) & (signal <= 1)).all()


def test_where_all_are_equally_new_nobody_is_moved() -> None:
    assert freshness(days(400, 400, 400), UNLIMITED, ALL).tolist() == [0.5, 0.5, 0.5]


def test_who_has_few_places_left_is_a_little_less_free() -> None:
    signal = freshness(days(3, 3, 3), np.array([np.nan, 0.25, 1.0]), ALL)
    assert signal[1] < signal[0] == signal[2]


def test_unknown_stays_unknown_and_days_are_whole() -> None:
    assert np.isnan(freshness(days(-1, 3, 3), UNLIMITED, ALL)[0])
    assert days_since(days_ago(1.9, 0), NOW).tolist() == [1, 0]


def newest(session: Session, organisation_id: int, is_same_kind: bool) -> float:
    return float(newest_posts(session).seen_by(np.array([organisation_id]), np.array([is_same_kind]))[0])


def publish(session: Session, post_id: int, at: datetime, visibility: Visibility) -> None:
    begin_write(session)
    post = session.get_one(Post, post_id)
    post.published_at = at
    post.publish(at)
    post.visibility = visibility
    note_post_change(session, post_id)
    session.commit()


def test_only_what_the_seeker_may_see_counts_and_changes_are_seen_at_once(
    session: Session, world: World
) -> None:
    alba = world.organisations["alba"]
    start = utc_now() + timedelta(days=1)
    publish(session, world.posts["alba need"], start, Visibility.NETWORK)
    assert newest(session, alba, is_same_kind=True) == start.timestamp()
    later = start + timedelta(days=1)
    publish(session, world.posts["alba capability"], later, Visibility.OTHER_KINDS)
    assert newest(session, alba, is_same_kind=True) == start.timestamp()
    assert newest(session, alba, is_same_kind=False) == later.timestamp()
    publish(session, world.posts["alba capability"], later, Visibility.OWN_ORGANISATION)
    assert newest(session, alba, is_same_kind=False) == start.timestamp()


def test_an_organisation_without_posts_is_unknown(session: Session, world: World) -> None:
    begin_write(session)
    for post in session.query(Post).filter_by(organisation_id=world.organisations["corvus"]):
        post.withdraw(utc_now(), "test")
        note_post_change(session, post.id)
    session.commit()
    assert np.isnan(newest(session, world.organisations["corvus"], is_same_kind=False))
    assert np.isnan(newest(session, 99_999, is_same_kind=False))


@pytest.mark.parametrize(
    "either_database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_on_postgresql_a_change_that_is_committed_late_is_seen(either_database_url: str) -> None:
    first, second = session_on(either_database_url), session_on(either_database_url)
    market = Market(first)
    firm, other = market.company("Firm"), market.company("Other")
    slow, quick = market.need(firm, "Welding"), market.need(other, "Nursing")
    start = utc_now() + timedelta(days=1)
    begin_write(second)
    second.get_one(Post, slow).published_at = start
    note_post_change(second, slow)
    second.flush()
    publish(first, quick, start, Visibility.NETWORK)
    assert newest(first, other, is_same_kind=False) == start.timestamp()
    assert newest(first, firm, is_same_kind=False) < start.timestamp()
    second.commit()
    first.rollback()
    assert newest(first, firm, is_same_kind=False) == start.timestamp()
    assert np.isnan(newest(first, 99_999, is_same_kind=False))
    for one in (first, second):
        one.close()
        one.get_bind().engine.dispose()


def test_more_changes_than_a_statement_has_variables_are_taken_in(session: Session, world: World) -> None:
    alba, most, many = world.organisations["alba"], 600, 700
    newest_posts(session)
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, most)
    start = utc_now() + timedelta(days=1)
    publish(session, world.posts["alba need"], start, Visibility.NETWORK)
    begin_write(session)
    session.execute(insert(Change), [{"post_id": 10_000 + number} for number in range(many)])
    session.commit()
    assert newest(session, alba, is_same_kind=True) == start.timestamp()
    assert world.posts["alba need"] in matched_post_ids(session, range(1, many))


def test_a_second_look_costs_one_statement(session: Session, world: World) -> None:
    newest_posts(session)
    with sent_statements(session.get_bind().engine) as sent:
        assert isinstance(newest_posts(session), NewestPosts)
    assert len(sent) == 1

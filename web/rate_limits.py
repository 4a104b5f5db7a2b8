"""Limits on what a machine could try too often: signing in, registering, asking for mail, and pages that cost much.

The counters stand in the database: several web processes count together and a restart forgets nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits.storage import Storage
from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError

from models.base import utc_now
from models.rate_limit import RateLimitCounter
from web.accounts.letters import OutboxMailUtil
from web.database import db

# Limits of one address of the network; then of one typed e-mail address, whoever types it; then of one e-mail
# address from one address of the network, so that a stranger who guesses does not lock the owner out. The limit on
# sign-ins of an e-mail address from everywhere is high: it stands against guessing from many machines.
LIMITS_BY_CLIENT = {
    "security.login": "30 per 5 minutes",
    "security.register": "20 per hour",
    "security.forgot_password": "20 per hour",
    "security.send_confirmation": "20 per hour",
    "security.reset_password": "30 per hour",
    "security.change_password": "20 per hour",
    "security.change_email": "20 per hour",
    "security.verify": "30 per 5 minutes",
    "leaving.close": "20 per hour",
    "joining.tell": "20 per hour",
    "joining.ask": "20 per hour",
    "answers.accept_now": "30 per hour",
    "answers.propose_now": "30 per hour",
    "answers.decline_now": "30 per hour",
    "introductions.invite_guest": "30 per hour",
}
LIMITS_BY_EMAIL = {
    "security.login": "1000 per hour",
    "security.register": "5 per hour",
    "security.forgot_password": "5 per hour",
    "security.send_confirmation": "5 per hour",
}
LIMITS_BY_EMAIL_AND_CLIENT = {"security.login": "30 per hour"}
# Pages that cost about a second of the processor each: looking at them is limited, too, by account.
LIMITS_OF_LOOKING = {"better.show": "30 per 5 minutes"}

LONGEST_EMAIL = 320


class DatabaseStorage(Storage):
    """Counters of fixed windows in the database, each step in a short transaction of its own."""

    STORAGE_SCHEME = ["counterpart"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = utc_now()
        with _writing() as connection:
            insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
            fresh = insert(RateLimitCounter).values(
                key=key, hits=amount, expires_at=now + timedelta(seconds=expiry)
            )
            has_ended = RateLimitCounter.expires_at <= now
            counted = fresh.on_conflict_do_update(
                index_elements=[RateLimitCounter.key],
                set_={
                    "hits": case((has_ended, amount), else_=RateLimitCounter.hits + amount),
                    "expires_at": case(
                        (has_ended, fresh.excluded.expires_at), else_=RateLimitCounter.expires_at
                    ),
                },
            )
            hits = connection.execute(counted.returning(RateLimitCounter.hits)).scalar_one()
            if hits == amount:
                # A window begins: a good moment to forget those that ended.
                connection.execute(delete(RateLimitCounter).where(RateLimitCounter.expires_at <= now))
        return int(hits)

    def get(self, key: str) -> int:
        statement = select(RateLimitCounter.hits).where(
            RateLimitCounter.key == key, RateLimitCounter.expires_at > utc_now()
        )
        with db.engine.connect() as connection:
            return int(connection.execute(statement).scalar() or 0)

    def get_expiry(self, key: str) -> float:
        statement = select(RateLimitCounter.expires_at).where(RateLimitCounter.key == key)
        with db.engine.connect() as connection:
            return float((connection.execute(statement).scalar() or utc_now()).timestamp())

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with _writing() as connection:
            return connection.execute(delete(RateLimitCounter)).rowcount

    def clear(self, key: str) -> None:
        with _writing() as connection:
            connection.execute(delete(RateLimitCounter).where(RateLimitCounter.key == key))


def init_rate_limits(app: Flask) -> None:
    """Put the limits before their views. Off in tests, which switch ``extensions["rate_limiter"]`` on."""
    limiter = Limiter(get_remote_address, storage_uri="counterpart://", strategy="fixed-window")
    limiter.init_app(app)
    limiter.enabled = not app.testing
    # Each limit is asked by its own view. What the library asks before all others is for limits of every page.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
    app.extensions["rate_limiter"] = limiter
    for endpoint, limit in LIMITS_BY_CLIENT.items():
        _limit(app, limiter, endpoint, limit, get_remote_address)
    # Asked before the next ones: what it refuses does not count against the owner.
    for endpoint, limit in LIMITS_BY_EMAIL_AND_CLIENT.items():
        _limit(app, limiter, endpoint, limit, _typed_email_and_client)
    for endpoint, limit in LIMITS_BY_EMAIL.items():
        _limit(app, limiter, endpoint, limit, _typed_email)
    for endpoint, limit in LIMITS_OF_LOOKING.items():
        # Flask answers HEAD with the same view, which costs as much.
        _limit(app, limiter, endpoint, limit, _account, methods=("GET", "HEAD"))


def seconds_until_retry() -> int:
    """After how many seconds the limit that refused this request lets the next one pass; at least 1."""
    limit = current_app.extensions["rate_limiter"].current_limit
    return max(1, ceil(limit.reset_at - utc_now().timestamp())) if limit else 1


def _limit(
    app: Flask,
    limiter: Limiter,
    endpoint: str,
    limit: str,
    key: Callable[[], str],
    methods: tuple[str, ...] = ("POST",),
) -> None:
    view = app.view_functions.get(endpoint)
    if view is None:
        return
    limited: Any = limiter.limit(limit, key_func=key, methods=list(methods))(view)
    app.view_functions[endpoint] = limited


def _account() -> str:
    """Whoever is signed in, from wherever; a visitor is sent to sign in and counts by address."""
    return f"account:{current_user.get_id()}" if current_user.is_authenticated else get_remote_address()


def _typed_email() -> str:
    typed = request.form.get("email", "").strip()[:LONGEST_EMAIL]
    try:
        # As the account forms read it: a domain in wide letters is the same domain.
        return "email:" + OutboxMailUtil(current_app).normalize(typed)
    except ValueError:
        return "email:" + typed.lower()


def _typed_email_and_client() -> str:
    return f"{_typed_email()} from {get_remote_address()}"


@contextmanager
def _writing() -> Iterator[Connection]:
    """A connection of its own in a write transaction, which commits at the end of the ``with`` block."""
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection

"""Language and time zone of the person who looks, or who is being written to."""

from datetime import UTC
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request
from flask_babel import Babel
from flask_login import current_user

LOCALES = ("en",)


def init_localisation(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=_locale, timezone_selector=_zone)


class Reader(Protocol):
    """A person, or a guest without an account."""

    @property
    def locale(self) -> str: ...

    @property
    def zone(self) -> str: ...


def reader() -> Reader | None:
    """Whose language and zone count: the recipient of the letter being written, else who looks. None: a visitor."""
    if "reader" in g:
        recipient: Reader = g.reader
        return recipient
    # Looked up once: each word of a page asks, and the proxy would look whenever it is touched.
    user = current_user._get_current_object()
    if user is not None and user.is_authenticated:
        person: Reader = user.person
        return person
    return None


def _locale() -> str:
    person = reader()
    if person is not None and person.locale in LOCALES:
        return str(person.locale)
    if person is not None or not has_request_context():
        # What the browser asks for says nothing about the recipient of a letter; the worker has no browser.
        return "en"
    return request.accept_languages.best_match(LOCALES) or "en"


def _zone() -> str:
    person = reader()
    return ZoneInfo(person.zone).key if person is not None else str(UTC)

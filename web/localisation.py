"""Language and time zone of the person who looks."""

from datetime import UTC
from zoneinfo import ZoneInfo

from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_login import current_user

LOCALES = ("en",)


def init_localisation(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=_locale, timezone_selector=_zone)


def _locale() -> str:
    if current_user and current_user.is_authenticated and current_user.person.locale in LOCALES:
        return str(current_user.person.locale)
    if not has_request_context():
        # The worker and the command line write words, too.
        return "en"
    return request.accept_languages.best_match(LOCALES) or "en"


def _zone() -> str:
    if current_user and current_user.is_authenticated:
        return ZoneInfo(current_user.person.zone).key
    return str(UTC)

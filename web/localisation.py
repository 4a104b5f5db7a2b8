"""Language and time zone of the person who looks, or who is being written to."""

from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LOCALES = ("en",)


# Far more than the sentences of all templates together.
MOST_SENTENCES_KEPT = 10_000


def init_localisation(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    babel = Babel(app, locale_selector=_locale, timezone_selector=_zone)
    babel.domain_instance = KeptTranslations()
    app.jinja_env.globals["_"] = _sentences_of(babel.domain_instance)


class KeptTranslations(Domain):
    """Looks for the translations of the reader's language once a request, where the library does so at each word.

    They stand under the name that `refresh` and `force_locale` of the library forget when the language changes.
    """

    def get_translations(self) -> NullTranslations:
        context = g.get("_flask_babel") if g else None
        kept: NullTranslations | None = getattr(context, "babel_translations", None)
        if kept is None:
            kept = super().get_translations()
            if context is not None:
                context.babel_translations = kept
        return kept


def _sentences_of(domain: Domain) -> Callable[..., str]:
    """`_` of templates: as Jinja's own, values in HTML are escaped, but a sentence without values is not formatted."""

    @pass_eval_context
    def sentence(evaluation: EvalContext, words: str, /, **values: Any) -> str:
        translated = _translated(domain.get_translations(), words)
        said = translated if evaluation.autoescape else str(translated)
        return said % values if "%" in said else said

    return sentence


@lru_cache(MOST_SENTENCES_KEPT)
def _translated(translations: NullTranslations, words: str) -> Markup:
    return Markup(translations.ugettext(words))  # noqa: S704 - Sentences of ours; what stands in them is escaped.


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

"""Language and time zone of the person who looks, or who is being written to."""

from datetime import UTC
from functools import cache, lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString
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
    babel.domain_instance = _TRANSLATIONS
    app.jinja_env.globals["_"] = _sentence


class KeptTranslations(Domain):
    """Looks for the translations of the reader's language once a request, where the library does so at each word.

    They stand under the name that `refresh` and `force_locale` of the library forget when the language changes.
    """

    def get_translations(self) -> NullTranslations:
        context = _babel_context()
        kept: NullTranslations | None = getattr(context, "babel_translations", None)
        if kept is None:
            kept = super().get_translations()
            if context is not None:
                context.babel_translations = kept
        return kept


# One for all applications: it keeps nothing but catalogues, which are the same files for each of them.
_TRANSLATIONS = KeptTranslations()


def gettext(words: str, /, **values: Any) -> str:
    """As the library's, which looks for its catalogue anew at each word; so everybody takes this one."""
    said: str = _TRANSLATIONS.get_translations().ugettext(words)
    return said % values if values else said


def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
    """As the library's, like ``gettext``: ``%(num)d`` is the number."""
    said: str = _TRANSLATIONS.get_translations().ungettext(one, many, number)
    return said % ({"num": number} | values)


def lazy_gettext(words: str, /, **values: Any) -> LazyString:
    """As the library's, like ``gettext``: for words that stand outside of any request."""
    return LazyString(gettext, words, **values)


def reader_locale() -> Locale:
    """The language of whoever reads, as the library's ``get_locale`` finds it; English outside of any context."""
    kept: Locale | None = getattr(_babel_context(), "babel_locale", None)
    return kept or get_locale() or _kept_locale("en")


def _babel_context() -> Any:
    """Where the library keeps what it knows of the reader; None where it has not been asked yet."""
    try:
        # The proxy itself would look for the context at each touch.
        return getattr(g._get_current_object(), "_flask_babel", None)
    except RuntimeError:
        # Outside of any context.
        return None


@pass_eval_context
def _sentence(evaluation: EvalContext, words: str, /, **values: Any) -> str:
    """`_` of templates: as Jinja's own, values in HTML are escaped, but a sentence without values is not formatted."""
    translated = _translated(_TRANSLATIONS.get_translations(), words)
    said = translated if evaluation.autoescape else str(translated)
    return said % values if "%" in said else said


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


def _locale() -> Locale:
    person = reader()
    if person is not None and person.locale in LOCALES:
        return _kept_locale(person.locale)
    if person is not None or not has_request_context():
        # What the browser asks for says nothing about the recipient of a letter; the worker has no browser.
        return _kept_locale("en")
    return _kept_locale(request.accept_languages.best_match(LOCALES) or "en")


@cache
def _kept_locale(code: str) -> Locale:
    """One object for each of ``LOCALES``: days and times are kept under it, and two equal ones compare slowly."""
    return Locale.parse(code)


def _zone() -> str:
    person = reader()
    return ZoneInfo(person.zone).key if person is not None else str(UTC)

"""The pages for when something is wrong: what happened and what to do next."""

import logging
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request, url_for
from flask_login import current_user
from flask_security.core import AnonymousUser
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from models.actor import VISITOR
from web.database import db
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.matcher import SECONDS_BETWEEN_ATTEMPTS, EncoderIsMissingError, EncoderIsWarmingError
from web.rate_limits import seconds_until_retry

DESIGNED_STATUSES = frozenset({400, 403, 404, 405, 413, 429, 500, 503})
WARMING_RETRY_SECONDS = 2
DATABASE_RETRY_SECONDS = 30
# The fields in which people write: nothing else that a form sends is ever shown again, least of all a password.
TEXTS = {
    "name": _("Name"),
    "title": _("Title"),
    "text": _("Text"),
    "words": _("In your own words"),
    "about": _("What you do"),
    "note": _("Note"),
    "answer": _("A word to the person"),
    "purpose": _("Why should you meet?"),
    "hope": _("What you hope for"),
    "offer": _("What you offer"),
    "where": _("Where"),
    "reason": _("Reason"),
    "agreed": _("The decision in one line"),
    "step": _("What happens next?"),
    "topics": _("Also came up"),
    "summary": _("Shared summary"),
    "feedback": _("Feedback"),
    "next_text": _("What comes next?"),
    "what": _("What is promised"),
    "condition": _("Only once"),
    "evidence": _("Where they can see it"),
    "doing": _("What you do together"),
    "beneficiary": _("Whom it helps"),
    "benefit": _("With what it helps them"),
    "result": _("What it leads to"),
    "part": _("Their part"),
    "goals": _("What they want from it"),
    "private_goals": _("What your side keeps to itself"),
    "place": _("Place"),
    "website": _("Web address"),
    "domains": _("Mail domains"),
    "ror": _("ROR identifier"),
    "lei": _("LEI"),
}
MOST_ROWS = 14
NO_DOORS = {"sign_in_url": None, "register_url": None}
# Our statement was wrong, or it wrote where nothing had begun to write: SQLite's driver calls both operational.
OUR_MISTAKES = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY})
# A part of a page goes to this place of its frame when it cannot be shown where it belongs.
TROUBLE = "#trouble"


logger = logging.getLogger("counterpart.web")


@dataclass(frozen=True)
class TypedText:
    """A text that a person wrote in a form which could not be taken; ``rows`` is the height of its box."""

    name: str
    label: str
    text: str
    rows: int


def init_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _show_error)
    app.register_error_handler(CSRFError, _show_old_form)
    app.register_error_handler(SecurityError, _refuse_host)
    app.register_error_handler(EncoderIsWarmingError, _show_warming)
    app.register_error_handler(EncoderIsMissingError, _show_no_encoder)
    app.register_error_handler(OperationalError, _show_no_database)
    app.register_error_handler(InterfaceError, _show_no_database)
    app.after_request(_told_in_a_line)


def _show_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    if status == 500:
        _take_back()
    name = status if status in DESIGNED_STATUSES else (400 if status < 500 else 500)
    response = make_response(_drawn(f"errors/{name}.html", {"error": error}), status)
    for header, value in error.get_headers():
        if header.lower() not in {"content-type", "content-length"}:
            response.headers[header] = value
    if status == 429:
        response.headers["Retry-After"] = str(seconds_until_retry())
    return response


def _show_old_form(_error: CSRFError) -> Response:
    # The browser's way back leads to the sign-in page, so this page is the only place left for what was typed.
    try:
        is_signed_in = current_user.is_authenticated
    except DBAPIError as away:
        return _show_no_database(away)
    page = render_template(
        "errors/old_form.html",
        texts=typed_texts(),
        is_signed_in=is_signed_in,
        sign_in_again_url=None if is_signed_in else url_for("security.login"),
    )
    return make_response(page, 400)


def typed_texts() -> list[TypedText]:
    """What was written into the text fields of the form that this request sent, without the empty ones.

    A row of a form with several begins the names of its fields with its own key: "7-step".
    """
    return [
        TypedText(name, str(TEXTS[field]), text, min(text.count("\n") + len(text) // 70 + 1, MOST_ROWS))
        for name, sent in request.form.items()
        if (field := name.rpartition("-")[2]) in TEXTS and (text := sent.strip())
    ]


def _told_in_a_line(response: Response) -> Response:
    """For a part of a page, a line in its frame instead of a whole page of an error, or for signing in, within it.

    What stands on the page stays, typed text above all. The page of the warming encoder asks again by itself. What is
    no page, as a refused host is not, is left alone: there no link of a line could be built.
    """
    status = response.status_code
    is_part = request.headers.get("HX-Request") == "true" and response.mimetype == "text/html"
    if not is_part or status < 300 or "asks_again" in g:
        return response
    # Whom the database could not be asked about is not signed out.
    is_signed_out = not current_user.is_authenticated and "asks_nothing" not in g
    if status < 400 and not is_signed_out:
        return response
    page = render_template("errors/_line.html", is_signed_out=is_signed_out)
    line = make_response(page, status if status >= 400 else 401)
    line.headers["HX-Retarget"] = TROUBLE
    line.headers["HX-Reswap"] = "innerHTML"
    line.headers["HX-Reselect"] = ".notice"
    line.headers["HX-Push-Url"] = "false"
    return line


def _refuse_host(_error: SecurityError) -> Response:
    # Without a host that is ours no link can be built, so no page either.
    words = gettext("This portal does not answer at this address. Check the address that you typed.")
    return Response(f"{words}\n", 400, content_type="text/plain; charset=utf-8")


def _show_warming(error: EncoderIsWarmingError) -> Response:
    if request.method == "POST":
        # The page that asks again by itself would not send the form again.
        return _show_no_encoder(error)
    g.asks_again = True
    response = make_response(render_template("errors/warming.html"), 503)
    response.headers["Retry-After"] = str(WARMING_RETRY_SECONDS)
    return response


def _show_no_encoder(_error: EncoderIsWarmingError) -> Response:
    response = make_response(render_template("errors/no_encoder.html", texts=typed_texts()), 503)
    response.headers["Retry-After"] = str(ceil(SECONDS_BETWEEN_ATTEMPTS))
    return response


def _drawn(template: str, values: dict[str, Any]) -> str:
    """The page of an error. If the database goes away while its frame asks who looks, the same page of nobody."""
    try:
        return render_template(template, **values)
    except DBAPIError as away:
        _take_back()
        logger.error("the database went away under the page of an error, at %s", request.path, exc_info=away)
        _ask_nothing()
        return render_template(template, **values, **NO_DOORS)


def _show_no_database(error: DBAPIError) -> Response:
    """For a database that is away, or locked for too long, or a full disk: a page that asks it for nothing.

    A statement that the database rightly refused is an error like any other of ours.
    """
    _take_back()
    if _is_our_mistake(error):
        raise error
    logger.error("the database could not be used for %s %s", request.method, request.path, exc_info=error)
    _ask_nothing()
    page = render_template("errors/503.html", texts=typed_texts(), **NO_DOORS)
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(DATABASE_RETRY_SECONDS)
    return response


def _take_back() -> None:
    # A flush that failed leaves a session that answers nothing, not even who looks.
    with suppress(SQLAlchemyError):
        db.session.rollback()


def _is_our_mistake(error: DBAPIError) -> bool:
    # The lowest byte is the kind of error, and the others tell more of it.
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in OUR_MISTAKES


def _ask_nothing() -> None:
    """Let the frame of a page be that of nobody: who looks, and for which unit, cannot be read from the database.

    That they are signed in has not changed, so no door is shown with it.
    """
    g.asks_nothing = True
    g._login_user = AnonymousUser()  # type: ignore[no-untyped-call] # The library ships no types.
    g.actor = VISITOR
    g.acting_unit = None

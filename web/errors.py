"""The pages for when something is wrong: what happened and what to do next."""

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from web.matcher import EncoderIsWarmingError

DESIGNED_STATUSES = frozenset({400, 403, 404, 413, 429, 500, 503})
WARMING_RETRY_SECONDS = 2


def init_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, _show_error)
    app.register_error_handler(CSRFError, _show_error)
    app.register_error_handler(SecurityError, _refuse_host)
    app.register_error_handler(EncoderIsWarmingError, _show_warming)


def _show_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    name = status if status in DESIGNED_STATUSES else (400 if status < 500 else 500)
    response = make_response(render_template(f"errors/{name}.html", error=error), status)
    for header, value in error.get_headers():
        if header.lower() not in {"content-type", "content-length"}:
            response.headers[header] = value
    return response


def _refuse_host(_error: SecurityError) -> Response:
    # Without a host that is ours no link can be built, so no page either.
    words = gettext("This portal does not answer at this address. Check the address that you typed.")
    return Response(f"{words}\n", 400, content_type="text/plain; charset=utf-8")


def _show_warming(_error: EncoderIsWarmingError) -> Response:
    response = make_response(render_template("errors/warming.html"), 503)
    response.headers["Retry-After"] = str(WARMING_RETRY_SECONDS)
    return response

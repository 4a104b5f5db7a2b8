"""What protects every request: forgery tokens, size limits, trusted hosts, and the headers of the content
policy.
"""

from urllib.parse import urlsplit

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from web.settings import Settings

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LARGEST_REQUEST = 4 * 1024 * 1024
LARGEST_FORM = 1024 * 1024
MOST_FORM_PARTS = 300
LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """``<int:…>`` in a URL. A number that no record can have is no page, rather than an error of the
    database.
    """

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


def init_protection(app: Flask, settings: Settings) -> None:
    """Set the limits and headers. No page needs an inline script or style, so none is allowed."""
    host = urlsplit(settings.public_url)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=host.scheme == "https",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=host.scheme == "https",
        PREFERRED_URL_SCHEME=host.scheme,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=[host.hostname, "127.0.0.1", "localhost"],
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.url_map.converters["int"] = IdConverter
    CSRFProtect(app)
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    # Pages show one organisation's private records: no shared or disk cache may keep them.
    response.headers.setdefault("Cache-Control", "no-store")
    return response

"""Addresses of our static files, and the pictures that templates draw with them: each made once and kept."""

from functools import lru_cache

from flask import Flask, current_app, request
from markupsafe import Markup

SPRITE = "vendor/lucide/icons.svg"
# Far more than we have files and icons; nobody outside chooses their names.
MOST_KEPT = 1_000

# The sign of Counterpart, two arcs that complete each other.
SIGN = Markup(
    '<svg class="sign" width="32" height="32" viewBox="0 0 32 32" fill="none" stroke-width="4.5"'
    ' stroke-linecap="round" aria-hidden="true" focusable="false">'
    '<path class="sign-get" d="M19.2 5.2A11.5 11.5 0 0 0 8.1 24.6"/>'
    '<path class="sign-give" d="M12.8 26.8A11.5 11.5 0 0 0 23.9 7.4"/></svg>'
)


def init_pictures(app: Flask) -> None:
    """Let templates write ``{{ icon("plus") }}``, ``{{ sign }}`` and ``{{ static_url("css/match.css") }}``."""
    app.jinja_env.globals.update(icon=icon, sign=SIGN, static_url=static_url)


def static_url(filename: str) -> str:
    """The address of a file of ours in ``web/static``."""
    return _address(_script_root(), filename)


def icon(name: str) -> Markup:
    """One picture from the sprite, hidden from screen readers: always write the words beside it.

    Names are those of Lucide; add a new one to ICONS in web/vendor.py and run `python -m web.vendor`.
    """
    return _picture(_script_root(), name)


def _script_root() -> str:
    """Where the portal is mounted. Asked of the request itself: a page has dozens of pictures and files, and the proxy
    would look for the request at each touch.
    """
    script_root: str = request._get_current_object().script_root  # type: ignore[attr-defined] # Typed as what it stands for.
    return script_root


@lru_cache(MOST_KEPT)
def _address(script_root: str, filename: str) -> str:
    # Names of our own choice, in which nothing need be quoted.
    return f"{script_root}{current_app.static_url_path}/{filename}"


@lru_cache(MOST_KEPT)
def _picture(script_root: str, name: str) -> Markup:
    svg = Markup(
        '<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    )
    return svg.format(_address(script_root, SPRITE), name)

"""How Jinja keeps what every template may name."""

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class PageEnvironment(Environment):
    """Flask's, where a template has one dictionary of globals instead of two that are searched one after the other.

    Every page and every import of macros goes through all of them, so a global has to be there before the first
    template is loaded.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def init_templating(app: Flask) -> None:
    """Called before anything asks for ``app.jinja_env``, which is made then."""
    app.jinja_environment = PageEnvironment

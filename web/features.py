"""The features of the portal, each with its one blueprint."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

FEATURES = (
    "web.health",
    "web.help",
    "web.home",
    "web.posts",
    "web.places",
    "web.partners",
    "web.search",
    "web.organisations",
    "web.people",
    "web.units",
    "web.joining",
    "web.settings_page",
    "web.approvals",
)


def register_features(app: Flask) -> None:
    # While the first pages are being written, a missing one must not stop the others.
    for name in FEATURES:
        if find_spec(name) is not None:
            app.register_blueprint(import_module(name).blueprint)
    app.url_build_error_handlers.append(lambda error, endpoint, values: f"/missing/{endpoint}")

"""The application and its command line: the only place where the parts meet."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from web.access import check_every_endpoint_declares
from web.accounts.security import init_security
from web.acting import carry_acting_unit
from web.database import init_database
from web.errors import init_errors
from web.features import register_features
from web.localisation import init_localisation
from web.matcher import init_matcher
from web.navigation import init_navigation
from web.protection import init_protection
from web.settings import Settings

if TYPE_CHECKING:
    from matching.encoder import Encoder


def create_app(settings: Settings, load_encoder: "Callable[[], Encoder] | None" = None) -> Flask:
    """The application for these settings. ``load_encoder`` is called in the background, at most once a process."""
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.config["TESTING"] = settings.is_testing
    app.extensions["settings"] = settings
    init_protection(app, settings)
    init_database(app, settings.database_url)
    init_localisation(app)
    init_security(app, settings)
    init_matcher(app, load_encoder or partial(_load_encoder, settings.encoder_name))
    init_navigation(app)
    init_errors(app)
    register_features(app)
    carry_acting_unit(app)
    check_every_endpoint_declares(app)
    return app


def _load_encoder(name: str) -> "Encoder":
    from matching.encoder import load_encoder

    return load_encoder(name)

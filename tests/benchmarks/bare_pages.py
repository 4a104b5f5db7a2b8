"""A bare application for comparison: one page with a session and one query, and one with nothing but a ranking.

It is served by the same server in the same way, on the same database, so that what is above it is what our pages add.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask import Flask, Response, render_template, session
from jinja2 import DictLoader

from matching.answers import Request, Way
from matching.demand import read_demand
from matching.encoder import load_encoder
from matching.ranking import rank_partners
from models.base import utc_now
from models.organisation import Organisation
from models.person import Person
from tests.made_market import actor_of
from web.database import db, init_database
from web.matcher import init_matcher, matcher
from web.partners.listing import FIRST_SHOWN
from web.settings import Settings

TEMPLATES = {"name.html": "<!doctype html><title>{{ name }}</title><p>{{ name }}</p>"}


def bare_app(settings: Settings) -> Flask:
    """Return an application with `/bare`, whose session names a person, and `/ranking/<unit>`."""
    app = Flask("bare", static_folder=str(Path(__file__).parents[2] / "web" / "static"))
    app.secret_key = settings.secret_key
    # Compiled once, as a page's template is: from a string it would be compiled for every answer.
    app.jinja_loader = DictLoader(TEMPLATES)
    app.extensions["settings"] = settings
    init_database(app, settings.database_url)
    load_ours = partial(load_encoder, settings.encoder_name, settings.encoder_languages)
    init_matcher(app, load_ours, settings.encoder_languages)

    @app.get("/bare")
    def bare() -> str:
        person = db.session.get_one(Person, session["person"])
        return render_template("name.html", name=person.name)

    @app.get("/ranking/<int:unit_id>")
    def ranking(unit_id: int) -> Response:
        """Rank as the page of partners asks for it."""
        organisation = db.session.get_one(Organisation, unit_id)
        wanted = Request(unit_id=unit_id, limit=FIRST_SHOWN, explained=FIRST_SHOWN, only=Way.BOTH_WAYS)
        actor, now = actor_of(unit_id, organisation.kind), utc_now()
        demand = read_demand(db.session, now)
        ranked = rank_partners(db.session, matcher().index, wanted, actor, now, demand)
        return Response(f"{len(ranked.best)} {ranked.two_way_count} {ranked.one_way_count}\n")

    return app


def bare_cookie(app: Flask, person_id: int) -> str:
    """Return the Cookie header of a person on the bare application."""
    client = app.test_client()
    with client.session_transaction() as stored:
        stored["person"] = person_id
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"

"""Relationships: one page about one partner, as our side alone sees it."""

from flask import Blueprint

blueprint = Blueprint("relationships", __name__)

# The views register themselves on the blueprint above.
from web.relationships import contacts, notes, people, settings, showing  # noqa: E402, F401

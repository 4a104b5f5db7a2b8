"""Pipeline: where does everything stand? Board and table of one query, moves, saved views, bulk actions, undo."""

from flask import Blueprint

blueprint = Blueprint("pipeline", __name__)

# The views register themselves on the blueprint above.
from web.pipeline import board, bulk, keeping, moves, undo, views  # noqa: E402, F401

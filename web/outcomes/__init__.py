"""Outcomes: what came of a meeting, told by each side, one at a time or several at once, and summed up together."""

from flask import Blueprint

blueprint = Blueprint("outcomes", __name__)

# The views and the reminder register themselves.
from web.outcomes import closing, reminding, several, showing, summing_up, telling, undoing  # noqa: E402, F401

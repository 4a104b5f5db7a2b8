"""Joining: a person asks to join an organisation that is here already, or tells us about a new one."""

from flask import Blueprint

blueprint = Blueprint("joining", __name__)

# The views register themselves on the blueprint above.
from web.joining import asking, telling  # noqa: E402, F401

"""Leaving the portal: taking one's data along, and closing one's account."""

from flask import Blueprint

blueprint = Blueprint("leaving", __name__)

# The views register themselves on the blueprint above.
from web.leaving import pages  # noqa: E402, F401

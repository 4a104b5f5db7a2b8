"""Meetings: agreed dates of two sides, their invitations, and the calendars that show them."""

from flask import Blueprint

blueprint = Blueprint("meetings", __name__)

# The views register themselves with the blueprint, so they are imported after it exists.
from web.meetings import bringing, changing, feed, showing  # noqa: E402, F401

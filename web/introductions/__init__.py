"""Introductions: asking for a meeting, and every answer until there is one; guests answer by ``answers``."""

from flask import Blueprint

blueprint = Blueprint("introductions", __name__)

# The views and reminders register themselves; the views on the blueprint above.
from web.introductions import (  # noqa: E402, F401
    answering,
    asking,
    declining,
    expiry,
    guests,
    listing,
    showing,
    thread,
)

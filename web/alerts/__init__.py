"""Alerts: new posts that fit ours, and saved searches, told as often as each person wants and never twice."""

from flask import Blueprint

blueprint = Blueprint("alerts", __name__)

# The views register themselves on the blueprint above, the job in the registry.
from web.alerts import job, page, searches, stopping  # noqa: E402, F401

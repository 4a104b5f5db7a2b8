"""Follow-ups: what is owed next, by whom and when; nudges with a draft; and the office's own cadences."""

from flask import Blueprint

blueprint = Blueprint("follow_ups", __name__)

# The views register themselves on the blueprint above, the reminders and the job in their registries.
from web.follow_ups import listing, moves, nudging, reminding, stalling, writing  # noqa: E402, F401

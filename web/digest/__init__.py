"""The digest: what needs attention, by mail, each morning or each Monday, as the person set it."""

from flask import Blueprint

blueprint = Blueprint("digest", __name__)

# The views register themselves on the blueprint above, the mail and the job in their registries.
from web.digest import planning, stopping, telling  # noqa: E402, F401

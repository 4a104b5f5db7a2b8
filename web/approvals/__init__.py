"""What the operator decides: which organisations others may see, and which posts must go."""

from flask import Blueprint

blueprint = Blueprint("approvals", __name__)

# The views register themselves on the blueprint above.
from web.approvals import pages, posts  # noqa: E402, F401

"""The operator merges an organisation that was registered twice: a page that says what moves, the deed, and letters."""

from flask import Blueprint

blueprint = Blueprint("merging", __name__)

# The views register themselves on the blueprint above.
from web.merging import pages  # noqa: E402, F401

"""The operator closes an organisation: first a page that says what will happen, then the deed, and letters about it;
and opens it again in the same way.
"""

from flask import Blueprint

blueprint = Blueprint("closing", __name__)

# The views register themselves on the blueprint above.
from web.closing import pages, reopening  # noqa: E402, F401

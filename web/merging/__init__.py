"""The operator merges an organisation that was registered twice, and may take that back: pages that say first what
moves, the deeds, and letters.
"""

from flask import Blueprint

blueprint = Blueprint("merging", __name__)

# The views register themselves on the blueprint above.
from web.merging import pages, separating  # noqa: E402, F401

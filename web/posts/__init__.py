"""Posts: what a unit needs and what it offers. Listed, written, shown, published, withdrawn, imported."""

from flask import Blueprint

blueprint = Blueprint("posts", __name__)

# The views register themselves on the blueprint above.
from web.posts import advice, listing, moves, showing, writing  # noqa: E402, F401

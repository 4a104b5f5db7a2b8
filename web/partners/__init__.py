"""Partners: who completes us, why two fit, and who is not a fit."""

from flask import Blueprint

blueprint = Blueprint("partners", __name__, url_prefix="/units/<int:unit_id>/partners")

# The views register themselves on the blueprint above.
from web.partners import compare, dismissals, download, listing, pair_page  # noqa: E402, F401

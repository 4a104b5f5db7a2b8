"""The audit trail as pages: all of it for operators, that of an organisation for its administrators."""

from flask import Blueprint

blueprint = Blueprint("trail", __name__)

# The views register themselves on the blueprint above.
from web.trail import pages  # noqa: E402, F401

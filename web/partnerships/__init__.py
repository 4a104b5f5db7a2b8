"""Partnerships: the standing relation of two units, and whether both keep their word."""

from flask import Blueprint

blueprint = Blueprint("partnerships", __name__)

# The views register themselves on the blueprint above. The names are given twice because commitments and partnerships
# know each other, and mypy meets some of these files before this one is done.
from web.partnerships import answering as answering  # noqa: E402
from web.partnerships import counterparts as counterparts  # noqa: E402
from web.partnerships import expectations as expectations  # noqa: E402
from web.partnerships import life as life  # noqa: E402
from web.partnerships import listing as listing  # noqa: E402
from web.partnerships import proposing as proposing  # noqa: E402
from web.partnerships import showing as showing  # noqa: E402

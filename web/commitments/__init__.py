"""Commitments: one promise of one side to the other, and the moves that are made about it."""

from flask import Blueprint

blueprint = Blueprint("commitments", __name__)

# The views register themselves on the blueprint above, and the reminders with the sweep; as for the names given twice,
# see partnerships.
from web.commitments import moving as moving  # noqa: E402
from web.commitments import reminding as reminding  # noqa: E402
from web.commitments import showing as showing  # noqa: E402
from web.commitments import writing as writing  # noqa: E402

"""What is not possible with a partnership as it stands now: back to its page, with a word that says why."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from models.partnership import Partnership
from web.database import db


def turned_away(
    partnership: Partnership, why: str, kind: str = "warning", anchor: str | None = None
) -> Response:
    """Write nothing; ``kind`` is that of the message, ``anchor`` the part of the page."""
    target = url_for("partnerships.show", partnership_id=partnership.id, _anchor=anchor)
    db.session.rollback()
    flash(why, kind)
    return redirect(target, 303)

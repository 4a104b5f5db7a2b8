"""Help and the accessibility statement."""

from email.utils import parseaddr

from flask import Blueprint, current_app, render_template

from web.access import public
from web.settings import Settings

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@public
def show() -> str:
    """Short answers to what people try to do, in the portal's own words."""
    return render_template("help/show.html", contact_address=_contact_address())


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """What was done and tested so that everybody can use the portal, and where to complain."""
    return render_template("help/accessibility.html", contact_address=_contact_address())


def _contact_address() -> str:
    """The bare address that mail of this installation comes from: its operator reads the answers."""
    settings: Settings = current_app.extensions["settings"]
    return parseaddr(settings.mail.sender)[1]

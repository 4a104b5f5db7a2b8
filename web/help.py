"""Help and the accessibility statement."""

from flask import Blueprint, render_template

from web.access import public

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@public
def show() -> str:
    return render_template("help/show.html")


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    return render_template("help/accessibility.html")

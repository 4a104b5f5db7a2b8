"""Whether this process serves pages, for whatever watches over it."""

from flask import Blueprint, Response

from web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def show() -> Response:
    """200 as soon as pages are served; the encoder may still be warming up."""
    return Response("ok\n", mimetype="text/plain")

"""Whether this process serves pages, and whether they have a database, for whatever watches over it."""

import logging

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models.organisation import Organisation
from web.access import public
from web.database import db

RETRY_SECONDS = 10

blueprint = Blueprint("health", __name__)
logger = logging.getLogger("counterpart.web")


@blueprint.get("/healthz")
@public
def show() -> Response:
    """200 as soon as pages are served; the encoder may still be warming up. It asks for nothing, because a restart of
    this process would not bring a database back.
    """
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """200 while the database answers a question about its tables, else 503: send people elsewhere meanwhile."""
    try:
        db.session.execute(select(Organisation.id).limit(1))
    except SQLAlchemyError as error:
        logger.error("not ready: the database does not answer", exc_info=error)
        away = Response("The database does not answer.\n", 503, mimetype="text/plain")
        away.headers["Retry-After"] = str(RETRY_SECONDS)
        return away
    return Response("ok\n", mimetype="text/plain")

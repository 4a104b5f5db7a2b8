"""For which unit the person acts. It stands in the URL (``/units/7/…`` or ``?unit=7``), never in hidden
state.
"""

from typing import Any

from flask import Flask, abort, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm.util import identity_key

from models.organisation import Unit
from models.person import Role
from web.access import current_actor
from web.database import db
from web.loaders import WITH_ORGANISATION

_CHOICES = (
    select(Unit.id, Unit.name)
    .where(Unit.id.in_(bindparam("unit_ids", expanding=True)), Unit.closed_at.is_(None))
    .order_by(Unit.organisation_id, Unit.parent_id.is_not(None), Unit.name)
)
_UNIT = select(Unit).where(Unit.id == bindparam("unit_id")).options(WITH_ORGANISATION)


def acting_unit() -> Unit | None:
    """The unit named by the URL, else the person's first one, else None for somebody without a unit.

    A unit that the person may not act for is never returned: such a request ended with 404 before its view.
    """
    # The proxy itself would look for the request at each touch, and every address asks.
    kept = g._get_current_object()
    if "acting_unit" not in kept:
        kept.acting_unit = _named_unit() or _first_unit()
    unit: Unit | None = kept.acting_unit
    return unit


def refuse_foreign_unit() -> None:
    """End a request whose ``?unit=`` names a unit that the person may not act for with 404."""
    if "unit" in request.args and current_user.is_authenticated and _named_unit() is None:
        abort(404)


def units_to_choose_from() -> list[tuple[int, str]]:
    """Id and name of every open unit that the person may act for, organisations together, parents before children.

    Nothing for somebody with one unit, who has no choice.
    """
    unit_ids = current_actor().units_acted_for
    if len(unit_ids) < 2:
        return []
    return [(row.id, row.name) for row in db.session.execute(_CHOICES, {"unit_ids": list(unit_ids)})]


def is_unit_in_address() -> bool:
    """Whether the address of the request names a unit, as a page of a unit or with ``?unit=``."""
    return _unit_id_of_request() is not None


def carry_acting_unit(app: Flask) -> None:
    """Make ``url_for`` keep the acting unit, so that no template has to remember it, and refuse foreign
    ones.
    """
    app.before_request(refuse_foreign_unit)
    # Called when every feature is registered; a list asks for an address in each of its lines.
    pages_of_units = {rule.endpoint for rule in app.url_map.iter_rules() if "unit_id" in rule.arguments}

    @app.url_defaults
    def add_unit(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" or "unit_id" in values or not has_request_context():
            return
        if endpoint in pages_of_units:
            unit = acting_unit()
            if unit is not None:
                values["unit_id"] = unit.id
        elif "unit" not in values and is_unit_in_address():
            unit = acting_unit()
            if unit is not None:
                values["unit"] = unit.id


def _unit_id_of_request() -> int | None:
    asked = request._get_current_object()  # type: ignore[attr-defined] # Typed as what it stands for.
    if asked.view_args and "unit_id" in asked.view_args:
        return int(asked.view_args["unit_id"])
    unit_id: int | None = asked.args.get("unit", type=int)
    return unit_id


def _named_unit() -> Unit | None:
    unit_id = _unit_id_of_request()
    # Asked of the actor, not of the database, so that no number that a person types is too large to ask
    # about.
    return _unit(unit_id) if unit_id in current_actor().units_acted_for else None


def _first_unit() -> Unit | None:
    rights = sorted(current_actor().rights, key=lambda right: right.role is Role.ADMIN)
    return _unit(rights[0].unit_id) if rights else None


def _unit(unit_id: int | None) -> Unit | None:
    loaded = db.session.identity_map.get(identity_key(Unit, unit_id))
    # ``get`` of the session would build its statement at each request.
    return loaded or db.session.scalar(_UNIT, {"unit_id": unit_id})

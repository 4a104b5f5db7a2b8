"""Who of us is in contact with a partner already, and the address of the page that asks them for a meeting."""

from collections.abc import Collection

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from models.introduction import Introduction, IntroductionState
from models.organisation import Unit
from web.access import current_actor
from web.acting import acting_unit
from web.database import db


def ask_url(unit: Unit, organisation_id: int) -> str | None:
    """Where this person asks the organisation for a meeting; None if they may not, for this unit."""
    if unit.id not in current_actor().units_written or unit.closed_at is not None:
        return None
    return url_for("introductions.new", unit_id=unit.id, partner=organisation_id)


def colleagues_in_contact(partner_ids: Collection[int]) -> dict[int, str]:
    """By partner organisation: who of ours asked it, or which of our units it asked, as far as that is still alive."""
    unit = acting_unit()
    if unit is None:
        return {}
    ours = unit.organisation_id
    rows = db.session.scalars(
        select(Introduction)
        .where(
            Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
            or_(
                (Introduction.asking_organisation_id == ours)
                & Introduction.asked_organisation_id.in_(partner_ids),
                (Introduction.asked_organisation_id == ours)
                & Introduction.asking_organisation_id.in_(partner_ids),
            ),
        )
        .options(joinedload(Introduction.asked_by), joinedload(Introduction.asked_unit))
        .order_by(Introduction.id)
    )
    found = {}
    for row in rows:
        if row.asking_organisation_id == ours:
            found[row.asked_organisation_id] = row.asked_by.name
        else:
            found[row.asking_organisation_id] = row.asked_unit.name
    return found

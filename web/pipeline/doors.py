"""Addresses of other features' pages, prefilled for one card."""

from flask import url_for

from models.between import introductions_between
from models.introduction import Introduction, IntroductionState
from models.relationship import Relationship
from web.access import current_actor
from web.database import db


def meeting_url(unit_id: int, partner_id: int, partner_unit_id: int) -> str:
    """Where this unit of ours asks that unit of the partner for a meeting."""
    return url_for("introductions.new", unit_id=unit_id, partner=partner_id, partner_unit=partner_unit_id)


def meeting_url_of(ours: Relationship) -> str | None:
    """The same for a card. None for those who take part without writing for the unit: they may not ask in its name; nor
    does anybody ask while one of the two organisations is not in the network.
    """
    may_ask = ours.unit_id in current_actor().units_written and ours.unit.closed_at is None
    if not may_ask or not do_both_take_part(ours):
        return None
    return meeting_url(ours.unit_id, ours.partner_id, ours.partner_unit_id)


def do_both_take_part(ours: Relationship) -> bool:
    """Whether either side finds the other one in the network."""
    return ours.partner.is_approved and ours.unit.organisation.is_approved


def partnership_url(ours: Relationship) -> str | None:
    """Where a partnership is proposed: from the newest accepted introduction of the two; None: there is none."""
    introduction_id = db.session.scalar(
        introductions_between(ours)
        .with_only_columns(Introduction.id)
        .where(Introduction.state == IntroductionState.ACCEPTED)
        .order_by(Introduction.id.desc())
        .limit(1)
    )
    return url_for("partnerships.new", introduction=introduction_id) if introduction_id is not None else None

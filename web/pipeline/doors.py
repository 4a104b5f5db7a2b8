"""Addresses of other features' pages, prefilled for one card."""

from flask import url_for

from models.between import introductions_between
from models.introduction import Introduction, IntroductionState
from models.relationship import Relationship
from web.database import db


def meeting_url(unit_id: int, partner_id: int, partner_unit_id: int) -> str:
    """Where this unit of ours asks that unit of the partner for a meeting."""
    return url_for("introductions.new", unit_id=unit_id, partner=partner_id, partner_unit=partner_unit_id)


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

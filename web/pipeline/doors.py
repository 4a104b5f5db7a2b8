"""Addresses of other features' pages, prefilled for one card."""

from flask import current_app, url_for
from sqlalchemy import select

from models.introduction import Introduction, IntroductionState
from models.pipeline_moves import introductions_between
from models.relationship import Relationship
from web.database import db


def meeting_url(unit_id: int, partner_id: int, partner_unit_id: int) -> str | None:
    """Where this unit of ours asks that unit of the partner for a meeting."""
    if "introductions.new" not in current_app.view_functions:
        return None
    return url_for("introductions.new", unit_id=unit_id, partner=partner_id, partner_unit=partner_unit_id)


def introduction_url(introduction_id: int) -> str:
    if "introductions.show" not in current_app.view_functions:
        return ""
    return url_for("introductions.show", introduction_id=introduction_id)


def partnership_url(ours: Relationship) -> str | None:
    """Where a partnership is proposed: from the newest accepted introduction of the two; None: there is none."""
    accepted = (
        introductions_between(ours)
        .with_only_columns(Introduction.id)
        .where(Introduction.state == IntroductionState.ACCEPTED)
        .order_by(Introduction.id.desc())
        .limit(1)
    )
    introduction_id = db.session.scalar(select(accepted.scalar_subquery()))
    if introduction_id is None or "partnerships.new" not in current_app.view_functions:
        return None
    return url_for("partnerships.new", introduction=introduction_id)

"""Departments of the two sides that have related posts and no contact yet: people who do not usually talk."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select

from matching.answers import Filters, Pair, Reason, Request
from matching.ranking import pair
from matching.scoring import Grade
from models.base import utc_now
from models.organisation import Unit
from models.relationship import Relationship
from web.access import current_actor
from web.database import db
from web.localisation import gettext
from web.matcher import matcher
from web.pipeline.doors import meeting_url

MOST_SHOWN = 5
# Weaker links than this would send people to a meeting for nothing.
GRADES = frozenset({Grade.STRONG, Grade.GOOD, Grade.POSSIBLE})


@dataclass(frozen=True)
class Departments:
    """Two units that could talk: which, why, and what to do; the addresses are None where the actor may not act."""

    ours: str
    theirs: str
    why: str
    ask_url: str | None
    log_url: str | None


def silent_departments(ours: Relationship) -> list[Departments]:
    """Pairs of units with related posts of which nobody has been in touch, the strongest first."""
    root_id = db.session.scalar(
        select(Unit.id).where(Unit.organisation_id == ours.organisation_id, Unit.parent_id.is_(None))
    )
    assert root_id is not None
    request = Request(unit_id=root_id, filters=Filters(least_grade=None))
    found = pair(db.session, matcher().index, request, ours.partner_id, current_actor(), utc_now())
    if found is None:
        return []
    strongest = _strongest(found)
    for known in _in_touch(ours):
        strongest.pop(known, None)
    units = _units({unit_id for units in strongest for unit_id in units})
    return [
        _departments(ours, units[our_id], units[their_id], reason)
        for (our_id, their_id), reason in strongest.items()
        if units[our_id].closed_at is None and units[their_id].closed_at is None
    ][:MOST_SHOWN]


def _strongest(found: Pair) -> dict[tuple[int, int], Reason]:
    """The strongest link of each pair of units (ours, theirs), strongest pair first."""
    reasons = [
        (reason.need.post.unit_id, reason.capability.post.unit_id, reason) for reason in found.links_get
    ]
    reasons += [
        (reason.capability.post.unit_id, reason.need.post.unit_id, reason) for reason in found.links_give
    ]
    strongest: dict[tuple[int, int], Reason] = {}
    for our_id, their_id, reason in sorted(reasons, key=lambda one: -one[2].fit):
        is_related = reason.grade in GRADES or reason.by_words_only
        if our_id is not None and their_id is not None and is_related:
            strongest.setdefault((our_id, their_id), reason)
    return strongest


def _in_touch(ours: Relationship) -> set[tuple[int, int]]:
    """Pairs of units of the two organisations of which somebody was in touch, whoever of us it was; and this pair."""
    rows = db.session.execute(
        select(Relationship.unit_id, Relationship.partner_unit_id).where(
            Relationship.organisation_id == ours.organisation_id,
            Relationship.partner_id == ours.partner_id,
            Relationship.last_contact_at.is_not(None),
        )
    )
    return {(row.unit_id, row.partner_unit_id) for row in rows} | {(ours.unit_id, ours.partner_unit_id)}


def _units(unit_ids: set[int]) -> dict[int, Unit]:
    return {unit.id: unit for unit in db.session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}


def _departments(ours: Relationship, our_unit: Unit, their_unit: Unit, reason: Reason) -> Departments:
    may_act = our_unit.id in current_actor().units_written
    need, capability = reason.need.post, reason.capability.post
    titles = {"need": need.title, "capability": capability.title}
    if need.unit_id == our_unit.id:
        why = gettext("You need “%(need)s”; they offer “%(capability)s”.", **titles)
    else:
        why = gettext("They need “%(need)s”; you offer “%(capability)s”.", **titles)
    return Departments(
        ours=our_unit.name,
        theirs=their_unit.name,
        why=str(why),
        ask_url=meeting_url(our_unit.id, ours.partner_id, their_unit.id) if may_act else None,
        log_url=url_for("relationships.joint_session", unit_id=our_unit.id, partner_unit=their_unit.id)
        if may_act
        else None,
    )

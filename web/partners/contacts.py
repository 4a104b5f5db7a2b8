"""Who of us is in contact with a partner already, and the address of the page that asks them for a meeting."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from models.dealings_policy import is_introduction_visible
from models.introduction import Introduction, IntroductionState
from models.organisation import Unit
from web.access import current_actor, current_person_id
from web.acting import acting_unit
from web.database import db
from web.localisation import gettext


@dataclass(frozen=True)
class Contact:
    """Who is in contact, in a sentence. ``url`` shows the request, for those who may open it."""

    words: str
    url: str | None


def ask_url(unit: Unit, organisation_id: int, post_ids: Sequence[int] = ()) -> str | None:
    """Where this person asks the organisation for a meeting about these posts; None if they may not, for this unit."""
    if unit.id not in current_actor().units_written or unit.closed_at is not None:
        return None
    return url_for("introductions.new", unit_id=unit.id, partner=organisation_id, post=post_ids or None)


def colleagues_in_contact(partner_ids: Collection[int]) -> dict[int, Contact]:
    """By partner organisation: who of ours asked it, or which of our units it asked, as far as that is still alive.
    Of several, one that this person may open is told, the latest of these.
    """
    unit = acting_unit()
    if unit is None:
        return {}
    ours = unit.organisation_id
    is_open_to_us = is_introduction_visible(current_actor())
    rows = db.session.execute(
        select(Introduction, is_open_to_us.label("may_open"))
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
        .order_by(is_open_to_us, Introduction.id)
    )
    found = {}
    for introduction, may_open in rows:
        has_asked = introduction.asking_organisation_id == ours
        partner_id = introduction.asked_organisation_id if has_asked else introduction.asking_organisation_id
        found[partner_id] = _contact(introduction, has_asked, may_open)
    return found


def _contact(introduction: Introduction, has_asked: bool, may_open: bool) -> Contact:
    if has_asked and introduction.asked_by_id == current_person_id():
        words = gettext("You are already in contact")
    else:
        name = introduction.asked_by.name if has_asked else introduction.asked_unit.name
        words = gettext("%(name)s is already in contact", name=name)
    return Contact(
        words=str(words),
        url=url_for("introductions.show", introduction_id=introduction.id) if may_open else None,
    )

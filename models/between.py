"""What two units or two organisations have with each other, whichever of them asked."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.introduction import Introduction
from models.meeting import Meeting, MeetingState
from models.partnership import Partnership, PartnershipState
from models.relationship import Relationship

Dealing = type[Introduction] | type[Partnership]
# Also the column of another row.
UnitId = int | InstrumentedAttribute[int]


def is_between_units(dealing: Dealing, unit_id: UnitId, other_id: UnitId) -> ColumnElement[bool]:
    """Whether its sides are these two units; ``dealing`` may be an alias."""
    return or_(
        and_(dealing.asking_unit_id == unit_id, dealing.asked_unit_id == other_id),
        and_(dealing.asking_unit_id == other_id, dealing.asked_unit_id == unit_id),
    )


def is_between_organisations(dealing: Dealing, organisation_id: int, other_id: int) -> ColumnElement[bool]:
    """Whether its sides are these two; what one of them has within its own house is not."""
    return or_(
        and_(dealing.asking_organisation_id == organisation_id, dealing.asked_organisation_id == other_id),
        and_(dealing.asking_organisation_id == other_id, dealing.asked_organisation_id == organisation_id),
    )


def introductions_between(ours: Relationship) -> Select[Introduction]:
    """All introductions of the two units of a card."""
    return select(Introduction).where(is_between_units(Introduction, ours.unit_id, ours.partner_unit_id))


def partnerships_between(ours: Relationship) -> Select[Partnership]:
    """All partnerships of the two units of a card."""
    return select(Partnership).where(is_between_units(Partnership, ours.unit_id, ours.partner_unit_id))


def standing_between(session: Session, unit_id: int, other_id: int) -> Partnership | None:
    """The partnership that the two units have or propose."""
    standing = Partnership.state.in_((PartnershipState.PROPOSED, PartnershipState.ACTIVE))
    return session.scalar(
        select(Partnership).where(is_between_units(Partnership, unit_id, other_id), standing)
    )


def has_meeting_ahead(ours: type[Relationship], moment: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a meeting between the two units of a card is agreed and not over at that moment; ``ours`` may be an
    alias.
    """
    asking, asked = Introduction.asking_unit_id, Introduction.asked_unit_id
    return or_(
        *(
            exists().where(
                ours.unit_id == our_side,
                ours.partner_unit_id == their_side,
                Meeting.introduction_id == Introduction.id,
                # Said as what it is not: SQLite would look up the meetings of everybody by their state.
                Meeting.state.not_in((MeetingState.HELD, MeetingState.NOT_HELD, MeetingState.CANCELLED)),
                Meeting.ends_at > moment,
            )
            for our_side, their_side in ((asking, asked), (asked, asking))
        )
    )

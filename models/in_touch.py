"""A word from one side to the other that the portal carried: a move of a promise, or an answer about a partnership."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.cadence import was_in_touch
from models.partnership import Partnership
from models.relationship import ContactKind, Direction, relationship_between
from models.side import Side


def note_word(
    session: Session, partnership: Partnership, side: Side, person_id: int, text: str, now: datetime
) -> None:
    """Note on both sides' cards that somebody of ``side`` was heard by the other one, who read ``text``.

    Whoever promises, delivers, confirms or answers speaks to the other side, who is told at once: that is a contact as
    much as a message of a thread. What silence brings about is none, and neither is a draft.
    """
    unit, partner_unit = partnership.unit_of(side), partnership.unit_of(side.other)
    ours = relationship_between(session, unit, partner_unit)
    theirs = relationship_between(session, partner_unit, unit)
    # Always in the same order, so that two writers wait for each other instead of blocking each other.
    for card in sorted((ours, theirs), key=lambda card: card.id):
        session.refresh(card, with_for_update=True)
    for card, direction, who in ((ours, Direction.OURS, person_id), (theirs, Direction.THEIRS, None)):
        was_in_touch(session, card, now, ContactKind.MESSAGE, direction, who, text, None, now)
    session.flush()


def about(what: str, text: str) -> str:
    """The words of a contact about one thing: which, and what was said with it."""
    return f"{what}: {text}" if text else what

"""What happened to a partnership, kept for its timeline, and who did it."""

from models.base import utc_now
from models.in_touch import note_word
from models.partnership import Partnership, PartnershipEvent, PartnershipEventKind, PartnershipStage
from models.side import Side
from web.access import current_person_id
from web.database import db


def note_event(
    partnership: Partnership,
    kind: PartnershipEventKind,
    side: Side,
    stage: PartnershipStage | None = None,
    text: str = "",
) -> PartnershipEvent:
    """Add the event to the current write transaction; flushes, so that it has its id.

    What the other side is told by it is a contact; nobody is written to about a stage.
    """
    now = utc_now()
    event = PartnershipEvent(
        partnership_id=partnership.id,
        kind=kind,
        stage=stage,
        side=side,
        person_id=current_person_id(),
        text=text,
        # Its contact carries the same moment, by which the lists of contacts find what was done.
        at=now,
    )
    db.session.add(event)
    db.session.flush()
    if kind is not PartnershipEventKind.STAGE:
        note_word(db.session, partnership, side, event.person_id, text, now)
    return event

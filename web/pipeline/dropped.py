"""What closing a card drops, told before it happens."""

from models.actor import Action
from models.base import utc_now
from models.follow_up import FollowUpKind
from models.planning import open_follow_ups
from models.policy import can
from models.relationship import Relationship
from web.access import current_actor
from web.database import db


def dropped_by_closing(ours: Relationship) -> list[str]:
    """What somebody planned and closing drops, in words, as far as the person may read it."""
    return [
        f"{follow_up.text} · {follow_up.owner.name}" if follow_up.owner else follow_up.text
        for follow_up in open_follow_ups(db.session, ours)
        if follow_up.kind is not FollowUpKind.NUDGE
        and can(current_actor(), Action.FOLLOW_UP_SEE, follow_up, utc_now())
    ]

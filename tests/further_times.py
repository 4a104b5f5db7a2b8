"""A scene: Max proposed times for a further meeting to Dora, and nothing else is agreed."""

from datetime import datetime, timedelta

from models.base import utc_now
from models.database import begin_write
from models.introducing import propose_others
from models.introduction import Introduction
from models.introduction_steps import Party, TimeOffer, Times
from models.meeting import Meeting, MeetingState
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.world import World
from web.database import db

DAY = timedelta(days=1)


def add_proposed_times(world: World, at: datetime) -> Dealings:
    """The dealings with times that were proposed at that moment, and no meeting but those called off long ago."""
    dealt = add_dealings(db.session, world)
    begin_write(db.session)
    for meeting in db.session.query(Meeting):
        meeting.state, meeting.changed_at = MeetingState.CANCELLED, utc_now() - 60 * DAY
    propose(world, dealt, at)
    db.session.commit()
    return dealt


def propose(world: World, dealt: Dealings, at: datetime) -> None:
    """Within a write transaction, which is not committed."""
    offer = TimeOffer(datetime.fromisoformat("2035-03-01T10:00"), "UTC", timedelta(hours=1))
    introduction = db.session.get_one(Introduction, dealt.introduction)
    by = Party(Side.ASKING, world.people["max"])
    propose_others(db.session, introduction, Times((offer,)), by, at)


def homes_that_tell(browse: Browser, line: str) -> set[str]:
    """The names of those who read the line on Home."""
    names = ("max", "olga", "dora", "mia", "carl")
    return {name for name in names if line in browse.sign_in(name).get("/?whose=ours").words}

"""The periodic job of alerts and saved searches."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from web.alerts.finding import look_at_new_posts
from web.alerts.rounds import tell_saved_searches
from web.alerts.telling import tell_alerts
from web.jobs.registry import periodic
from web.matcher import matcher


@periodic("alerts", every=timedelta(minutes=1))
def write_alerts(session: Session, now: datetime) -> int:
    """Look at new posts, and write the alerts and saved searches that are due."""
    index = matcher().index
    look_at_new_posts(session, index, now)
    return tell_alerts(session, now) + tell_saved_searches(session, index, now)

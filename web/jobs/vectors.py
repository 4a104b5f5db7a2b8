"""The periodic jobs that keep the vectors of posts in a PostgreSQL database; on SQLite they have nothing to do."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.database import begin_write
from web.jobs.registry import periodic

# Until a change is taken in, each question about partners makes that post's vector again for itself.
OFTEN = timedelta(seconds=5)


@periodic("vectors.keep", every=OFTEN)
def keep_vectors(session: Session, _now: datetime) -> int:
    """Take into the database's vectors what was changed."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    # Imported here because NumPy would delay the start of a worker that does not need it.
    from matching.stored_vectors import take_in_changes

    return _until_done(session, take_in_changes)


@periodic("vectors.complete", every=timedelta(minutes=1))
def complete_vectors(session: Session, _now: datetime) -> int:
    """Make vectors that are missing altogether, index them, and forget those that nobody uses any more."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    from matching.stored_vectors import forget_old_recipes, prepare_index, take_in_missing

    done = _until_done(session, take_in_missing)
    _until_done(session, prepare_index)
    begin_write(session)
    forget_old_recipes(session)
    session.commit()
    return done


def _until_done(session: Session, step: Callable[[Session], int]) -> int:
    """Do one step a transaction, so that no other writer waits long."""
    total = 0
    while True:
        begin_write(session)
        done = step(session)
        session.commit()
        total += done
        if not done:
            return total

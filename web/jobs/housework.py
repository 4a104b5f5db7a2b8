"""The periodic jobs that belong to no feature."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.database import begin_write
from models.job_run import JobRun
from models.outbox import forget_old_words
from models.rate_limit import RateLimitCounter
from web.jobs.registry import all_jobs, periodic
from web.mail import send_due_mail
from web.reminders import sweep_reminders

# A person waits for the mail that confirms an address.
EVERY_LOOK = timedelta(seconds=5)
# So few that nobody else waits long to write.
MAILS_AT_ONCE = 500


@periodic("mail.send", every=EVERY_LOOK)
def send_mail(session: Session, _now: datetime) -> int:
    """Send the mail that is due."""
    return send_due_mail(session)


@periodic("reminders.sweep", every=EVERY_LOOK)
def write_due_reminders(session: Session, now: datetime) -> int:
    """Write a mail for every reminder that is due."""
    return sweep_reminders(session, now)


@periodic("mail.forget", every=timedelta(days=1))
def forget_old_mail(session: Session, now: datetime) -> int:
    """Empty the words of mail that was sent, or became pointless, three months ago."""
    done = 0
    while True:
        begin_write(session)
        some = forget_old_words(session, now, MAILS_AT_ONCE)
        session.commit()
        done += some
        if some < MAILS_AT_ONCE:
            return done


@periodic("counters.clear", every=timedelta(minutes=1))
def clear_up(session: Session, now: datetime) -> int:
    """Forget the rate-limit counters whose window is over, and jobs that no longer exist."""
    begin_write(session)
    over = delete(RateLimitCounter).where(RateLimitCounter.expires_at <= now)
    count = len(session.scalars(over.returning(RateLimitCounter.key)).all())
    session.execute(delete(JobRun).where(JobRun.name.not_in([job.name for job in all_jobs()])))
    session.commit()
    return count

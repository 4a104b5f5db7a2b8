"""What the ``check`` command looks at: is everything as the promises of this program say?"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching.passages import active_encoder, problems_beside_building
from models.base import utc_now
from models.job_run import JobRun
from models.outbox import MailState, OutboxMail
from models.post import Post, PostState
from web.database_commands import differences_from_models, is_database_current

LATE_MAIL = timedelta(hours=1)
PROBLEMS_SHOWN = 5


def problems_of(session: Session, database_url: str) -> list[str]:
    """One line for each thing that is wrong; an empty list is a clean bill of health."""
    if not is_database_current(database_url):
        # Without its tables nothing else can be asked.
        return problems_of_tables(database_url)
    return [
        *problems_of_tables(database_url),
        *_problems_of_passages(session),
        *_problems_of_mail(session),
        *_problems_of_jobs(session),
    ]


def problems_of_tables(database_url: str) -> list[str]:
    """Whether every migration was run and the tables are what the models say."""
    if not is_database_current(database_url):
        return ["The database lacks migrations. Run `python app.py db upgrade`."]
    return [f"The database differs from the models: {line}" for line in differences_from_models(database_url)]


def _problems_of_passages(session: Session) -> list[str]:
    encoder = active_encoder(session)
    if encoder is None:
        published = session.scalar(select(func.count(Post.id)).where(Post.state == PostState.PUBLISHED))
        return [f"{published} published posts and no encoder: start the worker."] if published else []
    problems = problems_beside_building(session, encoder)
    lines = [
        f"Post {found.post_id}: its passages are {found.problem}." for found in problems[:PROBLEMS_SHOWN]
    ]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"… and {len(problems) - PROBLEMS_SHOWN} more posts whose passages are not right.")
    return lines


def _problems_of_mail(session: Session) -> list[str]:
    count = select(func.count(OutboxMail.id))
    failed = session.scalar(count.where(OutboxMail.state == MailState.FAILED))
    late = session.scalar(
        count.where(OutboxMail.state == MailState.QUEUED, OutboxMail.created_at < utc_now() - LATE_MAIL)
    )
    lines = []
    if failed:
        lines.append(f"{failed} mails could not be sent and were given up.")
    if late:
        lines.append(f"{late} mails have been waiting for more than an hour: does the worker run?")
    return lines


def _problems_of_jobs(session: Session) -> list[str]:
    stale = select(JobRun).where(JobRun.stale_at <= utc_now()).order_by(JobRun.name)
    return [
        f"The job {run.name} has not succeeded since {_moment(run.succeeded_at)}: does the worker run?"
        for run in session.scalars(stale)
    ]


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "it first began"

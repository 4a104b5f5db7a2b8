"""The end of requests that nobody answered."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from models.audit import note_action
from models.database import begin_write
from models.introducing import expire
from models.introduction import Introduction, Proposal, ProposalState
from web.introductions.letters import tell_expired
from web.jobs.registry import periodic


@periodic("introductions.expire", every=timedelta(minutes=15))
def expire_introductions(session: Session, now: datetime) -> int:
    """End requests and proposed times that nobody answered in time, and tell both sides."""
    ended = 0
    while (introduction_id := _next_overdue(session, now)) is not None:
        begin_write(session)
        introduction = session.get_one(Introduction, introduction_id, with_for_update=True)
        proposal = introduction.open_proposal
        # Somebody may have answered, or another worker may have ended it, since it was looked for.
        if proposal is not None and expire(session, introduction, now):
            note_action(session, None, "introduction.expire", introduction)
            tell_expired(introduction, proposal)
            ended += 1
        session.commit()
    return ended


def _next_overdue(session: Session, now: datetime) -> int | None:
    session.rollback()
    waits = exists().where(Proposal.introduction_id == Introduction.id, Proposal.state == ProposalState.OPEN)
    overdue = select(Introduction.id).where(and_(Introduction.expires_at <= now, waits))
    return session.scalar(overdue.order_by(Introduction.id).limit(1))

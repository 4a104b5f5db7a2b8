"""Signed links for people without an account: each names one row that may be revoked, and runs out by itself."""

from datetime import datetime

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from models.introduction import LIFE_OF_A_REQUEST, AnswerLink, Proposal
from web.database import db

SALT = "answer to the times of an introduction"
# Enough to ask everybody who matters, too few to write to half a town.
MOST_GUESTS = 5


def token_of(link: AnswerLink) -> str:
    """What stands in the address of the link. It can be read, not forged."""
    return str(_signer().dumps(link.id))


def link_of(token: str) -> AnswerLink | None:
    """The row that the token names; None if nobody of us signed it, or too long ago."""
    try:
        link_id: int = _signer().loads(token, max_age=int(LIFE_OF_A_REQUEST.total_seconds()))
    except BadSignature:
        return None
    return db.session.get(AnswerLink, link_id)


def is_open_to_guest(link: AnswerLink, now: datetime) -> bool:
    """Whether the guest may answer the open times with this link at the moment."""
    introduction = link.introduction
    proposal = introduction.open_proposal
    if link.revoked_at is not None or link.expires_at <= now or proposal is None:
        return False
    if introduction.turn is not link.side or introduction.expires_at <= now:
        return False
    # The other side may have proposed anew after the guest's answer: then it is the guest's turn again.
    return link.answered_at is None or proposal.created_at > link.answered_at


def link_zone(proposal: Proposal) -> str:
    """The time zone in which a guest is told the times: that of the times themselves."""
    return proposal.slots[0].zone if proposal.slots else "UTC"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT)

"""Commitments: one promise by one side of a partnership to the other, kept as the moves that were made.

Nothing about the state of a commitment is stored. Its moves are only ever added, and ``models.commitment_rules``
derives from them and the clock where it stands, which makes trust reproducible. The idea is the conversation for
action (Winograd and Flores) in the form of Kumar and Becerra-Fernandez (2007): preparation, negotiation, performance,
acceptance, with conditions of satisfaction that say who, what and when.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.partnership import Partnership
from models.person import Person
from models.side import Side


class Move(StrEnum):
    """What somebody did. ``draft`` to ``accept`` negotiate, ``condition_met`` to ``release`` perform, the rest
    accept, settle or end.
    """

    DRAFT = "draft"
    SEND = "send"
    PROMISE = "promise"
    COUNTER = "counter"
    ACCEPT = "accept"
    DECLINE = "decline"
    DEFER = "defer"
    WITHDRAW = "withdraw"
    CONDITION_MET = "condition_met"
    DELIVER = "deliver"
    ASK_CHANGE = "ask_change"
    AGREE_CHANGE = "agree_change"
    REFUSE_CHANGE = "refuse_change"
    REVOKE = "revoke"
    RELEASE = "release"
    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    MARK_BROKEN = "mark_broken"
    DISPUTE = "dispute"
    END_DISPUTE = "end_dispute"
    PROPOSE_SETTLEMENT = "propose_settlement"
    ACCEPT_SETTLEMENT = "accept_settlement"


class Ending(StrEnum):
    """How a commitment ended after it was agreed. Trust is made of these and of nothing else."""

    KEPT_ON_TIME = "kept_on_time"
    KEPT_RENEGOTIATED = "kept_renegotiated"
    KEPT_LATE = "kept_late"
    KEPT_UNCONFIRMED = "kept_unconfirmed"
    BROKEN = "broken"
    REVOKED_IN_TIME = "revoked_in_time"
    REVOKED_LATE = "revoked_late"
    RELEASED = "released"
    EXPIRED = "expired"


# On time, or at a date that was agreed in time; and what weighs as a broken word.
KEPT_IN_TIME = frozenset({Ending.KEPT_ON_TIME, Ending.KEPT_RENEGOTIATED})
WORD_BROKEN = frozenset({Ending.BROKEN, Ending.REVOKED_LATE})


class Commitment(Base):
    """``performer_side`` owes it, the other side is its customer. Both facts never change; all else is in the moves."""

    __tablename__ = "commitment"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    performer_side: Mapped[Side]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    partnership: Mapped[Partnership] = relationship()
    moves: Mapped[list["CommitmentMove"]] = relationship(
        order_by="CommitmentMove.number", back_populates="commitment"
    )

    @property
    def author_side(self) -> Side:
        """The side that wrote it first: whoever offers is the performer, whoever requests is the customer."""
        return self.moves[0].side

    @property
    def was_sent(self) -> bool:
        """Whether the other side may see it."""
        return any(move.move is Move.SEND for move in self.moves)


class CommitmentMove(Base):
    """One move. ``number`` counts from 1 within the commitment, so that two moves at once cannot both be the third.

    The terms (``what`` to ``importance``) stand on moves that set or ask for terms. ``due_at`` is the end of the day
    ``due_on`` where the author is. ``condition`` is the antecedent: before it holds, the performer cannot be late.
    ``until_at`` goes with ``defer``, ``settles_as`` with a proposed settlement, ``responsible_id`` names who does it.
    """

    __tablename__ = "commitment_move"
    __table_args__ = (
        UniqueConstraint("commitment_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("importance IS NULL OR importance BETWEEN 1 AND 3", name="importance_range"),
        CheckConstraint(
            "(what IS NULL) = (due_on IS NULL) AND (what IS NULL) = (due_at IS NULL) "
            "AND (what IS NULL) = (importance IS NULL)",
            name="terms_are_whole",
        ),
        CheckConstraint(
            "(move IN ('draft', 'counter', 'ask_change')) = (what IS NOT NULL)",
            name="terms_where_they_belong",
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    number: Mapped[int]
    move: Mapped[Move]
    side: Mapped[Side]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    what: Mapped[str | None]
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    condition: Mapped[str] = mapped_column(default="")
    importance: Mapped[int | None]
    until_at: Mapped[datetime | None]
    settles_as: Mapped[Ending | None]
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    commitment: Mapped[Commitment] = relationship(back_populates="moves")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    responsible: Mapped[Person | None] = relationship(foreign_keys=[responsible_id])

"""Lists of commitments with where they stand, and the experiences that trust is made of, in few statements each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, or_, select
from sqlalchemy.orm import Session, selectinload

from models.commitment import (
    KEPT_IN_TIME,
    WORD_BROKEN,
    Commitment,
    CommitmentMove,
    Ending,
    Move,
)
from models.commitment_rules import standing_of_commitment
from models.commitment_standing import Standing, State
from models.partnership import Partnership
from models.side import Side
from models.trust import Experience, on_time_rate

# After one of these only a dispute may follow.
ENDING_MOVES = (
    Move.DECLINE,
    Move.WITHDRAW,
    Move.REVOKE,
    Move.RELEASE,
    Move.SATISFIED,
    Move.MARK_BROKEN,
    Move.ACCEPT_SETTLEMENT,
)


@dataclass(frozen=True)
class Promise:
    """One commitment as it stands at the moment of the question."""

    commitment_id: int
    partnership_id: int
    standing: Standing

    def is_seen_by(self, side: Side) -> bool:
        """Drafts, and drafts that were thrown away, are their author's alone."""
        return self.standing.was_sent or self.standing.author is side


@dataclass(frozen=True)
class Record:
    """How one side kept its promises to the other in one partnership. ``on_time`` of ``due`` came in time."""

    kept: int
    late: int
    unconfirmed: int
    broken: int
    overdue: int
    open: int
    disputed: int
    on_time: int
    due: int


def promises_of(session: Session, partnership_ids: Collection[int], now: datetime) -> list[Promise]:
    """All commitments of these partnerships, drafts included, in the order in which they were written: two
    statements, however many there are.
    """
    return _read(session, _of(partnership_ids), now)


def promises_under_way(session: Session, partnership_ids: Collection[int], now: datetime) -> list[Promise]:
    """As ``promises_of``, without those that somebody's move ended, which after years are most."""
    return _read(session, _of(partnership_ids).where(_newest_move().not_in(ENDING_MOVES)), now)


def has_promise_under_way() -> ColumnElement[bool]:
    """Whether a promise of ``Partnership`` was sent and no move has ended it; the clock alone may have."""
    return exists().where(
        Commitment.partnership_id == Partnership.id, _newest_move().not_in((*ENDING_MOVES, Move.DRAFT))
    )


def _newest_move() -> ScalarSelect[Move]:
    """The last move of ``Commitment`` of all, also of those that leave the promise where it was."""
    return (
        select(CommitmentMove.move)
        .where(CommitmentMove.commitment_id == Commitment.id)
        .order_by(CommitmentMove.number.desc())
        .limit(1)
        .correlate(Commitment)
        .scalar_subquery()
    )


def _of(partnership_ids: Collection[int]) -> Select[Commitment]:
    return (
        select(Commitment)
        .where(Commitment.partnership_id.in_(partnership_ids))
        .options(selectinload(Commitment.moves))
        .order_by(Commitment.id)
    )


def _read(session: Session, statement: Select[Commitment], now: datetime) -> list[Promise]:
    return [
        Promise(
            commitment_id=commitment.id,
            partnership_id=commitment.partnership_id,
            standing=standing_of_commitment(commitment, now),
        )
        for commitment in session.scalars(statement)
    ]


def record_of(promises: Collection[Promise], performer: Side) -> Record:
    """The record of the side ``performer`` over the promises of one partnership."""
    owed = [promise.standing for promise in promises if promise.standing.performer is performer]
    endings = [standing.ending for standing in owed if standing.ending is not None]
    overdue = sum(standing.state is State.OVERDUE for standing in owed)
    on_time, due = on_time_rate(endings, overdue)
    return Record(
        kept=sum(ending in KEPT_IN_TIME for ending in endings),
        late=endings.count(Ending.KEPT_LATE),
        unconfirmed=endings.count(Ending.KEPT_UNCONFIRMED),
        broken=sum(ending in WORD_BROKEN for ending in endings),
        overdue=overdue,
        open=sum(standing.is_open for standing in owed),
        disputed=sum(standing.state is State.DISPUTED for standing in owed),
        on_time=on_time,
        due=due,
    )


def bilateral_experiences(
    promises: Collection[Promise], performer: Side, counterpart_id: int
) -> list[Experience]:
    """What the organisation ``counterpart_id`` lived through with the side ``performer`` in these partnerships."""
    return [
        _experience(promise.commitment_id, promise.standing, counterpart_id)
        for promise in promises
        if promise.standing.performer is performer and promise.standing.ending is not None
    ]


def experiences_with(session: Session, organisation_id: int, now: datetime) -> list[Experience]:
    """What all partners lived through with this organisation: its promises to others, never those inside its own
    house. Three statements.
    """
    partnerships = {
        row.id: row
        for row in session.execute(
            select(
                Partnership.id, Partnership.asking_organisation_id, Partnership.asked_organisation_id
            ).where(
                or_(
                    Partnership.asking_organisation_id == organisation_id,
                    Partnership.asked_organisation_id == organisation_id,
                ),
                Partnership.asking_organisation_id != Partnership.asked_organisation_id,
            )
        )
    }
    experiences = []
    for promise in promises_of(session, partnerships.keys(), now):
        row = partnerships[promise.partnership_id]
        is_asking = row.asking_organisation_id == organisation_id
        performer = Side.ASKING if is_asking else Side.ASKED
        counterpart_id = row.asked_organisation_id if is_asking else row.asking_organisation_id
        experiences += bilateral_experiences([promise], performer, counterpart_id)
    return experiences


def _experience(commitment_id: int, standing: Standing, counterpart_id: int) -> Experience:
    assert standing.ending is not None
    assert standing.ended_at is not None
    return Experience(
        commitment_id=commitment_id,
        counterpart_id=counterpart_id,
        ending=standing.ending,
        importance=standing.terms.importance,
        ended_at=standing.ended_at,
    )

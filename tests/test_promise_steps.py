"""What promises ask of each side, asked in SQL, against the rule that derives it from the moves one by one."""

from datetime import date, datetime
from random import Random

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.base import UtcDateTime, utc_now
from models.commitment import Commitment, Ending, Move
from models.commitment_rules import add_move, moves_open_to, refusal_of, standing_of_commitment
from models.commitment_standing import SILENCE, State, Step, Terms
from models.database import begin_write
from models.promise_steps import (
    HeldTerms,
    LastMove,
    due_of_kind,
    has_held_terms,
    is_last_move,
    kind_asked_of,
    step_of_promise,
)
from models.promises import promises_of, promises_under_way
from models.side import Side
from models.step_kind import ABOUT_PROMISES, StepKind
from tests.cards import DAY
from tests.partnering import add_partnership
from tests.world import build_world

GIVING_UP = {Move.WITHDRAW, Move.DECLINE, Move.REVOKE, Move.RELEASE}
WALKS = 400
MOST_MOVES = 14
DAYS_ASKED = (1, 5, 10, 20, 35, 60, 100, 300)
# The id, what is asked, when it is due, and the terms that hold: what, by which day.
Asked = tuple[int, str, datetime | None, str | None, date | None]


def test_sql_asks_of_each_side_what_the_rule_derives_whatever_was_done(either_session: Session) -> None:
    session = either_session
    world = build_world(session)
    partnership_id = add_partnership(session, world).partnership
    begin_write(session)
    random, start = Random(11), utc_now()
    people = {Side.ASKING: world.people["max"], Side.ASKED: world.people["dora"]}
    walks = [_walk(random, partnership_id, people, start) for _ in range(WALKS)]
    session.add_all(walks)
    session.flush()
    seen: set[str] = set()
    with_steps: set[int] = set()
    for days in DAYS_ASKED:
        now = start + days * DAY
        over = [commitment for commitment in walks if commitment.moves[-1].made_at <= now]
        for side in Side:
            asked = _asked_by_the_rule(over, side, now)
            assert _asked_in_sql(session, [each.id for each in over], side, now) == asked
            seen |= {kind for _, kind, *_ in asked}
            with_steps |= {key for key, *_ in asked}
        seen |= {standing_of_commitment(each, now).state for each in over}
    assert seen >= ABOUT_PROMISES | {State.EXPIRED, State.KEPT, State.BROKEN}
    every, under_way = (
        {promise.commitment_id for promise in read(session, [partnership_id], now)}
        for read in (promises_of, promises_under_way)
    )
    assert with_steps <= under_way < every


@pytest.mark.parametrize(
    ("disputes", "asked_on", "is_asked"),
    [
        ([], 13, True),
        ([], 15, False),
        # While it is disputed nobody is silent.
        ([(10, 20)], 30, True),
        ([(10, 20), (30, 31)], 40, True),
        ([(10, 20)], 35, False),
        # What silence had kept is kept, whatever is said about it afterwards.
        ([(15, 16)], 17, False),
        ([(10, 20), (35, 36)], 37, False),
    ],
)
def test_a_delivery_waits_for_a_word_until_silence_keeps_it(
    either_session: Session, disputes: list[tuple[int, int]], asked_on: int, is_asked: bool
) -> None:
    session = either_session
    world = build_world(session)
    ids = add_partnership(session, world)
    begin_write(session)
    promise = session.get_one(Commitment, ids.promise)
    delivered_at, max_id = utc_now(), world.people["max"]
    add_move(promise, Step(Move.DELIVER, Side.ASKING, max_id, delivered_at, "Sent."))
    for begun, ended in disputes:
        for move, days in ((Move.DISPUTE, begun), (Move.END_DISPUTE, ended)):
            add_move(promise, Step(move, Side.ASKING, max_id, delivered_at + days * DAY, "A sentence."))
    session.flush()
    now = delivered_at + asked_on * DAY
    asked = _asked_by_the_rule([promise], Side.ASKED, now)
    assert [kind for _, kind, *_ in asked] == ([StepKind.DELIVERY] if is_asked else [])
    assert _asked_in_sql(session, [promise.id], Side.ASKED, now) == asked


def _asked_by_the_rule(commitments: list[Commitment], side: Side, now: datetime) -> set[Asked]:
    asked: set[Asked] = set()
    for commitment in commitments:
        standing = standing_of_commitment(commitment, now)
        step = step_of_promise(standing, side)
        if step is not None:
            asked.add((commitment.id, step.kind, step.due_at, standing.terms.what, standing.terms.due_on))
    return asked


def _asked_in_sql(session: Session, ids: list[int], side: Side, now: datetime) -> set[Asked]:
    moments = (bindparam(None, at, type_=UtcDateTime()) for at in (now, now - SILENCE))
    kind = kind_asked_of(side, *moments)
    rows = session.execute(
        select(Commitment.id, kind, due_of_kind(kind), HeldTerms.what, HeldTerms.due_on)
        .select_from(Commitment)
        .join(LastMove, is_last_move())
        .join(HeldTerms, has_held_terms())
        .where(Commitment.id.in_(ids), kind.is_not(None))
    )
    return {(row[0], row[1], row[2], row[3], row[4]) for row in rows}


def _walk(random: Random, partnership_id: int, people: dict[Side, int], start: datetime) -> Commitment:
    """A promise about which the two sides make moves that the rules allow, one after the other."""
    commitment = Commitment(partnership_id=partnership_id, performer_side=random.choice(list(Side)))
    author, at = random.choice(list(Side)), start
    for move in (Move.DRAFT, Move.SEND):
        add_move(commitment, _step(random, move, author, people, at))
    for _number in range(random.randrange(MOST_MOVES)):
        # Now and then for so long that silence keeps what was delivered.
        at += random.choice((1, 1, 1, 3)) * random.uniform(0.1, 10) * DAY
        side = random.choice(list(Side))
        standing = standing_of_commitment(commitment, at)
        possible = moves_open_to(standing, side, people[side], at)
        if not possible:
            continue
        # Most are taken up again, so that promises live long enough for everything to happen to them.
        weights = [1 if move in GIVING_UP else 8 for move in possible]
        step = _step(random, random.choices(possible, weights)[0], side, people, at)
        if refusal_of(standing, step) is None:
            add_move(commitment, step)
    return commitment


def _step(random: Random, move: Move, side: Side, people: dict[Side, int], at: datetime) -> Step:
    due_at = at + random.uniform(5, 30) * DAY
    terms = Terms(
        what=f"Promise {random.randrange(1_000_000)}",
        due_on=due_at.date(),
        due_at=due_at,
        condition=random.choice(("", "once you have sent the cells")),
        importance=1,
    )
    return Step(
        move=move,
        side=side,
        person_id=people[side],
        at=at,
        text="A sentence.",
        terms=terms if move in {Move.DRAFT, Move.COUNTER, Move.ASK_CHANGE} else None,
        until=at + random.uniform(1, 30) * DAY if move is Move.DEFER else None,
        settles_as=Ending.KEPT_LATE if move is Move.PROPOSE_SETTLEMENT else None,
    )

"""The state machine of commitments, row by row, and that nothing but moves and the clock decides where one stands."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from models.commitment import Ending, Move
from models.commitment_rules import NOT_DISPUTABLE, Refusal, moves_open_to, refusal_of, standing_of
from models.commitment_standing import State, Step, after, at
from models.side import Side
from tests.negotiated import (
    AGREED,
    ANNA,
    DAY,
    DELIVERED,
    OFFERED,
    PERSON,
    START,
    TERMS,
    THEM,
    US,
    stands,
    step,
)

# History, the next move, and the state that it leads to: a row of the table each.
ROWS = [
    ([OFFERED[0]], step(Move.SEND, US, 1), State.PROPOSED),
    ([OFFERED[0]], step(Move.DRAFT, US, 1), State.DRAFT),
    ([OFFERED[0]], step(Move.WITHDRAW, US, 1), State.WITHDRAWN),
    (OFFERED, step(Move.PROMISE, THEM, 1), State.AGREED),
    (OFFERED, step(Move.COUNTER, THEM, 1), State.COUNTERED),
    (OFFERED, step(Move.DECLINE, THEM, 1), State.DECLINED),
    (OFFERED, step(Move.DEFER, THEM, 1), State.DEFERRED),
    (OFFERED, step(Move.WITHDRAW, US, 1), State.WITHDRAWN),
    ([*OFFERED, step(Move.DEFER, THEM, 1)], step(Move.PROMISE, THEM, 2), State.AGREED),
    ([*OFFERED, step(Move.COUNTER, THEM, 1)], step(Move.ACCEPT, US, 2), State.AGREED),
    ([*OFFERED, step(Move.COUNTER, THEM, 1)], step(Move.COUNTER, US, 2), State.COUNTERED),
    ([*OFFERED, step(Move.COUNTER, THEM, 1)], step(Move.DECLINE, US, 2), State.DECLINED),
    (AGREED, step(Move.DELIVER, US, 5), State.DELIVERED),
    (AGREED, step(Move.ASK_CHANGE, US, 5), State.CHANGE_ASKED),
    (AGREED, step(Move.REVOKE, US, 5), State.REVOKED),
    (AGREED, step(Move.RELEASE, THEM, 5), State.RELEASED),
    ([*AGREED, step(Move.ASK_CHANGE, US, 5)], step(Move.AGREE_CHANGE, THEM, 6), State.AGREED),
    ([*AGREED, step(Move.ASK_CHANGE, US, 5)], step(Move.REFUSE_CHANGE, THEM, 6), State.AGREED),
    ([*AGREED, step(Move.ASK_CHANGE, US, 5)], step(Move.DELIVER, US, 6), State.DELIVERED),
    (DELIVERED, step(Move.SATISFIED, THEM, 11), State.KEPT),
    (DELIVERED, step(Move.NOT_SATISFIED, THEM, 11), State.AGREED),
    (AGREED, step(Move.MARK_BROKEN, THEM, 45), State.BROKEN),
    (AGREED, step(Move.DISPUTE, THEM, 5), State.DISPUTED),
    (AGREED, step(Move.DISPUTE, US, 5), State.DISPUTED),
]


def row_name(value: object) -> str:
    if isinstance(value, Step):
        return value.move.value
    return value.value if isinstance(value, State) else ""


@pytest.mark.parametrize(("history", "move", "leads_to"), ROWS, ids=row_name)
def test_a_move_leads_where_the_table_says(history: list[Step], move: Step, leads_to: State) -> None:
    before = standing_of(history, US, move.at)
    assert refusal_of(before, move) is None
    assert move.move in moves_open_to(before, move.side, move.person_id, move.at)
    assert after(before, move).state is leads_to


@pytest.mark.parametrize(("history", "move", "leads_to"), ROWS, ids=row_name)
def test_only_the_side_of_the_table_may_make_the_move(
    history: list[Step], move: Step, leads_to: State
) -> None:
    before = standing_of(history, US, move.at)
    wrong = replace(move, side=move.side.other, person_id=PERSON[move.side.other])
    if move.move is Move.DISPUTE:
        assert refusal_of(before, wrong) is None
    else:
        assert refusal_of(before, wrong) is Refusal.OTHER_SIDES_MOVE
        assert move.move not in moves_open_to(before, wrong.side, wrong.person_id, wrong.at)


def test_completing_needs_a_comment_and_a_weighty_promise_needs_evidence() -> None:
    silent = replace(step(Move.DELIVER, US, 5), text=" ")
    assert refusal_of(stands(AGREED, 5), silent) is Refusal.COMMENT_MISSING
    heavy = [step(Move.DRAFT, US, 0, replace(TERMS, importance=3)), *AGREED[1:]]
    bare = replace(step(Move.DELIVER, US, 5), evidence="")
    assert refusal_of(stands(AGREED, 5), bare) is None
    assert refusal_of(stands(heavy, 5), bare) is Refusal.EVIDENCE_MISSING


def test_nobody_confirms_their_own_delivery_even_if_they_sit_on_both_sides() -> None:
    own = replace(step(Move.SATISFIED, THEM, 11), person_id=ANNA)
    assert refusal_of(stands(DELIVERED, 11), own) is Refusal.SAME_PERSON
    assert Move.SATISFIED not in moves_open_to(stands(DELIVERED, 11), THEM, ANNA, own.at)
    promised = replace(step(Move.PROMISE, THEM, 1), person_id=ANNA)
    assert refusal_of(stands(OFFERED, 1), promised) is Refusal.SAME_PERSON


def test_nothing_is_agreed_for_a_day_that_has_passed() -> None:
    late = step(Move.PROMISE, THEM, 31)
    assert refusal_of(stands(OFFERED, 31), late) is Refusal.DATE_PASSED
    assert refusal_of(stands([OFFERED[0]], 31), step(Move.SEND, US, 31)) is Refusal.DATE_PASSED
    assert refusal_of(stands(OFFERED, 1), replace(step(Move.COUNTER, THEM, 31))) is Refusal.DATE_PASSED


def test_a_draft_that_was_thrown_away_cannot_be_disputed() -> None:
    drafted = [OFFERED[0], step(Move.WITHDRAW, US, 1)]
    before = standing_of(drafted, US, START + 2 * DAY)
    for side in Side:
        assert refusal_of(before, step(Move.DISPUTE, side, 2)) is Refusal.NOT_NOW


def test_every_sent_state_can_be_disputed_by_either_side() -> None:
    for history, move, _state in ROWS:
        standing = after(standing_of(history, US, move.at), move)
        for side in Side:
            raised = replace(step(Move.DISPUTE, side, 0), at=move.at + DAY)
            is_disputable = standing.was_sent and standing.state not in NOT_DISPUTABLE
            assert refusal_of(standing, raised) is (None if is_disputable else Refusal.NOT_NOW)


def test_a_history_that_the_rules_forbid_is_an_error() -> None:
    with pytest.raises(ValueError, match="begins with a draft"):
        standing_of([], US, START)
    with pytest.raises(ValueError, match="satisfied cannot follow in state agreed"):
        standing_of([*AGREED, step(Move.SATISFIED, THEM, 5)], US, START + 6 * DAY)


def test_whoever_promises_does_it_unless_the_side_names_somebody() -> None:
    requested = [step(Move.DRAFT, THEM, 0), step(Move.SEND, THEM, 0)]
    assert stands(requested, 1).responsible_id is None
    assert stands([*requested, step(Move.PROMISE, US, 1)], 2).responsible_id == ANNA
    named = replace(step(Move.PROMISE, US, 1), responsible_id=7)
    assert stands([*requested, named], 2).responsible_id == 7


@settings(max_examples=300, deadline=None)
@given(
    choices=some.lists(
        some.tuples(some.integers(0, 40), some.floats(0.01, 20), some.sampled_from(list(Side))), max_size=14
    ),
    performer=some.sampled_from(list(Side)),
    days_later=some.floats(0, 100),
)
def test_random_walks_keep_the_rules(
    choices: list[tuple[int, float, Side]], performer: Side, days_later: float
) -> None:
    """Whatever people do, one move at a time: the fold agrees with itself, and the record alone decides."""
    steps = [step(Move.DRAFT, US, 0), step(Move.SEND, US, 0)]
    day = 0.0
    for choice, days, side in choices:
        day += days
        standing = stands(steps, day, performer)
        possible = moves_open_to(standing, side, PERSON[side], START + day * DAY)
        if not possible:
            continue
        soon = replace(TERMS, due_at=START + (day + 10) * DAY, importance=2)
        move = possible[choice % len(possible)]
        terms = soon if move in {Move.DRAFT, Move.COUNTER, Move.ASK_CHANGE} else None
        chosen = step(move, side, day, terms)
        if refusal_of(standing, chosen) is not None:
            continue
        steps.append(chosen)
        assert at(after(standing, chosen), chosen.at) == standing_of(steps, performer, chosen.at)
    moment = START + (day + days_later) * DAY
    standing = standing_of(steps, performer, moment)
    assert standing == standing_of(list(steps), performer, moment)
    assert (standing.ending is None) == (standing.ended_at is None)
    assert standing.ended_at is None or standing.ended_at <= moment
    if standing.ending is Ending.KEPT_ON_TIME and standing.settlement is None:
        satisfied = [each for each in steps if each.move is Move.SATISFIED]
        assert satisfied
        assert satisfied[-1].side is performer.other
    if standing.is_open:
        assert any(each.move in {Move.PROMISE, Move.ACCEPT} for each in steps)

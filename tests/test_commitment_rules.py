"""The state machine of commitments, row by row, and that nothing but moves and the clock decides where one stands."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from models.commitment import Ending, Move
from models.commitment_rules import (
    GRACE,
    NOT_DISPUTABLE,
    Refusal,
    moves_open_to,
    refusal_of,
    standing_of,
)
from models.commitment_standing import SILENCE, Standing, State, Step, Terms, after, at
from models.side import Side

US, THEM = Side.ASKING, Side.ASKED
ANNA, BEN = 1, 2
PERSON = {US: ANNA, THEM: BEN}
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms(what="Send the cell data", due_on=date(2026, 3, 31), due_at=DUE, condition="", importance=1)
LATER = replace(TERMS, due_on=date(2026, 4, 30), due_at=DUE + 30 * DAY)


def step(move: Move, side: Side, day: float, terms: Terms | None = None, text: str = "A sentence.") -> Step:
    """A move with everything that its kind may need, ``day`` days after the start."""
    if terms is None and move in {Move.DRAFT, Move.COUNTER}:
        terms = TERMS
    if terms is None and move is Move.ASK_CHANGE:
        terms = LATER
    return Step(
        move=move,
        side=side,
        person_id=PERSON[side],
        at=START + day * DAY,
        text=text,
        evidence="https://data.example/cells",
        terms=terms,
        until=START + (day + 5) * DAY if move is Move.DEFER else None,
        settles_as=Ending.KEPT_LATE if move is Move.PROPOSE_SETTLEMENT else None,
    )


# We offer: we perform, they are the customer.
OFFERED = [step(Move.DRAFT, US, 0), step(Move.SEND, US, 0)]
AGREED = [*OFFERED, step(Move.PROMISE, THEM, 1)]
DELIVERED = [*AGREED, step(Move.DELIVER, US, 10)]


def stands(steps: list[Step], day: float, performer: Side = US) -> Standing:
    return standing_of(steps, performer, START + day * DAY)


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


def test_a_promise_is_overdue_the_moment_its_day_is_over() -> None:
    standing = standing_of(AGREED, US, DUE - timedelta(seconds=1))
    assert standing.state is State.AGREED
    assert at(standing, DUE).state is State.OVERDUE
    assert standing_of(AGREED, US, DUE).turn is US


def test_a_promise_can_be_called_broken_only_after_the_grace() -> None:
    overdue = standing_of(AGREED, US, DUE)
    early = replace(step(Move.MARK_BROKEN, THEM, 0), at=DUE + GRACE - timedelta(seconds=1))
    assert refusal_of(overdue, early) is Refusal.GRACE_RUNS
    broken = after(overdue, replace(early, at=DUE + GRACE))
    assert (broken.state, broken.ending) == (State.BROKEN, Ending.BROKEN)
    assert (
        refusal_of(standing_of(AGREED, US, START + 5 * DAY), replace(early, at=START + 5 * DAY))
        is Refusal.NOT_NOW
    )


@pytest.mark.parametrize(("day", "ending"), [(29, Ending.KEPT_ON_TIME), (31, Ending.KEPT_LATE)])
def test_on_time_or_late_is_told_by_the_delivery_and_not_by_the_answer(day: int, ending: Ending) -> None:
    steps = [*AGREED, step(Move.DELIVER, US, day), step(Move.SATISFIED, THEM, 40)]
    assert stands(steps, 41).ending is ending


def test_silence_keeps_a_delivery_unconfirmed_and_a_late_word_confirms_it() -> None:
    delivered = DELIVERED[-1].at
    assert standing_of(DELIVERED, US, delivered + SILENCE - timedelta(seconds=1)).state is State.DELIVERED
    silent = standing_of(DELIVERED, US, delivered + SILENCE)
    assert (silent.state, silent.ending) == (State.KEPT, Ending.KEPT_UNCONFIRMED)
    confirmed = after(silent, replace(step(Move.SATISFIED, THEM, 0), at=delivered + SILENCE + DAY))
    assert confirmed.ending is Ending.KEPT_ON_TIME
    again = replace(step(Move.SATISFIED, THEM, 0), at=delivered + SILENCE + 2 * DAY)
    assert refusal_of(confirmed, again) is Refusal.NOT_NOW
    too_late = replace(step(Move.NOT_SATISFIED, THEM, 0), at=delivered + SILENCE)
    assert refusal_of(silent, too_late) is Refusal.NOT_NOW


def test_a_returned_delivery_is_owed_again_and_its_new_delivery_counts() -> None:
    returned = [*DELIVERED, step(Move.NOT_SATISFIED, THEM, 12)]
    standing = stands(returned, 13)
    assert standing.state is State.AGREED
    assert standing.was_returned
    again = [*returned, step(Move.DELIVER, US, 35), step(Move.SATISFIED, THEM, 36)]
    assert stands(again, 37).ending is Ending.KEPT_LATE


def test_a_change_agreed_in_time_is_a_renegotiation_and_moves_the_day() -> None:
    changed = [*AGREED, step(Move.ASK_CHANGE, US, 20), step(Move.AGREE_CHANGE, THEM, 21)]
    assert stands(changed, 35).state is State.AGREED
    kept = [*changed, step(Move.DELIVER, US, 40), step(Move.SATISFIED, THEM, 41)]
    assert stands(kept, 42).ending is Ending.KEPT_RENEGOTIATED


def test_a_change_asked_for_too_late_stays_late() -> None:
    changed = [*AGREED, step(Move.ASK_CHANGE, US, 33), step(Move.AGREE_CHANGE, THEM, 34)]
    kept = [*changed, step(Move.DELIVER, US, 40), step(Move.SATISFIED, THEM, 41)]
    assert stands(kept, 42).ending is Ending.KEPT_LATE


def test_a_refused_change_leaves_the_old_day() -> None:
    refused = [*AGREED, step(Move.ASK_CHANGE, US, 20), step(Move.REFUSE_CHANGE, THEM, 21)]
    assert stands(refused, 22).terms == TERMS
    assert stands(refused, 31).state is State.OVERDUE


def test_a_change_cannot_make_a_promise_weigh_less_or_drop_its_condition() -> None:
    heavy = replace(TERMS, importance=3, condition="once you send the cells")
    light = replace(LATER, importance=1, condition="")
    steps = [
        step(Move.DRAFT, US, 0, heavy),
        *AGREED[1:],
        step(Move.ASK_CHANGE, US, 5, light),
        step(Move.AGREE_CHANGE, THEM, 6),
    ]
    terms = stands(steps, 7).terms
    assert (terms.importance, terms.condition, terms.due_at) == (3, "once you send the cells", LATER.due_at)


def test_a_promise_under_a_condition_that_never_holds_expires_and_counts_for_nobody() -> None:
    terms = replace(TERMS, condition="once you send the cells")
    steps = [step(Move.DRAFT, US, 0, terms), *AGREED[1:]]
    assert standing_of(steps, US, DUE + DAY).ending is Ending.EXPIRED
    held = [*steps, step(Move.CONDITION_MET, THEM, 5)]
    assert standing_of(held, US, DUE + DAY).state is State.OVERDUE
    twice = step(Move.CONDITION_MET, US, 6)
    assert refusal_of(stands(held, 6), twice) is Refusal.NO_CONDITION
    assert refusal_of(stands(AGREED, 6), twice) is Refusal.NO_CONDITION


@pytest.mark.parametrize(("day", "ending"), [(5, Ending.REVOKED_IN_TIME), (31, Ending.REVOKED_LATE)])
def test_taking_a_promise_back_is_told_apart_by_its_day(day: int, ending: Ending) -> None:
    assert stands([*AGREED, step(Move.REVOKE, US, day)], 50).ending is ending


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


def test_a_deferred_request_comes_back_on_its_day() -> None:
    steps = [*OFFERED, step(Move.DEFER, THEM, 1)]
    assert stands(steps, 5).turn is None
    assert (stands(steps, 6).state, stands(steps, 6).turn) == (State.PROPOSED, THEM)


def test_a_dispute_leaves_the_count_until_both_settle_it() -> None:
    broken = [*AGREED, step(Move.MARK_BROKEN, THEM, 45), step(Move.DISPUTE, US, 46)]
    standing = stands(broken, 47)
    assert (standing.state, standing.ending, standing.turn) == (State.DISPUTED, None, None)
    proposed = [*broken, step(Move.PROPOSE_SETTLEMENT, US, 48)]
    own = step(Move.ACCEPT_SETTLEMENT, US, 49)
    assert refusal_of(stands(proposed, 49), own) is Refusal.OTHER_SIDES_MOVE
    settled = stands([*proposed, step(Move.ACCEPT_SETTLEMENT, THEM, 49)], 50)
    assert (settled.state, settled.ending) == (State.KEPT, Ending.KEPT_LATE)


def test_a_dispute_that_is_taken_back_leads_to_where_it_began() -> None:
    broken = [*AGREED, step(Move.MARK_BROKEN, THEM, 45), step(Move.DISPUTE, US, 46)]
    assert refusal_of(stands(broken, 47), step(Move.END_DISPUTE, THEM, 47)) is Refusal.OTHER_SIDES_MOVE
    assert stands([*broken, step(Move.END_DISPUTE, US, 47)], 48).ending is Ending.BROKEN


def test_every_sent_state_can_be_disputed_by_either_side() -> None:
    for history, move, _state in ROWS:
        standing = after(standing_of(history, US, move.at), move)
        for side in Side:
            raised = replace(step(Move.DISPUTE, side, 0), at=move.at + DAY)
            expected = Refusal.NOT_NOW if standing.state in NOT_DISPUTABLE else None
            assert refusal_of(standing, raised) is expected


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

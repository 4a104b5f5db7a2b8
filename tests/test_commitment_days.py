"""What days, silence, changes and disputes make of a commitment, and how it counts in the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.commitment import Ending, Move
from models.commitment_rules import GRACE, Refusal, refusal_of, standing_of
from models.commitment_standing import SILENCE, State, after, at
from tests.negotiated import (
    AGREED,
    DAY,
    DELIVERED,
    DUE,
    LATER,
    OFFERED,
    START,
    TERMS,
    THEM,
    US,
    stands,
    step,
)


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

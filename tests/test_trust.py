"""Trust from kept promises: the oracle of the formulas, the weights, and the words it allows."""

from datetime import UTC, datetime, timedelta

import pytest

from models.commitment import Ending
from models.trust import (
    CURRENT_WEIGHTS,
    WEIGHTS,
    Experience,
    Verdict,
    age_weight,
    certainty,
    expectation,
    on_time_rate,
    trust_of,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)

# r, s, E and c, computed apart from this code.
ORACLE = [
    (0, 0, 0.5000, 0.0000),
    (1, 0, 0.6667, 0.2500),
    (1, 1, 0.5000, 0.1924),
    (3, 0, 0.8000, 0.4725),
    (4, 1, 0.7143, 0.4094),
    (8, 2, 0.7500, 0.5216),
    (16, 4, 0.7727, 0.6233),
    (5, 5, 0.5000, 0.4452),
    (9, 1, 0.8333, 0.5964),
    (10, 0, 0.9167, 0.7153),
    (20, 0, 0.9545, 0.8179),
]


def experience(ending: Ending, days_ago: float = 0, counterpart: int = 1, importance: int = 1) -> Experience:
    return Experience(
        commitment_id=1,
        counterpart_id=counterpart,
        ending=ending,
        importance=importance,
        ended_at=NOW - timedelta(days=days_ago),
    )


@pytest.mark.parametrize(("positive", "negative", "mean", "sure"), ORACLE)
def test_expectation_and_certainty_are_those_of_the_oracle(
    positive: float, negative: float, mean: float, sure: float
) -> None:
    assert expectation(positive, negative) == pytest.approx(mean, abs=5e-5)
    assert certainty(positive, negative) == pytest.approx(sure, abs=5e-4)
    assert certainty(negative, positive) == pytest.approx(sure, abs=5e-4)


def test_certainty_rises_with_evidence_and_falls_with_conflict() -> None:
    assert certainty(2, 0.5) < certainty(4, 1) < certainty(8, 2) < certainty(80, 20)
    assert certainty(5, 5) < certainty(7, 3) < certainty(9, 1) < certainty(10, 0)


def test_a_promise_of_a_year_ago_weighs_a_half_and_of_two_years_a_quarter() -> None:
    assert age_weight(NOW, NOW) == 1.0
    assert age_weight(NOW - timedelta(days=365), NOW) == pytest.approx(0.5)
    assert age_weight(NOW - timedelta(days=730), NOW) == pytest.approx(0.25)
    assert age_weight(NOW + timedelta(days=1), NOW) == 1.0


@pytest.mark.parametrize(
    ("ending", "positive", "negative"),
    [
        (Ending.KEPT_ON_TIME, 1, 0),
        (Ending.KEPT_LATE, 0.5, 0.25),
        (Ending.KEPT_UNCONFIRMED, 0.3, 0),
        (Ending.KEPT_RENEGOTIATED, 0.8, 0),
        (Ending.BROKEN, 0, 1),
        (Ending.REVOKED_IN_TIME, 0, 0.3),
        (Ending.REVOKED_LATE, 0, 1),
        (Ending.RELEASED, 0, 0),
        (Ending.EXPIRED, 0, 0),
    ],
)
def test_each_ending_weighs_what_the_table_says(ending: Ending, positive: float, negative: float) -> None:
    trust = trust_of([experience(ending)], NOW)
    assert (trust.positive, trust.negative) == (positive, negative)
    heavy = trust_of([experience(ending, importance=3)], NOW)
    assert heavy.positive == pytest.approx(3 * positive)
    assert heavy.negative == pytest.approx(3 * negative)


def test_keeping_one_more_promise_raises_the_figure_and_its_certainty() -> None:
    before = trust_of([experience(Ending.KEPT_ON_TIME)] * 3, NOW)
    now = trust_of([experience(Ending.KEPT_ON_TIME)] * 4, NOW)
    assert now.expectation > before.expectation
    assert now.certainty > before.certainty


def test_one_counterpart_alone_cannot_make_a_reputation() -> None:
    friends = [experience(Ending.KEPT_ON_TIME, importance=3) for _ in range(100)]
    capped = trust_of(friends, NOW)
    assert capped.positive == pytest.approx(CURRENT_WEIGHTS.counterpart_cap)
    assert trust_of(friends, NOW, is_capped=False).positive == pytest.approx(300)
    many = [experience(Ending.KEPT_ON_TIME, counterpart=number) for number in range(12)]
    assert trust_of(many, NOW).certainty > capped.certainty


def test_the_cap_keeps_the_proportion_of_good_and_bad() -> None:
    mixed = [experience(Ending.KEPT_ON_TIME)] * 30 + [experience(Ending.BROKEN)] * 10
    trust = trust_of(mixed, NOW)
    assert trust.positive == pytest.approx(3 * trust.negative)


def test_a_newcomer_is_unknown_and_not_bad() -> None:
    nobody = trust_of([], NOW)
    assert (nobody.verdict, nobody.expectation) == (Verdict.UNKNOWN, 0.5)
    assert nobody.certainty == pytest.approx(0)
    assert trust_of([experience(Ending.BROKEN)], NOW).verdict is Verdict.UNKNOWN
    assert trust_of([experience(Ending.RELEASED)] * 30, NOW).verdict is Verdict.UNKNOWN


def test_the_verdict_follows_kept_promises() -> None:
    kept, broken = experience(Ending.KEPT_ON_TIME), experience(Ending.BROKEN)
    assert trust_of([kept] * 5, NOW).verdict is Verdict.RELIABLE
    assert trust_of([kept] * 6 + [broken] * 4, NOW, is_capped=False).verdict is Verdict.MIXED
    assert trust_of([kept] + [broken] * 5, NOW).verdict is Verdict.UNRELIABLE


def test_the_counts_behind_the_words() -> None:
    trust = trust_of(
        [
            *[experience(Ending.KEPT_ON_TIME, counterpart=number, days_ago=500) for number in range(4)],
            experience(Ending.KEPT_RENEGOTIATED),
            experience(Ending.KEPT_LATE),
            experience(Ending.REVOKED_LATE),
            experience(Ending.REVOKED_IN_TIME),
            experience(Ending.KEPT_UNCONFIRMED),
            experience(Ending.EXPIRED, counterpart=99, days_ago=9_000),
        ],
        NOW,
    )
    assert (trust.kept, trust.late, trust.broken, trust.revoked, trust.unconfirmed) == (5, 1, 1, 1, 1)
    assert (trust.partners, trust.months) == (4, 17)


def test_the_on_time_rate_counts_what_came_due_and_what_is_overdue() -> None:
    endings = [
        Ending.KEPT_ON_TIME,
        Ending.KEPT_RENEGOTIATED,
        Ending.KEPT_LATE,
        Ending.BROKEN,
        Ending.REVOKED_LATE,
        Ending.REVOKED_IN_TIME,
        Ending.RELEASED,
        Ending.EXPIRED,
        Ending.KEPT_UNCONFIRMED,
    ]
    assert on_time_rate(endings, overdue=0) == (2, 5)
    assert on_time_rate(endings, overdue=2) == (2, 7)
    assert on_time_rate([], overdue=0) == (0, 0)


def test_every_ending_has_a_weight_or_says_nothing_on_purpose() -> None:
    for weights in WEIGHTS.values():
        silent = set(Ending) - set(weights.positive) - set(weights.negative)
        assert silent == {Ending.RELEASED, Ending.EXPIRED}

"""What the ranking learns from use: what it changes, what it refuses, and whether newcomers are still shown."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

import matching.learning_exposure
import matching.learning_trial
import matching.signals
from app import main
from matching.exposure import Exposure, gini
from matching.index import Index
from matching.learning import current_weights, remember_weights
from matching.learning_comparisons import comparisons_of
from matching.learning_episodes import Use, read_episodes
from matching.learning_fit import fit_weights
from matching.learning_pages import PastPages
from matching.learning_trial import Refusal, Trial, is_less_even, try_to_learn
from matching.signals import DEFAULT_WEIGHTS, Numbers, SignalWeights
from models.audit import AuditEntry
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.dismissal import Dismissal, DismissalReason
from models.introduction import Introduction, IntroductionState
from models.post import Post
from models.ranking_weights import RankingWeights
from tests.learned_use import (
    COMPANIES,
    NEWCOMERS,
    TWINS,
    UNIVERSITIES,
    Choice,
    at_random,
    by_fit_alone,
    by_place_on_the_page,
    let_all_but_newcomers_be_known,
    moment_of,
    use_for_weeks,
    write_world,
)

LEARNED = SignalWeights(
    nearness=1.0, activity=2.0, freshness=0.5, history=0.25, reply=0.0, breadth=DEFAULT_WEIGHTS.breadth
)


WEEKS = 5


def learn(session: Session, weights: SignalWeights, *, is_taken_back: bool = False) -> None:
    begin_write(session)
    row = remember_weights(session, weights, "a test")
    row.taken_back_at = utc_now() if is_taken_back else None
    session.commit()


def test_without_learned_weights_those_of_the_program_are_in_force(either_session: Session) -> None:
    assert current_weights(either_session) == DEFAULT_WEIGHTS


def test_the_newest_learned_weights_that_were_not_taken_back_are_in_force(either_session: Session) -> None:
    learn(either_session, DEFAULT_WEIGHTS)
    learn(either_session, LEARNED)
    learn(either_session, DEFAULT_WEIGHTS, is_taken_back=True)
    assert current_weights(either_session) == LEARNED


def add_introduction(session: Session, asked: int, state: IntroductionState, day: int) -> None:
    at = datetime(2026, 1, day, tzinfo=UTC)
    session.add(
        Introduction(
            asking_organisation_id=1, asking_unit_id=1, asked_organisation_id=asked, asked_unit_id=asked,
            asked_by_id=1, purpose="P", state=state, created_at=at, expires_at=at,
            answered_at=None if state is IntroductionState.PROPOSED else at,
        )
    )  # fmt: skip


def add_dismissal(session: Session, dismissed: int, reason: DismissalReason, is_undone: bool = False) -> None:
    session.add(
        Dismissal(
            organisation_id=1, unit_id=1, dismissed_id=dismissed, person_id=1, reason=reason,
            created_at=datetime(2026, 2, 1, tzinfo=UTC), undone_at=utc_now() if is_undone else None,
        )
    )  # fmt: skip


def test_only_what_speaks_of_the_fit_counts_for_or_against_it(either_session: Session) -> None:
    write_world(either_session)
    begin_write(either_session)
    add_introduction(either_session, 21, IntroductionState.ACCEPTED, 1)
    add_introduction(either_session, 22, IntroductionState.DECLINED, 2)
    add_introduction(either_session, 23, IntroductionState.EXPIRED, 3)
    add_introduction(either_session, 24, IntroductionState.WITHDRAWN, 4)
    add_introduction(either_session, 25, IntroductionState.PROPOSED, 5)
    add_dismissal(either_session, 30, DismissalReason.WRONG_FIELD)
    add_dismissal(either_session, 31, DismissalReason.ALREADY_PARTNERS)
    add_dismissal(either_session, 32, DismissalReason.NOT_NOW)
    add_dismissal(either_session, 33, DismissalReason.TOO_FAR, is_undone=True)
    either_session.commit()
    found = [(one.organisation_id, one.use) for one in read_episodes(either_session, utc_now())]
    assert found == [
        (21, Use.ANSWERED),
        (21, Use.WANTED),
        (22, Use.ANSWERED),
        (23, Use.UNANSWERED),
        (30, Use.UNWANTED),
    ]


def trial_of(session: Session, choose: Choice, weeks: int = WEEKS) -> Trial:
    index = Index()
    use_for_weeks(session, index, choose, range(weeks))
    return try_to_learn(session, index, moment_of(weeks))


def test_where_place_matters_to_nobody_its_weight_falls_and_held_out_use_gets_better(
    session: Session,
) -> None:
    write_world(session)
    trial = trial_of(session, by_fit_alone)
    assert trial.after.nearness < 0.6 * DEFAULT_WEIGHTS.nearness
    # What nobody's use tells of stays as it was.
    assert trial.after.activity == pytest.approx(DEFAULT_WEIGHTS.activity, rel=0.05)
    assert trial.held_out is not None
    assert trial.held_out.gain.low > 0
    assert trial.refusals == ()


def test_use_at_random_teaches_nothing(session: Session) -> None:
    write_world(session)
    assert Refusal.NOT_BETTER in trial_of(session, at_random).refusals


def test_what_shows_fewer_is_refused_even_where_it_is_better(session: Session) -> None:
    # Everybody seeks nearly the same, so without places everybody is shown the same few.
    write_world(session, subjects=1)
    assert Refusal.LESS_EVEN in trial_of(session, by_fit_alone).refusals


def test_first_pages_may_become_a_little_less_even_and_no_more() -> None:
    bound = Exposure(pages=9, gini=0.30, gini_of_first=0.5, never_shown=0.10)
    assert not is_less_even(replace(bound, gini=0.34, gini_of_first=0.9, never_shown=0.11), bound)
    assert is_less_even(replace(bound, gini=0.36), bound)
    assert is_less_even(replace(bound, never_shown=0.13), bound)


def test_a_few_episodes_are_too_few(session: Session) -> None:
    write_world(session)
    trial = trial_of(session, by_fit_alone, weeks=1)
    assert trial.refusals == (Refusal.TOO_FEW,)
    assert trial.after == trial.before


def run(url: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["learn", "--database", url, *options])


@pytest.fixture
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few first pages are looked at, for the sake of time; so few tell nothing of exposure, which may then be any."""
    monkeypatch.setattr(matching.learning_exposure, "MOST_SEEKERS", 4)
    monkeypatch.setattr(matching.learning_trial, "is_less_even", lambda after, bound: False)


@pytest.mark.usefixtures("few_pages")
def test_the_command_shows_before_and_after_and_changes_nothing(session: Session, database_url: str) -> None:
    write_world(session)
    use_for_weeks(session, Index(), by_fit_alone, range(WEEKS))
    shown = run(database_url)
    assert shown.exit_code == 0, shown.output
    assert "weight of nearness" in shown.output
    assert "held-out use, right order" in shown.output
    assert "Nothing was changed. --apply" in shown.output
    assert session.scalars(select(RankingWeights)).all() == []


def test_the_command_starts_from_the_index_that_the_pages_keep(
    session: Session, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_world(session)
    begin_write(session)
    note_post_change(session, session.scalars(select(Post.id)).first() or 0)
    session.commit()
    index = Index(folder=tmp_path / "index", kept_from=1)
    use_for_weeks(session, index, by_fit_alone, range(1))
    monkeypatch.delattr(Index, "_take_in")
    shown = run(database_url)
    assert shown.exit_code == 0, shown.exception
    assert "too little to learn from" in shown.output


@pytest.mark.usefixtures("few_pages")
def test_the_command_applies_what_was_learned_and_takes_it_back(
    either_session: Session, either_database_url: str
) -> None:
    session, used_database = either_session, either_database_url
    write_world(session)
    use_for_weeks(session, Index(), by_fit_alone, range(WEEKS))
    applied = run(used_database, "--apply")
    assert applied.exit_code == 0, applied.output
    learned = current_weights(session)
    assert learned.nearness < DEFAULT_WEIGHTS.nearness
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.record_kind) == ("apply_learned_weights", "ranking_weights")
    assert entry.changes["nearness"] == [DEFAULT_WEIGHTS.nearness, learned.nearness]
    session.rollback()

    taken_back = run(used_database, "--take-back")
    assert taken_back.exit_code == 0, taken_back.output
    assert current_weights(session) == DEFAULT_WEIGHTS
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["apply_learned_weights", "take_back_learned_weights"]
    session.rollback()
    assert "No learned weights are in force" in run(used_database, "--take-back").output


def test_the_command_applies_nothing_that_it_refuses(session: Session, database_url: str) -> None:
    write_world(session)
    refused = run(database_url, "--apply")
    assert refused.exit_code == 1
    assert "0 episodes of use" in refused.output
    assert "at least 60 are needed" in refused.output
    assert session.scalars(select(RankingWeights)).all() == []


def share_of_newcomers(session: Session) -> tuple[float, float, float]:
    """Learn, rank and use in turn for some weeks, and apply whatever was learned, though a command might refuse it.

    Return how often newcomers were shown in the last two weeks for each showing of a university with the same text,
    and the Gini coefficient of universities in the first two and in the last two weeks.
    """
    write_world(session)
    let_all_but_newcomers_be_known(session)
    index, weights = Index(), DEFAULT_WEIGHTS
    rounds = []
    for start in range(0, 6, 2):
        shown = use_for_weeks(
            session, index, by_place_on_the_page, range(start, start + 2), weights, answered=0.7
        )
        rounds.append(Counter(one for page in shown for one in page))
        episodes = read_episodes(session, moment_of(start + 2))
        weights = fit_weights(comparisons_of(episodes, PastPages(session, index, weights)))
    last = rounds[-1]
    universities = range(COMPANIES + 1, COMPANIES + UNIVERSITIES + 1)
    first_gini, last_gini = (gini([counts[one] for one in universities]) for counts in (rounds[0], last))
    return (
        sum(last[one] for one in NEWCOMERS) / max(1, sum(last[one] for one in TWINS)),
        first_gini,
        last_gini,
    )


def test_a_newcomer_of_equal_fit_is_shown_as_often_after_weeks_of_learning(session: Session) -> None:
    share, first_gini, last_gini = share_of_newcomers(session)
    assert share > 0.8
    assert last_gini < first_gini + 0.05


def test_that_would_be_seen_if_the_unknown_counted_as_bad(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def above(neutral: float, signal: Numbers) -> Numbers:
        known: Numbers = np.nan_to_num(signal, nan=0.0) - np.float32(neutral)
        return known

    monkeypatch.setattr(matching.signals, "_above", above)
    assert share_of_newcomers(session)[0] < 0.8

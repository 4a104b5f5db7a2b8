"""Who is compared with whom, and that nothing is known of a day before it came."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy.orm import Session

from matching.index import Index
from matching.learning_comparisons import comparisons_of
from matching.learning_episodes import Episode, Use
from matching.learning_pages import Page, PastPages
from matching.signals import DEFAULT_WEIGHTS
from tests.learned_use import by_fit_alone, moment_of, use_for_weeks, write_world

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class OnePage(PastPages):
    """Everybody was shown organisations 1 to 4, whose fits and replies fall from 4 to 1."""

    def __init__(self) -> None:
        falling = np.array([4.0, 3.0, 2.0, 1.0])
        self.only = Page((1, 2, 3, 4), falling, np.column_stack([np.zeros((4, 4)), falling / 10]))

    def page(self, unit_id: int, moment: datetime) -> Page:
        return self.only


def episode(organisation_id: int, use: Use, worth: float = 1.0, seeker_id: int = 9, day: int = 1) -> Episode:
    return Episode(seeker_id, seeker_id, organisation_id, DAY.replace(day=day), use, worth)


def test_what_was_wanted_is_compared_with_what_stood_beside_it_and_was_left() -> None:
    made = comparisons_of([episode(2, Use.WANTED), episode(3, Use.WANTED)], OnePage())
    # Each of the two with 1 and 4, and not with one another.
    assert made.fits.tolist() == [-1.0, 2.0, -2.0, 1.0]
    assert made.tells_order.all()
    assert made.worths.sum() == pytest.approx(2.0)


def test_what_was_unwanted_comes_after_all_that_stood_beside_it() -> None:
    made = comparisons_of([episode(1, Use.UNWANTED)], OnePage())
    assert made.fits.tolist() == [-1.0, -2.0, -3.0]


def test_what_was_wanted_far_down_counts_for_more_because_it_is_seen_less() -> None:
    made = comparisons_of([episode(1, Use.WANTED), episode(4, Use.WANTED, seeker_id=8)], OnePage())
    first, last = (made.worths[made.seekers == seeker].sum() for seeker in (9, 8))
    assert last / first == pytest.approx(2.0)


def test_whoever_was_not_on_the_page_is_compared_with_nobody() -> None:
    assert len(comparisons_of([episode(77, Use.WANTED)], OnePage())) == 0


def test_silence_tells_only_of_replies() -> None:
    made = comparisons_of([episode(1, Use.ANSWERED), episode(3, Use.UNANSWERED, day=2)], OnePage())
    assert made.fits.tolist() == [0.0]
    assert made.signals[0].tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.2])
    assert not made.tells_order.any()


def test_a_busy_organisation_does_not_decide_for_everybody() -> None:
    busy = [episode(1 + number % 2, Use.WANTED, day=1 + number % 28, seeker_id=9) for number in range(28)]
    made = comparisons_of([*busy, episode(4, Use.WANTED, seeker_id=8)], OnePage())
    of_busy = made.worths[made.seekers == 9].sum() / 28
    of_other = made.worths[made.seekers == 8].sum()
    # Half of the busy one's were wanted in the first place (1), half in the second (√2); the other's in the fourth (2).
    assert of_busy / of_other == pytest.approx(20 / 28 * (1 + 2**0.5) / 2 / 2)


def test_use_that_came_later_changes_nothing_of_an_earlier_page(session: Session) -> None:
    write_world(session)
    index, moment = Index(), moment_of(0)
    before = PastPages(session, index, DEFAULT_WEIGHTS).page(1, moment)
    use_for_weeks(session, index, by_fit_alone, range(4), answered=0.5)
    after = PastPages(session, index, DEFAULT_WEIGHTS).page(1, moment)
    assert after.organisation_ids == before.organisation_ids
    assert after.signals.tolist() == before.signals.tolist()
    # What the requests then tell of replies is seen later.
    later = PastPages(session, index, DEFAULT_WEIGHTS).page(1, moment_of(5))
    assert np.abs(later.signals[:, 4]).max() > 0


def test_organisations_without_a_post_yet_were_on_no_page(session: Session) -> None:
    write_world(session)
    assert PastPages(session, Index(), DEFAULT_WEIGHTS).page(1, moment_of(-2)).organisation_ids == ()

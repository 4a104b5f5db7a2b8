"""What lowers the fit of two texts: kinds that do not answer each other, and dates that cannot meet."""

import numpy as np
import pytest

from matching.candidates import heed_kinds_and_dates, heed_kinds_and_dates_of_pairs
from matching.columns import EARLIEST_DAY, LATEST_DAY, POST, POST_KINDS, Columns
from matching.side_table import SideTable


def drawn(random: np.random.Generator, count: int) -> Columns:
    posts = np.zeros(count, dtype=POST)
    posts["kind"] = random.integers(len(POST_KINDS), size=count)
    posts["starts"] = np.where(
        random.random(count) < 0.5, EARLIEST_DAY, 740_000 + random.integers(20, size=count)
    )
    posts["ends"] = np.where(
        random.random(count) < 0.5, LATEST_DAY, 740_000 + random.integers(20, size=count)
    )
    return posts


@pytest.mark.parametrize("seed", range(5))
def test_single_pairs_are_lowered_as_all_pairs_are(seed: int) -> None:
    random = np.random.default_rng(seed)
    own, others = drawn(random, 4), drawn(random, 200)
    fits = random.random((4, 200)).astype(np.float32)
    everywhere = fits.copy()
    heed_kinds_and_dates(everywhere, own, others)
    numbers, rows = np.nonzero(random.random((4, 200)) < 0.3)
    table = SideTable(2)
    table.fill(others, np.zeros((200, 2), dtype=np.float32), [])
    of_pairs = fits[numbers, rows]
    heed_kinds_and_dates_of_pairs(of_pairs, own, numbers, table, rows)
    assert 0 < np.count_nonzero(of_pairs == 0) < len(of_pairs)
    assert of_pairs == pytest.approx(everywhere[numbers, rows])

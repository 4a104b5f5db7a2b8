"""The table of one side's posts: rows by owner, and words as few numbers for the coarse look."""

from __future__ import annotations

import numpy as np
import pytest

from matching.columns import POST
from matching.side_table import SideTable
from matching.vectors import CoarseVectors
from matching.word_table import SKETCH, WordTable

OWNERS = 12
POSTS = 60


@pytest.fixture(params=[True, False], ids=["ordered", "mixed"])
def table(request: pytest.FixtureRequest) -> SideTable:
    random = np.random.default_rng(3)
    posts = np.zeros(POSTS, dtype=POST)
    posts["id"] = np.arange(POSTS)
    # The last two owners have no post.
    posts["owner"] = random.integers(OWNERS - 2, size=POSTS)
    if request.param:
        posts["owner"].sort()
    made = SideTable(4)
    made.fill(posts, random.normal(size=(POSTS, 4)).astype(np.float32), [(row, {}) for row in range(POSTS)])
    return made


def test_rows_of_owners_are_all_of_theirs_in_the_order_of_the_owners(table: SideTable) -> None:
    wanted = np.zeros(OWNERS, dtype=np.bool_)
    wanted[[1, 4, 5, OWNERS - 1]] = True
    owners = table.posts["owner"]
    rows = table.rows_of_owners(wanted)
    assert rows.tolist() == table.rows_of(wanted[owners]).tolist()
    assert len(rows) == int(np.isin(owners, [1, 4, 5]).sum()) > 0


def test_sketches_tell_about_how_like_each_other_the_words_are() -> None:
    random = np.random.default_rng(5)
    texts = []
    for _ in range(80):
        stems = random.choice(150, size=20, replace=False)
        weights = random.random(20) + 0.1
        weights /= np.sqrt((weights**2).sum())
        texts.append({f"stem{stem}": float(weight) for stem, weight in zip(stems, weights, strict=True)})
    table = WordTable()
    table.add_many(list(enumerate(texts)))
    rows = np.arange(len(texts))
    asked = [*texts[:10], {"unheard": 1.0}]
    told = table.sketches_of(asked) @ table.sketches_of_rows(rows).T
    errors = told - table.similarities_of_rows(asked, rows)
    assert np.sqrt((errors**2).mean()) < 1.3 / np.sqrt(SKETCH)
    assert not told[-1].any()
    # Texts keep their sketches when others come or are packed away, because a copy of them is kept.
    before = table.sketches_of_rows(rows[:10])
    table.add(200, {"new": 0.6, "stem1": 0.8})
    np.testing.assert_array_equal(table.sketches_of_rows(table.rows(rows[:10])), before)


def test_each_text_finds_what_lies_above_its_own_bound_also_below_zero() -> None:
    random = np.random.default_rng(7)
    vectors = random.normal(size=(3_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    coarse = CoarseVectors.like(vectors, len(vectors))
    coarse.add(vectors)
    asked = vectors[:6]
    least = np.array([0.2, -0.2, 0.1, 0.3, 0.0, -0.3], dtype=np.float32)
    counts = np.arange(len(vectors)) % 3 > 0
    # The copy is coarse: of similarities it is off by 0.04 on average.
    own, numbers, similarities = coarse.above(asked, least, counts)
    assert counts[numbers].all()
    for number, bound in enumerate(least.tolist()):
        exact = asked[number] @ vectors.T
        found = np.zeros(len(vectors), dtype=np.bool_)
        found[numbers[own == number]] = True
        assert found[counts & (exact > bound + 0.2)].all()
        assert not found[exact < bound - 0.2].any()
        np.testing.assert_allclose(similarities[own == number], exact[numbers[own == number]], atol=0.25)

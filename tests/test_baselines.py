import numpy as np
import pytest

from matching.baselines import (
    bm25_scores,
    cosine_scores,
    organisation_scores,
    popularity_scores,
    random_scores,
    ranked_ids,
)


def test_bm25_finds_the_same_stems_and_survives_unknown_words() -> None:
    scores = bm25_scores(["nurse", "zzyzx", "the of"], ["nursing nurses", "steel mills", "law"])
    assert scores.shape == (3, 3)
    assert scores[0, 0] > 0 == scores[0, 1]
    assert not scores[1:].any()


def test_cosine_is_the_product_of_unit_vectors() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert cosine_scores(vectors, vectors).tolist() == [[1, 0], [0, 1]]


def test_organisations_count_by_the_mean_of_their_best_three() -> None:
    scores = np.array([[0.9, 0.6, 0.3, 0.0, 0.8]])
    pooled = organisation_scores(scores, np.array([0, 0, 0, 0, 1]), 3)
    assert pooled[0, :2] == pytest.approx([0.6, 0.8])
    assert pooled[0, 2] == -np.inf


def test_popularity_and_random_are_the_same_every_time() -> None:
    assert popularity_scores(2, [3, 1]).tolist() == [[3, 1], [3, 1]]
    assert np.array_equal(random_scores(2, 3), random_scores(2, 3))


def test_ranking_leaves_out_the_excluded_and_breaks_ties_without_favour() -> None:
    identities = [f"d{number:02}" for number in range(40)]
    assert ranked_ids(np.array([0.1, 0.3, 0.2]), ["a", "b", "c"], frozenset({"b"})) == ["c", "a"]
    tied = ranked_ids(np.zeros(40), identities)
    assert tied == ranked_ids(np.zeros(40), identities)
    assert sorted(tied) == identities != tied

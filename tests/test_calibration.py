from dataclasses import replace

import numpy as np
import pytest

from matching.calibration import (
    FORMLESS,
    load_calibration,
    post_vector,
    post_vectors,
    unit,
    vectors_without_each_sentence,
)
from matching.encoder import HashEncoder, default_encoder_key
from models.post import PostSide

FITTED = load_calibration(default_encoder_key(), 384)


def test_the_fitted_constants_belong_to_the_default_encoder() -> None:
    assert FITTED.encoder_key
    assert FITTED.centre.shape == (384,)
    assert FITTED.directions @ FITTED.directions.T == pytest.approx(np.eye(len(FITTED.directions)), abs=1e-5)
    assert FITTED.slope > 0


def test_centred_vectors_hold_nothing_of_the_way_of_writing() -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(5, 384)).astype(np.float32))
    centred = FITTED.centred(vectors)
    assert np.linalg.norm(centred, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert centred @ FITTED.directions.T == pytest.approx(np.zeros((5, len(FITTED.directions))), abs=1e-5)
    assert FITTED.centred(vectors[0]) == pytest.approx(centred[0], abs=1e-6)


def test_probability_rises_with_both_and_stays_between_zero_and_one() -> None:
    cosines = np.linspace(-1, 1, 9, dtype=np.float32)
    nothing, everything = np.zeros(9, dtype=np.float32), np.ones(9, dtype=np.float32)
    low, high = FITTED.probability(cosines, nothing), FITTED.probability(cosines, everything)
    assert (np.diff(low) > 0).all()
    assert (high >= low).all()
    assert 0 <= low.min() <= high.max() <= 1


def test_unrelated_texts_are_unlikely_and_a_small_edit_moves_little() -> None:
    middle = float((0.5 * 0 - FITTED.offset) / FITTED.slope)
    at = FITTED.probability(
        np.array([0.0, middle, middle + 0.02], dtype=np.float32), np.zeros(3, dtype=np.float32)
    )
    assert at[0] < 0.02
    assert at[1] == pytest.approx(0.5, abs=1e-3)
    # The narrowest grade is 0.3 wide; a small edit stays well within a quarter of it.
    assert at[2] - at[1] < 0.3 / 4


def test_another_encoder_gets_its_vectors_back_unchanged() -> None:
    calibration = load_calibration(HashEncoder.key, 64)
    vectors = HashEncoder().encode(["nurses", "steel"])
    assert calibration.encoder_key == ""
    assert calibration.centred(vectors) == pytest.approx(vectors, abs=1e-6)


def test_needs_alone_are_moved_to_where_their_answers_lie() -> None:
    vectors = HashEncoder().encode(["nurses", "steel"])
    nowhere = load_calibration(HashEncoder.key, 64)
    turned = replace(nowhere, answers=(np.roll(np.eye(64), 1, axis=1) - np.eye(64)).astype(np.float32))
    assert turned.placed(vectors, PostSide.CAPABILITY, FORMLESS) == pytest.approx(vectors, abs=1e-6)
    assert turned.placed(vectors, PostSide.NEED, FORMLESS) == pytest.approx(
        np.roll(vectors, 1, axis=1), abs=1e-6
    )
    assert nowhere.placed(vectors, PostSide.NEED, FORMLESS) == pytest.approx(vectors, abs=1e-6)


def test_what_was_moved_comes_back_to_where_it_was() -> None:
    vectors = HashEncoder().encode(["nurses", "steel"])
    nowhere = load_calibration(HashEncoder.key, 64)
    moves = np.random.default_rng(7).normal(scale=0.05, size=(64, 64)).astype(np.float32)
    moving = replace(nowhere, answers=moves)
    for side in PostSide:
        placed = moving.facing(vectors, side)
        assert moving.turned_back(placed, side) == pytest.approx(vectors, abs=1e-5)
    assert moving.facing(vectors, PostSide.NEED) != pytest.approx(vectors, abs=0.05), "it must have moved"
    assert nowhere.turned_back(vectors, PostSide.NEED) is vectors


def test_a_post_is_its_whole_and_its_sentences() -> None:
    whole, first, second = np.eye(3, dtype=np.float32)
    assert post_vector(np.stack([whole])) == pytest.approx(whole)
    vector = post_vector(np.stack([whole, first, second]))
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert vector[1] == pytest.approx(vector[2])
    assert 0 < vector[0] < vector[1]
    several = post_vectors(np.stack([whole, first, first, whole, second]), np.array([0, 2, 3, 5]))
    for number, own in enumerate([[whole, first], [first], [whole, second]]):
        assert several[number] == pytest.approx(post_vector(np.stack(own)))
    nothing = np.zeros(2, dtype=np.float32)
    without = vectors_without_each_sentence(np.stack([whole, first, second]), nothing)
    assert without[0] == pytest.approx(post_vector(np.stack([whole, second])), abs=1e-6)
    with pytest.raises(ValueError, match="fewer than two"):
        vectors_without_each_sentence(np.stack([whole, first]), nothing[:1])

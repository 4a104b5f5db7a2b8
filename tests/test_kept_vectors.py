"""Vectors kept between runs are those that the encoder would make, and none is made twice."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from matching.encoder import HashEncoder, Progress, Vectors
from matching.kept_vectors import KeptVectors


class CountingEncoder(HashEncoder):
    """Remembers what it was asked."""

    def __init__(self, key: str = "counting:1") -> None:
        self.key = key
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        self.asked += texts
        return super().encode(texts, on_progress)


TEXTS = ["We seek welding.", "A longer text about batteries and enzymes.", "We seek welding.", ""]


def test_the_vectors_are_the_encoders_own_and_in_order(tmp_path: Path) -> None:
    kept = KeptVectors(CountingEncoder(), tmp_path)
    expected = HashEncoder().encode(TEXTS)
    np.testing.assert_array_equal(kept.encode(TEXTS), expected)
    np.testing.assert_array_equal(kept.encode(TEXTS[::-1]), expected[::-1])
    assert kept.encode([]).shape == (0, 64)


def test_a_second_run_encodes_only_what_is_new(tmp_path: Path) -> None:
    KeptVectors(CountingEncoder(), tmp_path).encode(TEXTS)
    again = CountingEncoder()
    vectors = KeptVectors(again, tmp_path).encode([*TEXTS, "New."])
    assert again.asked == ["New."]
    np.testing.assert_array_equal(vectors, HashEncoder().encode([*TEXTS, "New."]))


def test_another_encoder_never_meets_these_vectors(tmp_path: Path) -> None:
    KeptVectors(CountingEncoder(), tmp_path).encode(TEXTS)
    other = CountingEncoder("counting:2")
    KeptVectors(other, tmp_path).encode(TEXTS)
    assert sorted(other.asked) == sorted(set(TEXTS))


@pytest.mark.parametrize("broken", [b"", b"not an array", b"\x93NUMPY\x01\x00v\x00{'descr'"])
def test_a_broken_file_counts_as_empty(broken: bytes, tmp_path: Path) -> None:
    KeptVectors(CountingEncoder(), tmp_path).encode(TEXTS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(broken)
    again = CountingEncoder()
    np.testing.assert_array_equal(KeptVectors(again, tmp_path).encode(TEXTS), HashEncoder().encode(TEXTS))
    assert len(again.asked) == 3


def test_progress_ends_at_all_texts_even_if_none_was_missing(tmp_path: Path) -> None:
    kept = KeptVectors(CountingEncoder(), tmp_path)
    for _ in range(2):
        told: list[tuple[int, int]] = []
        kept.encode(TEXTS, lambda done, total: told.append((done, total)))  # noqa: B023 - Called at once.
        assert told[-1] == (len(TEXTS), len(TEXTS))

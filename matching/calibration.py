"""From vectors and words to how likely a capability answers a need. Pure; constants fitted by `matching/fit.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

CALIBRATION_FILE = "fitted/calibration.npz"

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float32]


class Side(StrEnum):
    """Which side of a match a text stands on; each has its own way of writing."""

    NEED = "need"
    CAPABILITY = "capability"


@dataclass(frozen=True)
class Calibration:
    """Constants that turn a cosine and a word similarity into a probability-like number.

    `encoder_key` names the weights they were fitted for, "" for none: then no mean is removed.
    """

    encoder_key: str
    need_mean: Vectors
    capability_mean: Vectors
    word_share: float
    slope: float
    offset: float

    def centred(self, vectors: Vectors, side: Side) -> Vectors:
        """Return unit vectors without what all texts of that side have in common, shape as given (n, dimensions)."""
        mean = self.need_mean if side is Side.NEED else self.capability_mean
        return unit(vectors - mean)

    def probability(self, cosines: Numbers, words: Numbers) -> Numbers:
        """Return how likely each pair fits, in [0, 1], rising in both; `cosines` between centred vectors, `words` in [0, 1]."""
        mixed = cosines + self.word_share * words
        return 1 / (1 + np.exp(-(self.slope * mixed + self.offset)))


def post_vector(passages: Vectors) -> Vectors:
    """Return the one vector that stands for a post; row 0 of `passages` is the whole text, the others its sentences."""
    if len(passages) == 1:
        return passages[0]
    return unit(unit(passages[1:].mean(axis=0)) + passages[0])


def unit(vectors: Vectors) -> Vectors:
    """Return the vectors scaled to length 1 along the last axis; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


@cache
def load_calibration(encoder_key: str, dimensions: int) -> Calibration:
    """Return the constants fitted for this encoder; for any other, no mean is removed and the same scale is used."""
    with files("matching").joinpath(CALIBRATION_FILE).open("rb") as packed, np.load(packed) as fitted:
        is_fitted = str(fitted["encoder_key"]) == encoder_key
        nothing = np.zeros(dimensions, dtype=np.float32)
        return Calibration(
            encoder_key=encoder_key if is_fitted else "",
            need_mean=fitted["need_mean"].astype(np.float32) if is_fitted else nothing,
            capability_mean=fitted["capability_mean"].astype(np.float32) if is_fitted else nothing,
            word_share=float(fitted["word_share"]),
            slope=float(fitted["slope"]),
            offset=float(fitted["offset"]),
        )

"""The few numbers of the ranking that were learned from labelled pairs: `fitted/parameters.toml`, written by
`matching/fit.py`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PARAMETERS_FILE = "fitted/parameters.toml"


@dataclass(frozen=True)
class Pooling:
    """Of an organisation's posts the best `best_posts` count, each `further_post` times as much as the one before."""

    best_posts: int
    further_post: float


@dataclass(frozen=True)
class Parameters:
    """What was fitted, and for which encoder.

    `word_share` is what the similarity of words adds to a cosine; `slope` and `offset` make the sum a probability by
    the logistic curve. `nearness`, `activity` and `breadth` are what these signals move for 1 against 0, in log-odds of
    a one-way fit.
    """

    encoder_key: str
    word_share: float
    slope: float
    offset: float
    pooling: Pooling
    nearness: float
    activity: float
    breadth: float


@cache
def load_parameters() -> Parameters:
    """Return the parameters that are shipped with the ranking."""
    return parameters_from(files("matching").joinpath(PARAMETERS_FILE).read_text(encoding="utf-8"))


def parameters_from(text: str) -> Parameters:
    """Return the parameters written in TOML. Raises KeyError for one that is missing."""
    tables = tomllib.loads(text)
    similarity, pooling, signals = tables["similarity"], tables["pooling"], tables["signals"]
    return Parameters(
        encoder_key=str(tables["encoder_key"]),
        word_share=float(similarity["word_share"]),
        slope=float(similarity["slope"]),
        offset=float(similarity["offset"]),
        pooling=Pooling(int(pooling["best_posts"]), float(pooling["further_post"])),
        nearness=float(signals["nearness"]),
        activity=float(signals["activity"]),
        breadth=float(signals["breadth"]),
    )


def text_of(parameters: Parameters) -> str:
    """Return the parameters as the TOML file that a person reads."""
    return f"""\
# Learned by `python -m matching.fit DIR KEEP` from dev pairs only; the test pairs decide nothing here.
# Similarity: links between O*NET occupations and CIP programmes (those that the encoder was not taught on).
# Pooling and signals: CORDIS projects and the universities that joined them.
# What each number means stands in matching/parameters.py.
encoder_key = "{parameters.encoder_key}"

[similarity]
word_share = {parameters.word_share:g}
slope = {parameters.slope:.3f}
offset = {parameters.offset:.3f}

[pooling]
best_posts = {parameters.pooling.best_posts}
further_post = {parameters.pooling.further_post:g}

[signals]
nearness = {parameters.nearness:g}
activity = {parameters.activity:g}
breadth = {parameters.breadth:g}
"""

"""How well the ranking does on labelled data: the pages' own functions, run over a temporary database.

Texts become posts, without titles, of approved organisations; each query is the post of a new organisation with default
preferences. The plain systems of `matching/baselines.py` rank the same texts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from matching.answers import Filters
from matching.calibration import load_calibration
from matching.encoder import Encoder, Progress
from matching.evaluation_answers import Answer, Portal, open_portal
from matching.evaluation_quality import DEPTH, baselines_of, quality
from matching.exposure import FIRST_PAGE, Exposure, measure_exposure
from matching.faithfulness import cite_as_pages_do, measure_faithfulness, trials_of
from matching.grade_shares import GradedPairs, GradeShare, grade_shares
from matching.labelled_data import LabelledData, read_labelled_data
from matching.metrics import Estimate, jackknife_estimate
from matching.passages import passages_for_many
from matching.stability import edits_of, measure_stability
from models.post import PostSide

SEED = 20_261_121
# As many texts show the overlap to within about two hundredths; each is encoded once more for each edit.
TEXTS_EDITED = 100

# What is being done, how much is done, out of how much.
OnProgress = Callable[[str, int, int], None]
Result = dict[str, Any]


class Part(StrEnum):
    """What can be measured; each is a key of the result, but for quality, whose figures stand at its top."""

    QUALITY = "quality"
    CALIBRATION = "calibration"
    FAITHFULNESS = "faithfulness"
    STABILITY = "stability"
    EXPOSURE = "exposure"


def evaluate(
    folder: Path,
    split: str,
    encoder: Encoder,
    on_progress: OnProgress,
    query_side: PostSide | None = None,
    parts: frozenset[Part] = frozenset(Part),
    plain: Encoder | None = None,
) -> Result:
    """Measure these parts on one folder and split; raises LabelledDataError. The cosine beside us is that of `plain`,
    which nobody taught anything; without one it is that of our own encoder.

    Returns ``{"set": …, "split": …, "queries": n, "query_side": "need" or "capability"}`` and for quality
    ``{"systems": {name: {"ndcg@10": …, "recall@10": …, "recall@100": …, "mrr": …}}, "bootstrap": {name: {measure:
    {"difference", "low", "high"}}}}``, ours minus each baseline; every other part has an entry of its own name.
    """
    data = read_labelled_data(folder, split, query_side)
    result: Result = {
        "set": folder.resolve().name,
        "split": split,
        "queries": len(data.queries),
        "query_side": data.query_side.value,
    }
    tell = partial(_tell, on_progress)
    with open_portal(data, encoder, tell("encoding")) as portal:
        if parts & {Part.QUALITY, Part.EXPOSURE}:
            # Fits too weak for a page are listed too: a page that shows fewer would measure worse than it knows.
            answers = portal.answers(Filters(least_grade=None), DEPTH, tell("ranking"))
            theirs = baselines_of(portal, plain or encoder, tell("encoding for the baselines"))
        if Part.QUALITY in parts:
            result |= quality(data, answers, theirs)
        if Part.CALIBRATION in parts:
            shown = portal.answers(Filters(), len(data.organisations), tell("grading"))
            result["calibration"] = _calibration(data, shown)
        if Part.FAITHFULNESS in parts:
            result["faithfulness"] = _faithfulness(data, encoder, tell("citing"))
        if Part.STABILITY in parts:
            result["stability"] = _stability(portal, encoder, tell)
        if Part.EXPOSURE in parts:
            result["exposure"] = _exposure(data, answers, theirs["cosine"])
    return result


def _tell(on_progress: OnProgress, what: str) -> Progress:
    return partial(on_progress, what)


def _calibration(data: LabelledData, shown: Sequence[Answer]) -> Result:
    """From all who would be shown for each query; everybody else was compared and found too weak."""
    graded: list[GradedPairs] = []
    for query, answer in zip(data.queries, shown, strict=True):
        excluded = data.excluded.get(query.identity, frozenset())
        grades = dict(zip(answer.identities, answer.grades, strict=True))
        compared = [one.identity for one in data.organisations if one.identity not in excluded]
        relevant = {identity for identity, grade in data.grades[query.identity].items() if grade > 0}
        graded.append(([(identity, grades.get(identity)) for identity in compared], relevant))
    shares = grade_shares(graded)

    def figures(one: GradeShare) -> Result:
        return {"pairs": one.pairs, "labelled": one.labelled, "share": _figures(one.share)}

    return {
        "grades": {one.word: figures(one) for one in shares.words},
        "base": figures(shares.base),
        "is_monotone": shares.is_monotone,
    }


def _faithfulness(data: LabelledData, encoder: Encoder, on_progress: Progress) -> Result:
    calibration = load_calibration(encoder.key, encoder.dimensions)
    cite = cite_as_pages_do(calibration)
    found = measure_faithfulness(trials_of(data), encoder, calibration, cite, on_progress)
    return {"texts": found.texts, "share": _figures(found.share), "by_chance": found.by_chance}


def _stability(portal: Portal, encoder: Encoder, tell: Callable[[str], Progress]) -> Result:
    """Of a sample of the queries, in an order drawn by seed."""
    queries = portal.data.queries
    drawn = random.Random(SEED).sample(queries, min(TEXTS_EDITED, len(queries)))  # noqa: S311 - Not a secret.
    texts = {query.identity: query.text for query in drawn}
    # Encoded together, which an encoder that keeps vectors then need not do again one by one.
    edited = [(changed, "en") for text in texts.values() for changed in edits_of(text).values()]
    passages_for_many(edited, encoder, 1, tell("encoding edits"))
    return {
        one.edit.value: {
            "texts": one.texts,
            "overlap@10": _figures(one.overlap),
            "first_kept": _figures(one.first_kept),
        }
        for one in measure_stability(texts, portal.first_page, tell("ranking edits"))
    }


def _exposure(data: LabelledData, answers: Sequence[Answer], cosine: list[list[str]]) -> Result:
    number_of = {one.identity: number for number, one in enumerate(data.organisations)}
    ours = [[number_of[one] for one in answer.identities[:FIRST_PAGE]] for answer in answers]
    theirs = [[number_of[one] for one in page[:FIRST_PAGE]] for page in cosine]
    everybody = range(len(data.organisations))
    exposure = measure_exposure(ours, everybody)
    without = [measure_exposure(ours[:page] + ours[page + 1 :], everybody) for page in range(len(ours))]

    def estimate(figure: Callable[[Exposure], float]) -> Result | None:
        if len(without) < 2:
            return None
        return _figures(jackknife_estimate(figure(exposure), [figure(one) for one in without]))

    return {
        "organisations": len(data.organisations),
        "gini": estimate(lambda one: one.gini),
        "never_shown": estimate(lambda one: one.never_shown),
        "gini_of_cosine": measure_exposure(theirs, everybody).gini,
        "never_shown_of_cosine": measure_exposure(theirs, everybody).never_shown,
    }


def _figures(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else estimate.as_dict()

"""The labelled links that the constants are fitted on: dev occupations of O*NET and all programmes of CIP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matching.calibration import Numbers
from matching.labelled_data import json_lines, read_grades
from matching.train_adapter import third_of
from matching.word_table import WordTable
from matching.words import word_weights


@dataclass(frozen=True)
class DevLinks:
    """The n dev needs and all m capabilities of `onet_to_cip`: their texts, how alike their words are, (n, m), and
    which are linked, (n, m). `third` (n,) says which third a need belongs to.
    """

    needs: list[str]
    capabilities: list[str]
    words: Numbers
    is_link: npt.NDArray[np.bool_]
    third: npt.NDArray[np.intp]


def read_dev_links(folder: Path) -> DevLinks:
    """Read the occupations of the dev links and all programmes."""
    labelled = folder / "onet_to_cip"
    links = read_grades(labelled / "qrels_dev.tsv")
    needs = [row for row in json_lines(labelled / "queries.jsonl") if row["id"] in links]
    programmes = list(json_lines(labelled / "corpus.jsonl"))
    need_texts = [row["text"] for row in needs]
    texts = [row["text"] for row in programmes]
    thirds = [third_of(set(links), number) for number in range(3)]
    return DevLinks(
        needs=need_texts,
        capabilities=texts,
        words=word_similarities(need_texts, texts),
        is_link=np.array(
            [[programme["id"] in links[need["id"]] for programme in programmes] for need in needs]
        ),
        third=np.array([next(n for n, some in enumerate(thirds) if need["id"] in some) for need in needs]),
    )


def word_similarities(needs: Sequence[str], capabilities: Sequence[str]) -> Numbers:
    """Return the similarity of words of each need (rows) with each capability (columns), in [0, 1]."""
    table = WordTable()
    table.add_many([(number, word_weights(text)) for number, text in enumerate(capabilities)])
    similarities = table.similarities_of_each([word_weights(text) for text in needs])
    return similarities[:, table.rows(np.arange(len(capabilities)))]

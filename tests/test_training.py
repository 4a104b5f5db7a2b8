"""What the commands that fit the ranking may look at, and what they make of it."""

from pathlib import Path

import numpy as np
import pytest

from matching.fit_pooling import ACTIVITY_WEIGHTS, PLACE_WEIGHTS, choose_pooling
from matching.labelled_data import read_labelled_data
from matching.parameters import load_parameters, parameters_from, text_of


def test_the_parameters_are_read_as_they_were_written() -> None:
    shipped = load_parameters()
    assert parameters_from(text_of(shipped)) == shipped


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(KeyError, match="slope"):
        parameters_from(text_of(load_parameters()).replace("slope", "slop"))


def test_pooling_is_chosen_by_the_labelled_organisations(tmp_path: Path) -> None:
    """Near organisations are the labelled ones here, so place must weigh as much as it may, and activity little."""
    rows = [
        f'{{"org_id": "O{n}", "name": "O{n}", "country": "{"DE" if n < 3 else "FR"}", "n_posts": {n * 4}}}'
        for n in range(9)
    ]
    (tmp_path / "orgs.jsonl").write_text("\n".join(rows))
    posts = [f'{{"id": "P{n}", "text": "Post {n}", "org_id": "O{n}"}}' for n in range(9)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(posts))
    queries = [f'{{"id": "Q{n}", "text": "Need {n}", "places": [{{"country": "DE"}}]}}' for n in range(4)]
    (tmp_path / "queries.jsonl").write_text("\n".join(queries))
    links = [f"Q{n}\tO{n % 3}\t1" for n in range(4)]
    (tmp_path / "qrels_dev.tsv").write_text("\n".join(["query-id\tcorpus-id\tgrade", *links]))
    data = read_labelled_data(tmp_path, "dev")
    # The far organisations fit better by their texts, so that only place can bring the labelled ones up.
    probabilities = np.tile(np.linspace(0.2, 0.6, 9, dtype=np.float32), (4, 1))
    choice = choose_pooling(probabilities, data)
    assert choice.nearness == max(PLACE_WEIGHTS)
    assert choice.activity == min(ACTIVITY_WEIGHTS)

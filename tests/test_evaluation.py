"""The evaluation measures the ranking of the pages, in the format that it promises, and refuses broken folders."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from matching.encoder import HashEncoder
from matching.evaluation import Part, evaluate
from matching.evaluation_answers import Answer
from matching.evaluation_quality import quality
from matching.evaluation_tables import table_of
from matching.labelled_data import LabelledDataError, read_labelled_data, side_of_queries
from models.post import PostSide
from tests.labelled_sets import write_labelled_set, write_rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_labelled_set(tmp_path / "need_to_programme")


def run(folder: Path) -> dict[str, Any]:
    """Only the quality, which most tests ask about."""
    return evaluate(folder, "test", HashEncoder(), _quietly, parts=frozenset({Part.QUALITY}))


def _quietly(what: str, done: int, total: int) -> None:
    pass


def test_what_is_relevant_comes_first_and_the_shape_is_as_promised(folder: Path) -> None:
    result = run(folder)
    assert result["queries"] == 4
    assert set(result["systems"]) == {"ours", "cosine", "bm25", "random"}
    assert set(result["systems"]["ours"]) == {"ndcg@10", "recall@10", "recall@100", "mrr"}
    assert result["systems"]["ours"]["mrr"] == 1
    assert set(result["bootstrap"]) == {"cosine", "bm25", "random"}
    assert set(result["bootstrap"]["random"]["ndcg@10"]) == {"difference", "low", "high"}


def test_every_part_is_measured_and_told(folder: Path) -> None:
    result = evaluate(folder, "test", HashEncoder(), _quietly)
    assert set(Part) - set(result) == {Part.QUALITY}
    assert json.loads(json.dumps(result)) == result
    assert result["calibration"]["base"] == {
        "pairs": 20,
        "labelled": 4,
        "share": {
            "value": 0.2,
            "low": pytest.approx(0.0807, abs=1e-4),
            "high": pytest.approx(0.4160, abs=1e-4),
        },
    }
    assert sum(one["pairs"] for one in result["calibration"]["grades"].values()) == 20
    # Four pages of five show five organisations: nobody is left out, and all are shown equally often.
    assert result["exposure"]["never_shown"]["value"] == result["exposure"]["gini"]["value"] == 0
    assert result["stability"]["order"]["texts"] == 0, "one sentence has no other order"
    assert result["stability"]["ending"]["first_kept"]["value"] == 1
    assert result["faithfulness"] == {"texts": 0, "share": None, "by_chance": 0}
    told = table_of(result)
    for words in ("ours", "strong fits", "20.0 % (8.1 to 41.6) of 20", "cited sentence", "typo", "Gini"):
        assert words in told


def test_a_worse_ranking_measures_worse(folder: Path) -> None:
    data = read_labelled_data(folder)
    right = [
        [query.identity.replace("q", "d"), *(f"d{number}" for number in (7, 8, 9))] for query in data.queries
    ]
    planted = {"worse": [ranking[::-1] for ranking in right], "same": right}
    found = quality(data, [Answer(ranking, [None] * 4) for ranking in right], planted)
    assert found["systems"]["ours"]["ndcg@10"] == 1
    assert found["systems"]["worse"]["mrr"] == 0.25
    assert found["bootstrap"]["worse"]["mrr"] == {"difference": 0.75, "low": 0.75, "high": 0.75}
    assert found["bootstrap"]["same"]["mrr"] == {"difference": 0, "low": 0, "high": 0}


def test_what_is_excluded_is_not_ranked(folder: Path) -> None:
    (folder / "exclude_test.tsv").write_text("query-id\tcorpus-id\nq0\td0\n")
    result = evaluate(
        folder, "test", HashEncoder(), _quietly, parts=frozenset({Part.QUALITY, Part.CALIBRATION})
    )
    assert result["systems"]["ours"]["recall@100"] == 0.75
    base = result["calibration"]["base"]
    assert (base["pairs"], base["labelled"]) == (19, 3)
    assert result["systems"]["bm25"]["recall@100"] == 0.75


def test_organisations_are_ranked_with_place_and_activity(folder: Path) -> None:
    write_rows(
        folder,
        "queries.jsonl",
        [
            {
                "id": "q0",
                "text": "We seek battery.",
                "places": [{"country": "PT", "region": None}, {"country": "DE"}, {"country": math.nan}],
            }
        ],
    )
    write_rows(
        folder,
        "corpus.jsonl",
        [
            {"id": f"{owner}{n}", "org_id": owner, "text": "About battery."}
            for owner in "AB"
            for n in range(2)
        ],
    )
    (folder / "qrels_test.tsv").write_text("query-id\tcorpus-id\tgrade\nq0\tA\t1\n")
    orgs = [
        {"org_id": "A", "name": "Near", "city": "Kiel", "region": None, "country": "DE", "n_posts": 2},
        {"org_id": "B", "name": "Far", "city": "Oslo", "region": None, "country": "NO", "n_posts": 2},
    ]
    write_rows(folder, "orgs.jsonl", orgs)
    result = run(folder)
    assert "popularity" in result["systems"]
    assert result["systems"]["ours"]["mrr"] == 1
    for org in orgs:
        org["country"] = "NO"
    orgs[0]["n_posts"] = 40
    write_rows(folder, "orgs.jsonl", orgs)
    assert run(folder)["systems"]["ours"]["mrr"] == 1
    orgs[0]["n_posts"], orgs[1]["n_posts"] = 2, 40
    write_rows(folder, "orgs.jsonl", orgs)
    assert run(folder)["systems"]["ours"]["mrr"] == 0.5


def test_queries_may_be_capabilities(folder: Path) -> None:
    result = evaluate(folder, "test", HashEncoder(), _quietly, PostSide.CAPABILITY, frozenset({Part.QUALITY}))
    assert result["query_side"] == "capability"
    assert result["systems"]["ours"]["mrr"] == 1


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("onet_to_cip", PostSide.NEED),
        ("cip_to_onet", PostSide.CAPABILITY),
        ("cordis_need_to_university", PostSide.NEED),
        ("university_to_company", PostSide.CAPABILITY),
        ("company_need_to_university", PostSide.NEED),
        ("anything", PostSide.NEED),
    ],
)
def test_the_folders_name_tells_the_side(name: str, side: PostSide) -> None:
    assert side_of_queries(name) is side


def test_a_missing_or_broken_folder_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError, match="no folder"):
        read_labelled_data(tmp_path / "nowhere")
    with pytest.raises(LabelledDataError, match=r"qrels_dev\.tsv is missing"):
        read_labelled_data(folder, "dev")
    (folder / "qrels_test.tsv").write_text("query-id\tcorpus-id\tgrade\nunknown\td0\t1\n")
    with pytest.raises(LabelledDataError, match="lacks the query unknown"):
        read_labelled_data(folder)
    (folder / "qrels_test.tsv").write_text("query-id\tcorpus-id\tgrade\nq0\td0\n")
    with pytest.raises(LabelledDataError, match="line 2"):
        read_labelled_data(folder)
    (folder / "qrels_test.tsv").write_text("query-id\tcorpus-id\tgrade\nq0\td0\t0\n")
    with pytest.raises(LabelledDataError, match="no query with a relevant"):
        read_labelled_data(folder)
    (folder / "queries.jsonl").write_text("{broken\n")
    (folder / "qrels_test.tsv").write_text("q0\td0\t1\n")
    with pytest.raises(LabelledDataError, match="line 1: not valid JSON"):
        read_labelled_data(folder)

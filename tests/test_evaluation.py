"""The evaluation measures the ranking of the pages, in the format that it promises, and refuses broken folders."""

import json
from pathlib import Path
from typing import Any

import pytest

from matching.encoder import HashEncoder
from matching.evaluation import evaluate, table_of
from matching.labelled_data import LabelledDataError, read_labelled_data, side_of_queries
from models.post import PostSide

SUBJECTS = ("battery electrolyte", "nursing ward", "welding pipeline", "enzyme reactor", "port logistics")


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five needs; the programme about the same subject is the relevant one, a decoy repeats its words."""
    folder = tmp_path / "need_to_programme"
    folder.mkdir()
    write(folder, "queries.jsonl", [{"id": f"q{n}", "text": f"We seek {s}."} for n, s in enumerate(SUBJECTS)])
    write(
        folder,
        "corpus.jsonl",
        [{"id": f"d{n}", "text": f"A programme in {s}."} for n, s in enumerate(SUBJECTS)],
    )
    rows = "".join(f"q{n}\td{n}\t1\n" for n in range(4))
    (folder / "qrels_test.tsv").write_text(f"query-id\tcorpus-id\tgrade\n{rows}")
    return folder


def run(folder: Path) -> dict[str, Any]:
    return evaluate(folder, "test", HashEncoder(), lambda what, done, total: None)


def test_what_is_relevant_comes_first_and_the_shape_is_as_promised(folder: Path) -> None:
    result = run(folder)
    assert result["queries"] == 4
    assert set(result["systems"]) == {"ours", "cosine", "bm25", "random"}
    assert set(result["systems"]["ours"]) == {"ndcg@10", "recall@10", "recall@100", "mrr"}
    assert result["systems"]["ours"]["mrr"] == 1
    assert set(result["bootstrap"]) == {"cosine", "bm25", "random"}
    assert set(result["bootstrap"]["random"]["ndcg@10"]) == {"difference", "low", "high"}
    json.dumps(result)
    assert "ours" in table_of(result)


def test_what_is_excluded_is_not_ranked(folder: Path) -> None:
    (folder / "exclude_test.tsv").write_text("query-id\tcorpus-id\nq0\td0\n")
    result = run(folder)
    assert result["systems"]["ours"]["recall@100"] == 0.75
    assert result["systems"]["bm25"]["recall@100"] == 0.75


def test_organisations_are_ranked_with_place_and_activity(folder: Path) -> None:
    write(
        folder,
        "queries.jsonl",
        [
            {
                "id": "q0",
                "text": "We seek battery.",
                "places": [{"country": "PT", "region": None}, {"country": "DE"}],
            }
        ],
    )
    write(
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
    write(folder, "orgs.jsonl", orgs)
    result = run(folder)
    assert "popularity" in result["systems"]
    assert result["systems"]["ours"]["mrr"] == 1
    for org in orgs:
        org["country"] = "NO"
    orgs[0]["n_posts"] = 40
    write(folder, "orgs.jsonl", orgs)
    assert run(folder)["systems"]["ours"]["mrr"] == 1
    orgs[0]["n_posts"], orgs[1]["n_posts"] = 2, 40
    write(folder, "orgs.jsonl", orgs)
    assert run(folder)["systems"]["ours"]["mrr"] == 0.5


def test_queries_may_be_capabilities(folder: Path) -> None:
    result = evaluate(folder, "test", HashEncoder(), lambda what, done, total: None, PostSide.CAPABILITY)
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

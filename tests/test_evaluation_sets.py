"""Several sets in one table, the command that makes it, and the page that keeps it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from matching import encoder
from matching.encoder import HashEncoder
from matching.evaluation import Part
from matching.evaluation_sets import BEGIN, END, sets_of, write_between_markers
from matching.evaluation_tables import markdown_table, plain_table, summary_lines
from matching.labelled_data import LabelledDataError
from tests.labelled_sets import write_labelled_set
from web import evaluate_command


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Two sets, of which one has a variant and a dev split; and a folder that is none."""
    first = write_labelled_set(tmp_path / "need_to_programme")
    second = write_labelled_set(tmp_path / "programme_to_need")
    for split in ("test_few", "dev"):
        (first / f"qrels_{split}.tsv").write_text("query-id\tcorpus-id\tgrade\nq0\td0\t1\nq1\td1\t1\n")
    (tmp_path / "texts").mkdir()
    assert second.is_dir()
    return tmp_path


def names(found: list[tuple[Path, str]]) -> list[tuple[str, str]]:
    return [(folder.name, split) for folder, split in found]


def test_a_folder_of_sets_gives_each_with_its_test_splits(sets: Path) -> None:
    assert names(sets_of(sets, ())) == [
        ("need_to_programme", "test"),
        ("need_to_programme", "test_few"),
        ("programme_to_need", "test"),
    ]
    assert names(sets_of(sets, ("dev",))) == [("need_to_programme", "dev")]
    assert names(sets_of(sets / "need_to_programme", ())) == [("need_to_programme", "test")]
    with pytest.raises(LabelledDataError, match="neither"):
        sets_of(sets / "texts", ())
    with pytest.raises(LabelledDataError, match="neither"):
        sets_of(sets, ("nowhere",))


def test_the_command_measures_all_sets_and_writes_the_page(
    sets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_command, "load_encoder_here", lambda name: HashEncoder())
    monkeypatch.setattr(encoder, "load_published_encoder", lambda threads: HashEncoder())
    page = sets / "ranking.md"
    page.write_text(f"# Ranking\n\n{BEGIN}\nold figures\n{END}\n\nThe end.\n")
    arguments = [str(sets), "--keep", str(sets / "kept"), "--only", "quality", "--only", "calibration"]
    result = CliRunner().invoke(
        evaluate_command.evaluate, [*arguments, "--json", "--markdown", str(page)], catch_exceptions=False
    )
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [(one["set"], one["split"], one["queries"]) for one in found["sets"]] == [
        ("need_to_programme", "test", 4),
        ("need_to_programme", "test_few", 2),
        ("programme_to_need", "test", 4),
    ]
    assert [one["query_side"] for one in found["sets"]] == ["need", "need", "capability"]
    assert "stability" not in found["sets"][0]
    written = page.read_text()
    assert "old figures" not in written
    assert written.endswith(f"{END}\n\nThe end.\n")
    assert "| nDCG@10, ours | 1.000 | 1.000 | 1.000 |" in written
    assert (sets / "kept").is_dir()


def test_the_command_offers_every_part() -> None:
    assert set(evaluate_command.PARTS) == set(Part)


def test_a_table_tells_what_one_set_lacks_by_a_dash() -> None:
    results = [
        {"set": "a", "split": "test", "queries": 4, "systems": {"ours": {"ndcg@10": 0.5}}, "bootstrap": {}},
        {
            "set": "b",
            "split": "test",
            "queries": 400,
            "systems": {"ours": {"ndcg@10": 0.25}, "popularity": {"ndcg@10": 0.125}},
            "bootstrap": {"popularity": {"ndcg@10": {"difference": 0.125, "low": -0.01, "high": 0.2}}},
        },
    ]
    lines = summary_lines(results)
    assert lines == [
        ("set", ["a, test", "b, test"]),
        ("queries", ["4", "400"]),
        ("nDCG@10, ours", ["0.500", "0.250"]),
        ("nDCG@10, popularity", ["–", "0.125"]),
        ("nDCG@10, ours minus popularity", ["–", "+0.125 (-0.010 to +0.200)"]),
    ]
    assert plain_table(lines).splitlines()[1] == "queries                         4        400"
    assert markdown_table(lines).splitlines()[:3] == [
        "| set | a, test | b, test |",
        "| --- | --- | --- |",
        "| queries | 4 | 400 |",
    ]


def test_a_page_without_its_markers_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{END} {BEGIN}")
    with pytest.raises(LabelledDataError, match="lacks the lines"):
        write_between_markers(page, "figures")
    assert page.read_text() == f"{END} {BEGIN}"

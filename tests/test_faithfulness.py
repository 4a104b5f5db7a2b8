"""The cited sentence is held against the score itself: the right one counts, any other does not."""

from pathlib import Path

import pytest

from matching.answers import Draft
from matching.calibration import load_calibration
from matching.encoder import HashEncoder
from matching.evaluation_answers import open_portal
from matching.explanation import ReadText
from matching.faithfulness import EncodedTexts, Trial, cite_as_pages_do, measure_faithfulness, trials_of
from matching.labelled_data import read_labelled_data
from matching.passages import spans_of
from matching.ranking import rank_for_text
from matching.sentences import Span
from models.base import utc_now
from models.post import PostKind, PostSide
from tests.labelled_sets import write_labelled_set, write_rows

ENCODER = HashEncoder()
CALIBRATION = load_calibration(ENCODER.key, ENCODER.dimensions)
OTHER = "Our laboratory studies enzyme reactors for dairy waste."
# Only its third sentence is about what the other text offers.
TEXT = "We build pumps. Our office is in Kiel. We seek enzyme reactors for dairy waste. Write to our staff."


def quietly(done: int, total: int) -> None:
    pass


@pytest.fixture
def trials() -> list[Trial]:
    spans = spans_of(TEXT, "en")[1:]
    return [Trial(TEXT, OTHER, side, spans) for side in PostSide]


def test_what_the_pages_cite_is_what_the_score_needs(trials: list[Trial]) -> None:
    found = measure_faithfulness(trials, ENCODER, CALIBRATION, cite_as_pages_do(CALIBRATION), quietly)
    assert found.share is not None
    assert (found.texts, found.share.value, found.by_chance) == (2, 1, 0.25)


def test_citing_another_sentence_lowers_the_share(trials: list[Trial]) -> None:
    def first_for_capabilities(text: ReadText, other: ReadText, side: PostSide) -> Span:
        right = cite_as_pages_do(CALIBRATION)(text, other, side)
        return text.spans[0] if side is PostSide.CAPABILITY else right

    found = measure_faithfulness(trials, ENCODER, CALIBRATION, first_for_capabilities, quietly)
    assert found.share is not None
    assert found.share.value == 0.5


def test_labelled_texts_are_read_as_posts_without_titles_and_told_apart() -> None:
    encoded = EncodedTexts(ENCODER, CALIBRATION)
    encoded.add([TEXT, OTHER], quietly)
    lines = [encoded.read(text, PostSide.NEED).line for text in (TEXT, OTHER, TEXT)]
    # What counts as the title would not be cited, and what is remembered of one line not computed for another.
    assert [line.title for line in lines] == ["", "", ""]
    assert lines[0] == lines[2] != lines[1]


def test_the_score_is_the_one_of_the_pages(tmp_path: Path) -> None:
    folder = write_labelled_set(tmp_path / "need_to_programme")
    write_rows(folder, "corpus.jsonl", [{"id": "d0", "text": OTHER}, {"id": "d1", "text": "Nursing."}])
    (folder / "qrels_test.tsv").write_text("query-id\tcorpus-id\tgrade\nq0\td0\t1\n")
    data = read_labelled_data(folder)
    encoded = EncodedTexts(ENCODER, CALIBRATION)
    encoded.add([TEXT, OTHER], quietly)
    with open_portal(data, ENCODER, quietly) as portal:
        seeker = portal.market.seekers["q0"]
        draft = Draft(seeker.unit_id, PostSide.NEED, PostKind.OTHER, "", TEXT)
        matches = rank_for_text(portal.session, portal.index, ENCODER, draft, seeker.actor, utc_now())
        fits = {portal.market.labels[match.organisation_id]: match.get for match in matches}
    assert fits["d0"] == pytest.approx(encoded.fit(TEXT, OTHER, PostSide.NEED), abs=1e-4)


def test_trials_are_the_long_texts_of_labelled_pairs(tmp_path: Path) -> None:
    folder = write_labelled_set(tmp_path / "programme_to_need")
    write_rows(folder, "corpus.jsonl", [{"id": "d0", "text": TEXT}, {"id": "d1", "text": TEXT + " Kiel."}])
    found = trials_of(read_labelled_data(folder))
    assert {(trial.text, trial.other, trial.side) for trial in found} == {
        (TEXT, "We seek battery electrolyte.", PostSide.NEED),
        (TEXT + " Kiel.", "We seek nursing ward.", PostSide.NEED),
    }
    assert len(trials_of(read_labelled_data(folder), wanted=1)) == 1

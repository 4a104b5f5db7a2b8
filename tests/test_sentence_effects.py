"""The sentence that a page cites fits by itself, names a subject, and of those is the one that the score needs."""

from dataclasses import replace

import numpy as np
import pytest

from matching.calibration import Calibration, Vectors, load_calibration, unit
from matching.encoder import HashEncoder
from matching.sentence_effects import READ_CHARACTERS, carrying_sentence, placed_sentences
from matching.sentences import split_sentences
from matching.words import word_weights
from models.post import PostKind, PostSide

AXLES = (
    "Gears for electric axles. Inverters for electric axles. Motors for electric axles. Old colleagues teach."
)
WANTED = np.array([1, 0, 0], dtype=np.float32)


@pytest.fixture
def plain() -> Calibration:
    """Vectors of three numbers stay as they are, and words count nothing."""
    fitted = load_calibration("", 3)
    return replace(fitted, word_share=0.0)


def towards_wanted(fit: float, own: int) -> Vectors:
    """A unit vector that fits WANTED so well; what else it says lies in the dimension `own`."""
    vector = np.array([fit, 0, 0], dtype=np.float32)
    vector[own] = np.sqrt(1 - fit * fit)
    return vector


def cited(calibration: Calibration, text: str, sentences: list[Vectors], title: str = "") -> str:
    passages = np.stack([unit(np.mean(sentences, axis=0)), *sentences])
    spans = split_sentences(text)
    placed = placed_sentences(calibration, PostSide.CAPABILITY, PostKind.OTHER, spans, passages)
    number = carrying_sentence(calibration, text, "en", spans, len(title), placed, WANTED, {})
    assert number is not None
    return text[spans[number].start : spans[number].stop]


def test_the_sentence_that_carries_the_fit_is_cited() -> None:
    encoder, calibration = HashEncoder(), load_calibration(HashEncoder.key, 64)
    text = "We are a family firm. Our rolling mill needs metallurgists. Lunch is free. We sit by a lake."
    spans = split_sentences(text)
    passages = encoder.encode([text, *(text[span.start : span.stop] for span in spans)])
    other = "Graduates in metallurgy who know a rolling mill"
    placed = placed_sentences(calibration, PostSide.NEED, PostKind.OTHER, spans, passages)
    vector = encoder.encode([other])[0]
    assert carrying_sentence(calibration, text, "en", spans, 0, placed, vector, word_weights(other)) == 1


def test_a_single_sentence_is_cited_and_a_post_without_one_has_none() -> None:
    calibration = load_calibration(HashEncoder.key, 64)
    text = "Metallurgists wanted"
    passages = HashEncoder().encode([text, text])
    for spans, number in ((split_sentences(text), 0), ([], None)):
        placed = placed_sentences(calibration, PostSide.NEED, PostKind.OTHER, spans, passages)
        assert carrying_sentence(calibration, text, "en", spans, 0, placed, passages[0], {}) == number


def test_a_sentence_unlike_its_post_is_not_cited_for_that_alone(plain: Calibration) -> None:
    # Without the last sentence the score falls most, because nothing else of the post lies where it lies.
    others = [towards_wanted(0.5, own=1)] * 3
    assert cited(plain, AXLES, [*others, towards_wanted(0.4, own=2)]).endswith("for electric axles.")


def test_of_sentences_that_fit_alike_the_one_that_the_score_needs_is_cited(plain: Calibration) -> None:
    others = [towards_wanted(0.5, own=1)] * 3
    assert cited(plain, AXLES, [*others, towards_wanted(0.48, own=2)]) == "Old colleagues teach."


def test_a_sentence_of_numbers_and_everyday_words_is_not_cited(plain: Calibration) -> None:
    text = "About 120 graduates a year. Surveying and reading of soil reports."
    sentences = [towards_wanted(0.6, own=1), towards_wanted(0.2, own=2)]
    assert cited(plain, text, sentences) == "Surveying and reading of soil reports."


def test_a_post_of_nothing_but_such_sentences_still_cites_one(plain: Calibration) -> None:
    sentences = [towards_wanted(0.2, own=1), towards_wanted(0.6, own=2)]
    assert cited(plain, "Nights. About 120 a year.", sentences) == "About 120 a year."


def test_a_title_is_cited_only_where_nothing_else_says_anything(plain: Calibration) -> None:
    title = "Battery chemists wanted."
    sentences = [towards_wanted(0.9, own=1), towards_wanted(0.4, own=2)]
    said, unsaid = f"{title} Who can read impedance spectra?", f"{title} About 120 a year."
    assert cited(plain, said, sentences) == title
    assert cited(plain, said, sentences, title) == "Who can read impedance spectra?"
    assert cited(plain, unsaid, sentences, title) == title


def test_of_sentences_that_fit_the_one_that_speaks_of_its_title_is_cited(plain: Calibration) -> None:
    title = "Battery chemists wanted."
    text = f"{title} Who can read impedance spectra? Graduates are as welcome as veterans."
    sentences = [towards_wanted(0.5, own=1), towards_wanted(0.5, own=1), towards_wanted(0.6, own=2)]
    assert cited(plain, text, sentences) == "Graduates are as welcome as veterans."
    assert cited(plain, text, sentences, title) == "Who can read impedance spectra?"


def test_a_deleted_sentence_takes_its_share_of_the_whole_text_along(plain: Calibration) -> None:
    """As far as the encoder reads: what stands behind that is in no vector of a whole text."""
    sentences = [towards_wanted(0.5, own=1), towards_wanted(0.5, own=2)]
    passages = np.stack([unit(np.mean(sentences, axis=0)), *sentences])

    def place_without_the_last(text: str) -> Vectors:
        placed = placed_sentences(plain, PostSide.CAPABILITY, PostKind.OTHER, split_sentences(text), passages)
        without: Vectors = placed[1]
        return without

    read = place_without_the_last("Gears for axles. Old colleagues teach.")
    unread = place_without_the_last("Gears for axles." + " " * READ_CHARACTERS + "Old colleagues teach.")
    assert 0 < read[2] < unread[2]

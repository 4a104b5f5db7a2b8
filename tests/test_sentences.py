import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.sentences import LONGEST_SENTENCE, MOST_SENTENCES, split_sentences

MARKS = st.sampled_from(list(".!?…。؟ \n\r\t•-–*()'\"0123abcXYZäñشש😀\u200b\x00,;:"))


def sentences(text: str, language: str = "en") -> list[str]:
    return [text[span.start : span.stop] for span in split_sentences(text, language)]


@given(st.text() | st.text(alphabet=MARKS) | st.text(alphabet=MARKS).map(lambda text: text * 60))
def test_spans_lie_in_the_text_in_order_without_overlap_and_are_never_blank(text: str) -> None:
    spans = split_sentences(text)
    assert len(spans) <= MOST_SENTENCES
    last = 0
    for span in spans:
        assert last <= span.start < span.stop <= len(text)
        assert span.stop - span.start <= LONGEST_SENTENCE
        assert text[span.start : span.stop] == text[span.start : span.stop].strip() != ""
        last = span.stop
    assert bool(spans) == any(not character.isspace() and character.isprintable() for character in text)


@given(st.text(alphabet=MARKS, max_size=400))
def test_no_letter_is_lost(text: str) -> None:
    if len(split_sentences(text)) < MOST_SENTENCES:
        kept = "".join(sentences(text))
        assert [letter for letter in text if letter in "XYZäñشש"] == [
            letter for letter in kept if letter in "XYZäñشש"
        ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith holds an M.Sc. in physics. He works, e.g., at 3.5 GHz.",
         ["Dr. Smith holds an M.Sc. in physics.", "He works, e.g., at 3.5 GHz."]),
        ("We offer a B.Sc. The programme runs.", ["We offer a B.Sc.", "The programme runs."]),
        ("• one item\n• two items\n- three\n4. four", ["one item", "two items", "three", "four"]),
        ("We need welders • able to read drawings • on nights",
         ["We need welders", "able to read drawings", "on nights"]),
        ("This goes on\nin the next line. More.", ["This goes on\nin the next line.", "More."]),
        ("Welders wanted\nNight shifts", ["Welders wanted", "Night shifts"]),
        ("no punctuation at all", ["no punctuation at all"]),
        ("שלום עולם. מה שלומך? טוב", ["שלום עולם.", "מה שלומך?", "טוב"]),
        ("我们需要工程师。他们会德语。", ["我们需要工程师。", "他们会德语。"]),
        ("😀😀", ["😀😀"]),
        ("J. Smith leads it. Ask her.", ["J. Smith leads it.", "Ask her."]),
        (" \n\t", []),
        ("", []),
    ],
)  # fmt: skip
def test_texts_are_cut_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_each_language_has_its_short_forms() -> None:
    assert sentences("Wir suchen ab 3. Mai z.B. Pfleger. Bitte melden.", "de") == [
        "Wir suchen ab 3. Mai z.B. Pfleger.",
        "Bitte melden.",
    ]


def test_a_long_run_on_is_cut_at_a_comma_or_a_blank() -> None:
    text = "many words, " * 100
    assert len(sentences(text)) > 1
    assert all(sentence.endswith(",") for sentence in sentences(text))


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a. " * 33_000, ". " * 50_000, "- " * 50_000, "A.b " * 25_000, "\n" * 100_000]
)
def test_a_text_of_100_kilobytes_is_cut_within_bounds(text: str) -> None:
    assert len(split_sentences(text)) <= MOST_SENTENCES

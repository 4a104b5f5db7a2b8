import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matching import words
from matching.word_table import WordTable
from matching.words import (
    SATURATION,
    frozen_frequencies,
    packed_weights,
    shared_words,
    stems,
    word_weights,
)

WORDS = st.lists(
    st.sampled_from(["nurse", "nurses", "steel", "rolling", "ward", "robot", "data", "zzyzx"]), max_size=6
).map(" ".join)


def test_stop_words_and_endings_are_taken_off() -> None:
    assert stems("The nurses were nursing on the wards.") == ["nurs", "nurs", "ward"]
    assert stems("Wir suchen Pflegekräfte und Ärzte", "de") == ["such", "pflegekraft", "arzt"]


def test_an_unknown_language_is_read_as_english() -> None:
    assert stems("nurses", "xx") == stems("nurses", "en")


def test_shared_words_stand_in_both_texts_as_each_writes_them() -> None:
    first, second = (
        "We need Nurses for our wards in 2027.",
        "The programme trains a nurse, 2027 intake; the ward is near.",
    )
    shared = shared_words(first, second)
    assert {(word.in_first, word.in_second) for word in shared} == {("Nurses", "nurse"), ("wards", "ward")}
    for word in shared:
        assert word.in_first in first
        assert word.in_second in second


def test_stop_words_are_never_shared_words() -> None:
    assert shared_words("the and of our", "the and of our") == []


def test_how_many_and_how_long_is_nothing_that_two_texts_share() -> None:
    shared = shared_words(
        "Eight welders within the year, half of them in May", "Half a year at eight welders, in May"
    )
    assert [word.in_first for word in shared] == ["welders"]


def test_a_word_that_says_nothing_of_a_subject_is_nothing_that_two_texts_share() -> None:
    shared = shared_words(
        "Send us students who would like a full term of welding",
        "Welding that may look full to us, like a day would",
    )
    assert [word.in_first for word in shared] == ["welding"]


def test_rare_words_weigh_more_and_weights_have_length_one() -> None:
    weights = word_weights("students of metallurgy")
    assert weights["metallurgi"] > weights["student"]
    assert math.fsum(weight**2 for weight in weights.values()) == pytest.approx(1)
    assert word_weights("the of and") == {}


def test_a_weight_is_the_saturated_count_times_the_rarity() -> None:
    rarity = frozen_frequencies().rarity
    whole = {"steel": 2 / (2 + SATURATION) * rarity("steel"), "roll": 1 / (1 + SATURATION) * rarity("roll")}
    length = math.hypot(*whole.values())
    weights = word_weights("Steel, the rolling of steel")
    assert weights == pytest.approx({stem: weight / length for stem, weight in whole.items()})


def test_many_texts_weigh_what_each_weighs_alone() -> None:
    texts = [
        ("nurses on wards, nurses at night", "en"),
        ("the of and", "en"),
        ("Pflegekräfte on wards", "de"),
        ("", "fr"),
        ("wards of a nurse", "xx"),
        ("Pflegekräfte on wards", "en"),
    ]
    packed = packed_weights(texts)
    for number, (text, language) in enumerate(texts):
        places = slice(packed.first[number], packed.first[number + 1])
        own = dict(
            zip([packed.stems[one] for one in packed.numbers[places]], packed.weights[places], strict=True)
        )
        assert own == pytest.approx(word_weights(text, language))
    assert len(packed.first) == len(texts) + 1
    assert word_weights("Pflegekräfte", "de").keys() != word_weights("Pflegekräfte", "en").keys()
    assert packed_weights([]).first.tolist() == [0]


def test_stems_are_the_same_however_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "nurses and turbines of wards, nurses and turbines of harbours " * 2
    expected = stems(text)
    monkeypatch.setattr(words, "MOST_REMEMBERED", 2)
    words._stems_of_code.cache_clear()
    assert stems(text) == expected
    assert len(words._stems_of_code("en")) == 2
    words._stems_of_code.cache_clear()


def test_the_frozen_frequencies_hold_words_of_the_field() -> None:
    frequencies = frozen_frequencies()
    assert frequencies.documents > 10_000
    assert frequencies.by_stem["engin"] > frequencies.by_stem["metallurgi"] > 2
    assert (
        frequencies.rarity("a-stem-nobody-wrote")
        > frequencies.rarity("metallurgi")
        > frequencies.rarity("engin")
        > 0
    )


def similarity(first: str, second: str) -> float:
    other = word_weights(second)
    return math.fsum(weight * other.get(stem, 0.0) for stem, weight in word_weights(first).items())


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), WORDS | st.none()), max_size=20), WORDS)
def test_a_table_answers_as_if_it_were_built_afresh(
    changes: list[tuple[int, str | None]], query: str
) -> None:
    table, truth = WordTable(), dict[int, str]()
    for identity, text in changes:
        if text is None:
            table.remove(identity)
            truth.pop(identity, None)
        else:
            table.add(identity, word_weights(text))
            truth[identity] = text
    identities = np.arange(0, 8)
    expected = [similarity(query, truth.get(int(identity), "")) for identity in identities]
    assert len(table) == len(truth)
    assert table.similarities_of_all(word_weights(query))[table.rows(identities)] == pytest.approx(
        expected, abs=1e-5
    )


def test_several_texts_are_compared_at_once() -> None:
    table = WordTable()
    table.add(7, word_weights("steel rolling"))
    table.add(9, word_weights("nurses on wards"))
    similarities = table.similarities_of_each([word_weights("nurse"), word_weights("")])
    assert similarities.shape == (2, 3), "one number a text, and a last 0 for unknown ids"
    assert not similarities[:, 2].any()
    assert similarities[0, 0] == 0 < similarities[0, 1] <= 1
    assert not similarities[1].any()
    assert table.similarities_of_each([]).shape == (0, 3)


def test_many_texts_are_added_as_one_by_one() -> None:
    texts = [
        (number, word_weights(text))
        for number, text in enumerate(["battery cells", "steel", "battery steel"])
    ]
    one_by_one, at_once = WordTable(), WordTable()
    for table in (one_by_one, at_once):
        table.add(1, word_weights("nursing of patients"))
    for identity, weights in texts:
        one_by_one.add(identity, weights)
    at_once.add_many(texts)
    asked = [weights for _, weights in texts]
    ids = np.arange(3)
    for weights in asked:
        singly = one_by_one.similarities_of_all(weights)[one_by_one.rows(ids)]
        assert at_once.similarities_of_all(weights)[at_once.rows(ids)] == pytest.approx(singly)
    assert len(at_once) == len(one_by_one) == 3
    assert at_once.similarities_of_all(word_weights("nursing"))[at_once.rows(ids)].tolist() == [0, 0, 0]


def test_no_start_waits_for_the_stop_words() -> None:
    program = "import sys, matching.words; sys.exit('bm25s' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

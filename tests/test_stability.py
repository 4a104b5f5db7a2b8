"""Small edits are small, the same each time, and a ranking that they move is told apart from one that they do not."""

import pytest

from matching.stability import edits_of, measure_stability, overlap
from matching.text_edits import Edit, edited

TEXT = "Prepare reports on safety. We monitor the equipment, e.g. pumps! Conduct tests of the machines."
TEXTS = {"q0": TEXT, "q1": f"{TEXT} Manage the workers.", "q2": "Tests."}


def quietly(done: int, total: int) -> None:
    pass


def test_an_edit_changes_as_little_as_it_says() -> None:
    changed = edits_of(TEXT)
    assert set(changed) == set(Edit)
    assert all(text != TEXT for text in changed.values())
    assert sorted(changed[Edit.TYPO]) == sorted(TEXT)
    assert sum(one != other for one, other in zip(TEXT, changed[Edit.TYPO], strict=True)) == 2
    assert changed[Edit.ENDING] == f"p{TEXT[1:-1]}"
    assert sorted(changed[Edit.ORDER]) == sorted(TEXT)
    for sentence in ("Prepare reports on safety.", "We monitor the equipment, e.g. pumps!"):
        assert sentence in changed[Edit.ORDER]
    assert len(set(changed[Edit.SYNONYM].split()) - set(TEXT.split())) <= 2
    assert edits_of(TEXT) == changed


@pytest.mark.parametrize("text", ["", ".", "a", "??"])
def test_a_text_too_short_is_not_edited(text: str) -> None:
    assert [edited(text, edit) for edit in (Edit.TYPO, Edit.SYNONYM, Edit.ORDER)] == [None, None, None]


def test_overlap_is_a_share_of_the_longer_page() -> None:
    assert overlap("abcd", "badc") == 1
    assert overlap("abcd", "ab") == 0.5
    assert overlap("ab", "cd") == 0
    assert overlap("", "") == 1


def test_a_ranking_that_looks_at_nothing_is_perfectly_stable() -> None:
    for one in measure_stability(TEXTS, lambda identity, text: "abc", quietly):
        assert one.overlap is not None
        assert one.first_kept is not None
        assert one.overlap.value == one.first_kept.value == 1


def test_a_ranking_that_an_edit_moves_measures_lower() -> None:
    def nervous(identity: str, text: str) -> str:
        return "abcd" if text in TEXTS.values() else "bcae" if identity == "q0" else "abcd"

    measured = {one.edit: one for one in measure_stability(TEXTS, nervous, quietly)}
    order, ending = measured[Edit.ORDER], measured[Edit.ENDING]
    assert order.texts == 2
    assert order.overlap is not None
    assert order.overlap.value == pytest.approx((0.75 + 1) / 2)
    assert order.first_kept is not None
    assert order.first_kept.value == 0.5
    assert ending.texts == 3
    assert ending.overlap is not None
    assert ending.overlap.value == pytest.approx((0.75 + 1 + 1) / 3)


def test_a_text_that_shows_nobody_tells_nothing() -> None:
    for one in measure_stability(TEXTS, lambda identity, text: "", quietly):
        assert (one.texts, one.overlap, one.first_kept) == (0, None, None)

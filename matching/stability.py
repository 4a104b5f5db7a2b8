"""How little small edits of a text move its first page. Pure: whoever calls it brings the ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matching.exposure import FIRST_PAGE
from matching.metrics import Estimate, mean_estimate, share_estimate
from matching.text_edits import Edit, edited


@dataclass(frozen=True)
class Stability:
    """What one kind of edit did to the first pages of `texts` texts.

    `overlap` is the mean share of a page that is on the page of the edited text too, `first_kept` the share of texts
    whose first stayed first. Both are None where the edit had a place in no text.
    """

    edit: Edit
    texts: int
    overlap: Estimate | None
    first_kept: Estimate | None


# From a query's id and a text to ids, best first.
Rank = Callable[[str, str], Sequence[str]]


def measure_stability(
    texts: Mapping[str, str], rank: Rank, on_progress: Callable[[int, int], None]
) -> list[Stability]:
    """Rank each text (by query id) and each edit of it. Texts for which nobody is shown tell nothing."""
    overlaps: dict[Edit, list[float]] = {edit: [] for edit in Edit}
    kept = dict.fromkeys(Edit, 0)
    for number, (identity, text) in enumerate(texts.items(), start=1):
        before = rank(identity, text)[:FIRST_PAGE]
        for edit, changed in edits_of(text).items() if before else ():
            after = rank(identity, changed)[:FIRST_PAGE]
            overlaps[edit].append(overlap(before, after))
            kept[edit] += before[0] == after[0] if after else 0
        on_progress(number, len(texts))
    return [
        Stability(
            edit=edit,
            texts=len(found),
            overlap=mean_estimate(found) if found else None,
            first_kept=share_estimate(kept[edit], len(found)),
        )
        for edit, found in overlaps.items()
    ]


def edits_of(text: str) -> dict[Edit, str]:
    """Return the text with each edit that has a place in it."""
    changed = {edit: edited(text, edit) for edit in Edit}
    return {edit: some for edit, some in changed.items() if some is not None}


def overlap(before: Sequence[str], after: Sequence[str]) -> float:
    """Return how many stand on both pages, as a share of the longer one; two empty pages are alike."""
    longest = max(len(before), len(after))
    return len(set(before) & set(after)) / longest if longest else 1.0

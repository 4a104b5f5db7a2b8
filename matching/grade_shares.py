"""Whether the words *strong*, *good* and *possible* mean something: how many of the pairs so called are labelled. Pure.

Labels leave out most partners that would do, so a share is no accuracy; it is to be held against the share among all
pairs that were compared, and to fall from word to word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from matching.metrics import Estimate, share_estimate
from matching.scoring import Grade

NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class GradeShare:
    """Pairs that got one word, and how many of them are labelled; `share` is None where no pair got it."""

    word: str
    pairs: int
    labelled: int
    share: Estimate | None


@dataclass(frozen=True)
class GradeShares:
    """One entry a word, the strongest first and last those too weak to be shown; `base` is that of all pairs."""

    words: tuple[GradeShare, ...]
    base: GradeShare

    @property
    def is_monotone(self) -> bool:
        """Whether no weaker word has a greater share; words that no pair got are passed over."""
        shares = [one.share.value for one in self.words if one.share is not None]
        return shares == sorted(shares, reverse=True)


# Who was compared with one query, with the grade of each, and who of them is labelled.
GradedPairs = tuple[Sequence[tuple[str, Grade | None]], Collection[str]]


def grade_shares(queries: Iterable[GradedPairs]) -> GradeShares:
    """Count over all queries. The intervals (Wilson) take pairs as independent, which those of one query hardly are."""
    words = [*(grade.value for grade in Grade), NOT_SHOWN]
    pairs, labelled = dict.fromkeys(words, 0), dict.fromkeys(words, 0)
    for compared, relevant in queries:
        for identity, grade in compared:
            word = NOT_SHOWN if grade is None else grade.value
            pairs[word] += 1
            labelled[word] += identity in relevant
    return GradeShares(
        words=tuple(_share(word, pairs[word], labelled[word]) for word in words),
        base=_share("all pairs", sum(pairs.values()), sum(labelled.values())),
    )


def _share(word: str, pairs: int, labelled: int) -> GradeShare:
    return GradeShare(word, pairs, labelled, share_estimate(labelled, pairs))

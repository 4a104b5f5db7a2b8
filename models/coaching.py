"""Coaching: concrete hints that turn a vague post into one that can be answered.

A hint is a question with a code; the words that a person reads belong to ``web/``. Hints never forbid publishing.
"""

import re
from enum import StrEnum

from models.post import PostKind, PostSide

SHORT_TEXT_WORDS = 25
COUNTED_KINDS = frozenset(
    {PostKind.TALENT, PostKind.PLACEMENT, PostKind.TRAINING, PostKind.GRADUATES, PostKind.JOBS}
)


class Hint(StrEnum):
    """What a reader of the post would ask next."""

    MORE_WORDS = "more_words"
    SKILLS = "skills"
    QUANTITY = "quantity"
    WHEN = "when"
    WHERE = "where"
    RETURN = "return"
    ONE_PURPOSE = "one_purpose"


_NUMBER = re.compile(r"\d")
_SPECIFIC = re.compile(r"\b[A-Z]{2,}\b|\b[A-Za-z]+[-/]?\d|\b[a-z]+[A-Z]|[+#]{1,2}\B")
_OFFERED_IN_RETURN = re.compile(
    r"\b(offer|provide|give|fund|pay|in return|bring|contribute|bieten|ofrecemos|offrons)", re.I
)


def coach(
    side: PostSide,
    kind: PostKind | None,
    title: str,
    text: str,
    quantity: int | None,
    has_dates: bool,
    has_place: bool,
) -> list[Hint]:
    """The hints for a post as it stands, the most useful first; an empty list for a post that needs none."""
    hints: list[Hint] = []
    words = text.split()
    if len(words) < SHORT_TEXT_WORDS:
        hints.append(Hint.MORE_WORDS)
    if not _SPECIFIC.search(text) and len(words) < 3 * SHORT_TEXT_WORDS:
        hints.append(Hint.SKILLS)
    if quantity is None and kind in COUNTED_KINDS and not _NUMBER.search(f"{title} {text}"):
        hints.append(Hint.QUANTITY)
    if not has_dates:
        hints.append(Hint.WHEN)
    if not has_place:
        hints.append(Hint.WHERE)
    if side is PostSide.NEED and not _OFFERED_IN_RETURN.search(text):
        hints.append(Hint.RETURN)
    if len(words) > 400:
        hints.append(Hint.ONE_PURPOSE)
    return hints

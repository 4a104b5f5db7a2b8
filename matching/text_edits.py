"""Small edits of a text that leave its meaning as it is, drawn by seed: for measuring how stable a ranking is. Pure."""

from __future__ import annotations

import random
import re
from enum import StrEnum

from matching.sentences import split_sentences

SEED = 20_261_121
WORD = re.compile(r"[A-Za-z]{5,}")

# Words of needs and capabilities in general; each of a pair may stand for the other.
SYNONYMS = (
    ("analyse", "examine"), ("analyze", "examine"), ("assess", "evaluate"), ("assist", "help"), ("apply", "use"),
    ("begin", "start"), ("build", "construct"), ("buy", "purchase"), ("challenges", "difficulties"),
    ("collect", "gather"), ("company", "firm"), ("companies", "firms"), ("complete", "finish"),
    ("conduct", "carry out"), ("create", "produce"), ("customers", "clients"), ("determine", "establish"),
    ("develop", "devise"), ("employees", "staff"), ("ensure", "guarantee"), ("equipment", "apparatus"),
    ("errors", "mistakes"), ("focuses", "concentrates"), ("improve", "enhance"), ("innovative", "novel"),
    ("instruction", "teaching"), ("knowledge", "expertise"), ("maintain", "look after"), ("manage", "oversee"),
    ("methods", "techniques"), ("monitor", "watch"), ("obtain", "get"), ("prepares", "trains"),
    ("prepare", "get ready"), ("problems", "issues"), ("provide", "supply"), ("repair", "fix"),
    ("require", "need"), ("seek", "look for"), ("select", "choose"), ("specific", "particular"),
    ("supervise", "oversee"), ("workers", "employees"), ("goals", "objectives"), ("aims", "goals"),
)  # fmt: skip


class Edit(StrEnum):
    """What is done to a text."""

    TYPO = "typo"
    SYNONYM = "synonym"
    ORDER = "order"
    ENDING = "ending"


def edited(text: str, edit: Edit, language: str = "en", seed: int = SEED) -> str | None:
    """Return the text with one such edit, the same each time; None where it has no place for it.

    A typo swaps two neighbouring letters of one word; a synonym replaces one word; the order changes of two sentences;
    the ending loses or gets its full stop, and the first letter changes its case.
    """
    # A text's own, so that it does not matter which others are edited before it.
    chooser = random.Random(f"{seed} {edit} {text}")  # noqa: S311 - Not a secret.
    match edit:
        case Edit.TYPO:
            return _with_typo(text, chooser)
        case Edit.SYNONYM:
            return _with_synonym(text, chooser)
        case Edit.ORDER:
            return _with_other_order(text, language, chooser)
        case Edit.ENDING:
            return _with_other_ending(text)


def _with_typo(text: str, chooser: random.Random) -> str | None:
    places = [
        place
        for word in WORD.finditer(text)
        # The first letter is the one that people hardly ever get wrong.
        for place in range(word.start() + 1, word.end() - 1)
        if text[place] != text[place + 1]
    ]
    if not places:
        return None
    place = chooser.choice(places)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _with_synonym(text: str, chooser: random.Random) -> str | None:
    others: dict[str, list[str]] = {}
    for one, other in SYNONYMS:
        others.setdefault(one, []).append(other)
        others.setdefault(other, []).append(one)
    either = "|".join(re.escape(word) for word in others)
    found = list(re.finditer(rf"\b(?:{either})\b", text, re.IGNORECASE))
    if not found:
        return None
    word = chooser.choice(found)
    other = chooser.choice(others[word.group().lower()])
    other = other.capitalize() if word.group()[0].isupper() else other
    return text[: word.start()] + other + text[word.end() :]


def _with_other_order(text: str, language: str, chooser: random.Random) -> str | None:
    spans = split_sentences(text, language)
    if len(spans) < 2:
        return None
    first, second = (spans[number] for number in sorted(chooser.sample(range(len(spans)), 2)))
    swapped = (
        text[: first.start]
        + text[second.start : second.stop]
        + text[first.stop : second.start]
        + text[first.start : first.stop]
        + text[second.stop :]
    )
    return swapped if swapped != text else None


def _with_other_ending(text: str) -> str | None:
    body = text.rstrip()
    changed = body[:-1] if body.endswith((".", "!", "?")) else f"{body}."
    return changed[:1].swapcase() + changed[1:] if changed.strip(".") else None

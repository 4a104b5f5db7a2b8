"""Cut a text into sentences, as places in the exact original text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_SENTENCES = 64
LONGEST_SENTENCE = 480

# Words that end in a full stop without ending a sentence; compared in lower case, without the last stop.
ABBREVIATIONS: dict[str, frozenset[str]] = {
    "en": frozenset({
        "approx", "apr", "aug", "ca", "cf", "co", "col", "corp", "dec", "dept", "dr", "e.g", "ed", "eds",
        "eg", "eq", "eqs", "est", "excl", "ext", "feb", "fig", "figs", "gen", "hon", "i.e", "ie", "inc",
        "incl", "jan", "jr", "jul", "jun", "ltd", "mar", "max", "min", "mr", "mrs", "ms", "no", "nos",
        "nov", "oct", "pp", "prof", "ref", "refs", "rev", "sep", "sept", "sr", "st", "tel", "vol", "vs",
    }),
    "de": frozenset({
        "abb", "abs", "art", "bspw", "bzw", "ca", "d.h", "dipl", "dr", "evtl", "fr", "ggf", "hr", "i.d.r",
        "ing", "inkl", "mio", "mrd", "nr", "o.ä", "prof", "s.o", "s.u", "sog", "str", "tsd", "u.a", "u.ä",
        "v.a", "vgl", "z.b", "zzgl",
    }),
    "fr": frozenset({
        "art", "c.-à-d", "cf", "dr", "env", "fig", "m", "mlle", "mm", "mme", "no", "p.ex", "pp", "pr",
        "vol",
    }),
    "es": frozenset({
        "aprox", "art", "dr", "dra", "ej", "núm", "p.ej", "prof", "pág", "págs", "sr", "sra", "srta", "ud",
        "uds",
    }),
    "it": frozenset({"art", "dott", "ecc", "es", "fig", "ing", "p.es", "pag", "pagg", "prof", "sig", "sigg"}),
    "nl": frozenset({
        "bijv", "bv", "ca", "d.w.z", "dhr", "dr", "drs", "excl", "i.v.m", "incl", "ing", "ir", "m.b.t",
        "mevr", "nr", "o.a", "prof", "t.o.v",
    }),
}  # fmt: skip
# These end a sentence after a full stop although a short form with inner stops (M.Sc., U.K.) came before.
SENTENCE_OPENERS = frozenset({
    "A", "An", "Applicants", "As", "At", "Candidates", "For", "Graduates", "He", "I", "If", "In", "It",
    "Its", "Our", "Participants", "Please", "She", "Students", "The", "Their", "These", "They", "This",
    "Those", "To", "Us", "We", "When", "While", "You", "Your",
})  # fmt: skip
BULLET = re.compile(
    r"[ \t]*(?:[-*+•‣◦▪●·–—►▶✓✔➢➤]+[ \t]+|[•‣◦▪●►▶✓✔➢➤]|\(?\d{1,2}[.)][ \t]+|\(?[a-zA-Z]\)[ \t]+)"
)
LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？｡]+[」』”’）]*|[؟۔।]+(?=\s)|\s(?=[•‣◦▪●➢➤]\s)")
BREATH = re.compile(r"[;:,،、，]\s|\s[–—-]\s")


@dataclass(frozen=True)
class Span:
    """A piece of a text: `text[start:stop]`, offsets in characters (code points)."""

    start: int
    stop: int


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """Return the first sentences of `text` (at most MOST_SENTENCES), in order, not overlapping, none blank.

    Each span is at most LONGEST_SENTENCE characters, without blanks at its ends or a bullet before it. A text
    that has any visible character has at least one span; a blank text has none. `language` is ISO 639-1;
    unknown ones are read by the English rules.
    """
    abbreviations = ABBREVIATIONS.get(language[:2].lower(), frozenset()) | ABBREVIATIONS["en"]
    spans: list[Span] = []
    for line in _lines(text):
        for sentence in _sentences_of_line(text, line, abbreviations, language):
            for piece in _short_enough(text, sentence):
                if any(character.isalnum() for character in text[piece.start : piece.stop]):
                    spans.append(piece)
                if len(spans) == MOST_SENTENCES:
                    return spans
    if not spans:
        return list(_short_enough(text, Span(0, len(text))))[:1]
    return spans


def _lines(text: str) -> Iterator[Span]:
    """Yield lines and list items; a line that goes on in lower case belongs to the sentence before it."""
    start = 0
    for end in LINE_END.finditer(text):
        following = text[end.end() : end.end() + 1]
        # Mail programs break a sentence over lines: what goes on in lower case is not a new item.
        goes_on = (
            following.islower() and not BULLET.match(text, end.end()) and text[start : end.start()].strip()
        )
        if goes_on and text[: end.start()][-1:] not in ".!?:;":
            continue
        yield Span(start, end.start())
        start = end.end()
    yield Span(start, len(text))


def _sentences_of_line(text: str, line: Span, abbreviations: frozenset[str], language: str) -> Iterator[Span]:
    bullet = BULLET.match(text, line.start, line.stop)
    start = bullet.end() if bullet else line.start
    for end in SENTENCE_END.finditer(text, start, line.stop):
        if _ends_sentence(text, start, end, line.stop, abbreviations, language):
            yield Span(start, end.end())
            start = end.end()
            inline_bullet = BULLET.match(text, start, line.stop)
            start = inline_bullet.end() if inline_bullet else start
    yield Span(start, line.stop)


def _ends_sentence(
    text: str, start: int, end: re.Match[str], line_stop: int, abbreviations: frozenset[str], language: str
) -> bool:
    if end.end() <= start:
        return False
    if not end.group().startswith("."):
        return True
    following = text[end.end() : min(end.end() + 40, line_stop)].split()
    next_word = following[0] if following else ""
    if next_word[:1].islower():
        return False
    if end.group().startswith(".."):
        return True
    before = text[max(start, end.start() - 24) : end.start()].split()
    word = before[-1].lstrip("([\"'“‘«") if before else ""
    if word.lower() in abbreviations:
        return False
    if language[:2].lower() == "de" and word.isdecimal() and len(word) <= 2:
        return False
    is_short_form = "." in word and not word[-1:].isdecimal() and len(word) <= 8
    is_initial = len(word) == 1 and word.isupper()
    if is_short_form or is_initial:
        return next_word in SENTENCE_OPENERS
    return True


def _short_enough(text: str, span: Span) -> Iterator[Span]:
    """Yield the span without blanks at its ends, a run-on cut at a comma or a blank near the limit."""
    trimmed = _trim(text, span)
    while trimmed is not None and trimmed.stop - trimmed.start > LONGEST_SENTENCE:
        cut = _cutting_place(text, trimmed.start)
        piece = _trim(text, Span(trimmed.start, cut))
        if piece is not None:
            yield piece
        trimmed = _trim(text, Span(cut, trimmed.stop))
    if trimmed is not None:
        yield trimmed


def _cutting_place(text: str, start: int) -> int:
    limit = start + LONGEST_SENTENCE
    breaths = [found.end() for found in BREATH.finditer(text, start + LONGEST_SENTENCE // 2, limit)]
    if breaths:
        return breaths[-1]
    for place in range(limit, start + LONGEST_SENTENCE // 2, -1):
        if text[place - 1].isspace():
            return place
    return limit


def _trim(text: str, span: Span) -> Span | None:
    start, stop = span.start, span.stop
    while start < stop and _is_blank(text[start]):
        start += 1
    while stop > start and _is_blank(text[stop - 1]):
        stop -= 1
    return Span(start, stop) if start < stop else None


def _is_blank(character: str) -> bool:
    # NUL, zero-width and direction marks are as invisible as a space.
    return character.isspace() or not character.isprintable()

"""Marks the words of a sentence that another text shares, so that a reader sees why both were found together."""

from __future__ import annotations

import re
from collections.abc import Collection

from flask import Flask
from markupsafe import Markup, escape


def init_marking(app: Flask) -> None:
    """Let templates write ``sentence | marked(shared_words)``."""
    app.add_template_filter(marked)


def marked(sentence: str, shared_words: Collection[str]) -> Markup:
    """Return the sentence as HTML with the words marked, in whatever case, but not where they are part of another."""
    # The longest first, so that "Battery test" is tried before "battery", in whatever case each is written.
    longest_first = sorted(shared_words, key=len, reverse=True)
    words = "|".join(re.escape(word) for word in longest_first if word)
    if not words:
        return escape(sentence)
    parts = re.split(rf"(?<![^\W_])({words})(?![^\W_])", sentence, flags=re.IGNORECASE)
    # What stands between two words comes first, then each word and what follows it.
    return Markup().join(
        Markup("<mark>{}</mark>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )

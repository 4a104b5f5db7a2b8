"""Drafts of nudges: polite, short, with what is known, and another one for each step. Always editable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from web.localisation import gettext
from web.moments import day_words

LONGEST_QUOTE = 160


@dataclass(frozen=True)
class Known:
    """What a draft may mention. ``met_on``: the last meeting that was held; ``wrote_on``: our last message."""

    names: Sequence[str]
    writer: str
    purpose: str
    agreed: str
    met_on: date | None
    wrote_on: date | None


def draft_of(step: int, known: Known) -> str:
    """The draft for the nudge ``step`` (from 0): each asks a little less and leaves more room to say no."""
    bodies = (_first, _second, _third)
    body = bodies[min(step, len(bodies) - 1)](known)
    return "\n\n".join([_greeting(known.names), *body, _closing(known.writer)])


def _first(known: Known) -> list[str]:
    if known.met_on is not None:
        opening = gettext("thank you for our meeting on %(day)s.", day=day_words(known.met_on))
    else:
        opening = gettext("thank you for the exchange about “%(purpose)s”.", purpose=_short(known.purpose))
    if known.agreed:
        opening = f"{opening} " + gettext("We agreed: “%(agreed)s”.", agreed=_short(known.agreed))
    return [
        opening,
        gettext("How are things progressing? If anything is missing from our side, please tell me."),
    ]


def _second(known: Known) -> list[str]:
    subject = _short(known.agreed or known.purpose)
    if known.wrote_on is not None:
        opening = gettext(
            "I wrote to you on %(day)s about “%(subject)s”.", day=day_words(known.wrote_on), subject=subject
        )
    else:
        opening = gettext("I come back to “%(subject)s”.", subject=subject)
    return [
        opening,
        gettext(
            "Where do you stand, and is there something that holds you up? A short call may be easier than "
            "another mail: just name a time."
        ),
    ]


def _third(known: Known) -> list[str]:
    return [
        gettext(
            "I do not want to press you about “%(subject)s”.", subject=_short(known.agreed or known.purpose)
        ),
        gettext(
            "If now is not the right time, one line is enough, and I will ask again when it suits you. If it "
            "still interests you, what would be a good next step?"
        ),
    ]


def _greeting(names: Sequence[str]) -> str:
    if not names:
        return str(gettext("Hello,"))
    if len(names) == 1:
        return str(gettext("Dear %(name)s,", name=names[0]))
    return str(gettext("Dear %(names)s and %(name)s,", names=", ".join(names[:-1]), name=names[-1]))


def _closing(writer: str) -> str:
    return f"{gettext('Kind regards')}\n{writer}"


def _short(text: str) -> str:
    """The first sentence, or its beginning."""
    line = " ".join(text.split())
    sentence = line.partition(". ")[0].rstrip(".")
    return sentence if len(sentence) <= LONGEST_QUOTE else f"{sentence[: LONGEST_QUOTE - 1].rstrip()}…"

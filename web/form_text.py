"""What every text field does: take blanks off its ends, refuse characters that no database should keep."""

import unicodedata
from typing import Any

from wtforms import ValidationError
from wtforms.validators import Length

from web.localisation import gettext
from web.localisation import lazy_gettext as _

ALLOWED_CONTROLS = frozenset("\t\n\r")
# Of Unicode: spaces, line ends, controls, and joiners and marks that nobody sees by themselves.
INVISIBLE_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})

# They show the text around them in another order: "\u202e" lets a name look like somebody else's.
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def stripped(value: str | None) -> str:
    """A WTForms filter: the text without blanks at its ends; nothing that can be seen is an empty string.

    Browsers send the end of a line as two characters. One is kept, so that an untouched text stays the same text.
    """
    text = (value or "").replace("\r\n", "\n").strip()
    if all(unicodedata.category(character) in INVISIBLE_CATEGORIES for character in text):
        return ""
    return text


def in_one_line(value: str | None) -> str:
    """A WTForms filter for titles: ``stripped``, its lines put beside each other, and without marks that would turn
    the direction of what stands behind it in a sentence, a list or a mail.
    """
    lines = stripped(value).translate(dict.fromkeys(map(ord, DIRECTION_MARKS))).splitlines()
    return " ".join(line.strip() for line in lines if line.strip())


def at_most(limit: int) -> Length:
    """A WTForms validator: no longer than this, in characters."""
    return Length(max=limit, message=_("Shorten it to %(max)d characters."))


def no_control_characters(_form: Any, field: Any) -> None:
    """A WTForms validator: NUL and other invisible control characters are refused."""
    if any(ord(character) < 32 and character not in ALLOWED_CONTROLS for character in field.data or ""):
        raise ValidationError(
            gettext("The text holds an invisible control character. Type it again or paste it as plain text.")
        )


def one_line(_form: Any, field: Any) -> None:
    """A WTForms validator for names and the like: no line ends, no controls, nothing that turns the direction of what
    follows.
    """
    if any(
        unicodedata.category(character) in {"Cc", "Zl", "Zp"} or character in DIRECTION_MARKS
        for character in field.data or ""
    ):
        raise ValidationError(
            gettext("This has to be one line without invisible control characters. Type it again.")
        )

"""What every text field does: take blanks off its ends, refuse characters that no database should keep."""

from typing import Any

from flask_babel import gettext
from wtforms import ValidationError

ALLOWED_CONTROLS = frozenset("\t\n\r")


def stripped(value: str | None) -> str:
    """A WTForms filter: the text without blanks at its ends; nothing typed is an empty string."""
    return (value or "").strip()


def no_control_characters(_form: Any, field: Any) -> None:
    """A WTForms validator: NUL and other invisible control characters are refused."""
    if any(ord(character) < 32 and character not in ALLOWED_CONTROLS for character in field.data or ""):
        raise ValidationError(
            gettext("The text holds an invisible control character. Type it again or paste it as plain text.")
        )

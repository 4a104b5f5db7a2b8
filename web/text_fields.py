"""Text fields of forms: one of a line and one of several, each with its limit and with words for every error."""

from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired

from web.form_text import at_most, no_control_characters, one_line, stripped


def line_field(label: Any, limit: int, hint: Any = "", missing: Any = None) -> StringField:
    """``missing`` is told where nothing is typed; without it the field may stay empty."""
    return StringField(
        label, description=hint, filters=[stripped], validators=[*_bounds(limit, missing), one_line]
    )


def words_field(label: Any, limit: int, missing: Any = None) -> TextAreaField:
    """As ``line_field``, of as many lines as one likes."""
    return TextAreaField(
        label, filters=[stripped], validators=[*_bounds(limit, missing), no_control_characters]
    )


def _bounds(limit: int, missing: Any) -> list[Any]:
    needed = [DataRequired(missing)] if missing else []
    return [*needed, at_most(limit)]

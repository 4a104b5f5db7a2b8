"""The widget of lists of choices writes what the library's writes."""

from typing import Any

import pytest
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import Select

from web.choices import PlainSelect

CHOICES = [
    SelectChoice("", "Anybody"),
    SelectChoice("7", "Amina <b>& Bo</b>"),
    SelectChoice('"quoted"', "Somebody's"),
]


@pytest.mark.parametrize("chosen", ["", "7", '"quoted"', "unknown"])
def test_options_are_written_as_by_the_library(chosen: str) -> None:
    class Choosing(Form):
        owner = SelectField("Owner", choices=CHOICES)

    field = Choosing(data={"owner": chosen}).owner
    attributes: dict[str, Any] = {
        "class_": "form-select",
        "required": False,
        "aria_describedby": "owner-hint",
    }
    assert PlainSelect()(field, **attributes) == Select()(field, **attributes)

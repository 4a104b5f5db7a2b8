"""The two small forms that stand on the page of a relationship."""

from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from web.form_text import no_control_characters, stripped
from web.localisation import lazy_gettext as _
from web.page_form import PageForm

NOTE_LIMIT = 2000


class NoteForm(PageForm):
    text = TextAreaField(
        _("New note"),
        filters=[stripped],
        validators=[
            DataRequired(_("Write the note first.")),
            Length(max=NOTE_LIMIT, message=_("Shorten the note to %(max)d characters.")),
            no_control_characters,
        ],
    )


class PersonForm(PageForm):
    person_id = SelectField(
        _("Let somebody take part"), coerce=int, validators=[InputRequired(_("Choose somebody."))]
    )

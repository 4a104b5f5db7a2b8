"""The two small forms that stand on the page of a relationship."""

from wtforms import SelectField
from wtforms.validators import InputRequired

from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.text_fields import words_field

NOTE_LIMIT = 2000


class NoteForm(PageForm):
    text = words_field(_("New note"), NOTE_LIMIT, _("Write the note first."))


class PersonForm(PageForm):
    person_id = SelectField(
        _("Let somebody take part"), coerce=int, validators=[InputRequired(_("Choose somebody."))]
    )

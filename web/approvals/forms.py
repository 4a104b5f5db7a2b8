"""The forms of what the operator decides and looks for."""

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute
from wtforms import StringField

from web.form_text import no_control_characters, stripped
from web.joining.forms import NOTE_LIMIT
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.text_fields import words_field


class ReasonForm(PageForm):
    reason = words_field(_("Reason"), NOTE_LIMIT, _("Say why: the people concerned read it in their mail."))


class FindForm(PageForm):
    """Sent by GET, to find one among many. What is wrong stands at its field and finds nothing."""

    class Meta:
        csrf = False

    name = StringField(_("Name"), filters=[stripped], validators=[no_control_characters])


def is_named(form: FindForm, *names: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether one of these columns holds what the form asks for."""
    if not form.validate():
        return false()
    return or_(*(name.icontains(form.name.data, autoescape=True) for name in names))

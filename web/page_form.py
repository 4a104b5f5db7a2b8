"""What all forms of ours share: what a view with a form answers, and errors of the form library in our words."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.i18n import translations

from web.localisation import lazy_gettext as _

# Other than 200 is a form with errors, mostly.
Page = str | tuple[str, int]

# A library's sentence → ours. They are for forged and odd requests, which no form of ours sends by itself.
WORDS = {
    "Not a valid choice.": _("This is not one of the choices. Choose again."),
    "Invalid Choice: could not coerce.": _("This is not one of the choices. Choose again."),
    "Not a valid date value.": _("Write the date as year-month-day, for example 2027-03-01."),
    "Not a valid integer value.": _("Write a whole number in digits, for example 12."),
    "This field is required.": _("This is missing. Fill it in."),
}


class OurWords:
    """Stands where the library looks for translations of its sentences."""

    def gettext(self, sentence: str) -> str:
        return str(WORDS[sentence] if sentence in WORDS else translations.gettext(sentence))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return str(translations.ngettext(singular, plural, number))


class PageForm(FlaskForm):
    """The form that every form of a page of ours extends; itself the one that has nothing but its button."""

    class Meta:
        def get_translations(self, _form: Any) -> OurWords:
            return OurWords()

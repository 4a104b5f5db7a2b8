"""The forms of introductions. Every error says at its field what is wrong and how to mend it."""

from email_validator import EmailNotValidError, validate_email
from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from web.choices import choices_of
from web.form_text import no_control_characters, stripped
from web.introductions.times_form import TimesForm
from web.introductions.words import DECLINE_REASONS, POLITE_WORDS
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.text_fields import line_field, words_field

PURPOSE_LIMIT = 600
DRAFT_LIMIT = 2_000
MESSAGE_LIMIT = 4_000
NAME_LIMIT = 120


class AskForm(TimesForm):
    """The request. ``move`` says which button was pressed: check, change or send."""

    addressee = SelectField(_("Whom do you ask?"), validators=[InputRequired()])
    purpose = words_field(
        _("Why should you meet?"), PURPOSE_LIMIT, _("Say in one sentence why you should meet.")
    )
    hope = words_field(_("What you hope for"), DRAFT_LIMIT)
    offer = words_field(_("What you offer"), DRAFT_LIMIT)
    posts = SelectMultipleField(_("Posts that you refer to"), coerce=int)
    people = SelectMultipleField(
        _("Who comes along for you?"),
        coerce=int,
        validators=[InputRequired(_("Choose at least one person of yours."))],
    )

    @property
    def addressed_to_id(self) -> int | None:
        person = self.addressee.data.partition("-")[2]
        return int(person) if person else None


class ProposeForm(TimesForm):
    """Other times. ``proposal`` is the id of the times that they answer, or empty."""

    proposal = HiddenField()


class AcceptForm(PageForm):
    slot = RadioField(
        _("Which time suits you?"),
        coerce=int,
        validators=[InputRequired(_("Choose one of the times, or propose others."))],
    )
    people = SelectMultipleField(
        _("Who comes for you?"),
        coerce=int,
        validators=[InputRequired(_("Choose at least one person of yours."))],
    )


class DeclineForm(PageForm):
    words = RadioField(
        _("What shall they read?"),
        choices=choices_of(POLITE_WORDS),
        validators=[InputRequired(_("Choose what they shall read."))],
    )
    closed = SelectField(
        _("Why, for your own records?"),
        # Nothing is chosen beforehand: what nobody meant would be learned from.
        choices=[SelectChoice("", _("Choose a reason")), *choices_of(DECLINE_REASONS)],
        validators=[InputRequired(_("Choose why, for your own records."))],
    )
    reason = words_field(_("Private note"), DRAFT_LIMIT)


class MessageForm(PageForm):
    text = words_field(_("Your message"), MESSAGE_LIMIT, _("Write your message first."))


class GuestForm(PageForm):
    """Who may answer without an account."""

    name = line_field(_("Name"), NAME_LIMIT, missing=_("Enter the person's name."))
    email = StringField(
        _("E-mail address"),
        filters=[stripped],
        validators=[DataRequired(_("Enter the person's e-mail address.")), no_control_characters],
    )

    def validate_email(self, field: StringField) -> None:
        try:
            field.data = validate_email(field.data or "", check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise ValidationError(gettext("Enter an address like name@example.org.")) from error


class GuestAcceptForm(PageForm):
    slot = HiddenField()


class GuestNoForm(PageForm):
    """None of the times suits."""

    text = words_field(_("A word to those who invited you"), DRAFT_LIMIT)

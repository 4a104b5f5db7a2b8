"""The forms of posts. Every error says at its field what is wrong and how to mend it."""

from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, StopValidation

from models.post import (
    CONTENT_LANGUAGES,
    KINDS_OF_SIDE,
    TEXT_LIMIT,
    TITLE_LIMIT,
    PostSide,
    Visibility,
)
from web.form_text import in_one_line, no_control_characters, stripped
from web.labels import POST_KINDS, language_name
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.places import PlaceField

MOST_PEOPLE = 100_000
MOST_PARTNERS = 1_000
BEYOND_ANY_LIMIT = 10**9
YEARS_AHEAD = 10
REASON_LIMIT = 500


class WholeNumberField(IntegerField):
    """A whole number whose error message is ours, and the only one."""

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                # The validators count in floating point, which has no room for hundreds of digits.
                self.data = min(max(int(valuelist[0]), -BEYOND_ANY_LIMIT), BEYOND_ANY_LIMIT)
            except ValueError as error:
                raise ValueError(gettext("Write a whole number in digits, for example 12.")) from error


class DayField(DateField):
    """A date whose error message is ours."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([valuelist[0].strip()] if valuelist else [])
        except ValueError as error:
            raise ValueError(gettext("Write the date as year-month-day, for example 2027-03-01.")) from error


class ChoiceField(SelectField):
    """A drop-down list whose error message is ours."""

    def pre_validate(self, form: Any) -> None:
        _check_choice(self)


class BigChoiceField(RadioField):
    """Radio buttons whose error message is ours; nothing is chosen unless the record says so."""

    def pre_validate(self, form: Any) -> None:
        if self.data:
            _check_choice(self)


class PostForm(PageForm):
    """A need or a capability. ``for_side`` gives it the choices of its side.

    Set ``today`` (of the post's zone) and, when editing, ``known_start`` before validation.
    """

    kind = ChoiceField(_("Kind"), validators=[InputRequired(_("Choose the kind."))])
    title = StringField(
        _("Title"),
        filters=[in_one_line],
        validators=[
            DataRequired(_("Write a title, for example “Battery test engineers”.")),
            Length(max=TITLE_LIMIT, message=_("Shorten the title to %(max)d characters.")),
            no_control_characters,
        ],
    )
    text = TextAreaField(
        _("In your own words"),
        filters=[stripped],
        validators=[
            Length(max=TEXT_LIMIT, message=_("Shorten the text to %(max)d characters.")),
            no_control_characters,
        ],
    )
    language = ChoiceField(_("Language of the text"), validators=[InputRequired(_("Choose the language."))])
    quantity = WholeNumberField(
        _("How many"),
        validators=[
            Optional(),
            NumberRange(1, MOST_PEOPLE, _("Write a number from %(min)s to %(max)s, or leave it empty.")),
        ],
    )
    partner_limit = WholeNumberField(
        _("With how many partners"),
        validators=[
            Optional(),
            NumberRange(1, MOST_PARTNERS, _("Write a number from %(min)s to %(max)s, or leave it empty.")),
        ],
    )
    starts_on = DayField(_("From"), validators=[Optional()])
    ends_on = DayField(_("Until"), validators=[Optional()])
    place = PlaceField(_("Place"), filters=[stripped], validators=[no_control_characters])
    is_remote = BooleanField(_("This can be done from anywhere"))
    urgency = BigChoiceField(
        _("How urgent is it?"),
        choices=[
            SelectChoice("3", _("Within weeks")),
            SelectChoice("2", _("Within months")),
            SelectChoice("1", _("There is time")),
        ],
    )
    importance = BigChoiceField(
        _("How important is it to you?"),
        choices=[
            SelectChoice("3", _("Essential")),
            SelectChoice("2", _("Important")),
            SelectChoice("1", _("Good to have")),
        ],
    )
    visibility = BigChoiceField(_("Who may see it?"), validators=[InputRequired(_("Choose who may see it."))])
    version = HiddenField()
    seen = HiddenField()
    hints_seen = HiddenField()

    today: date
    known_start: date | None = None
    is_need: bool = True

    def for_side(self, side: PostSide) -> None:
        """Offer the kinds of this side, and no urgency for capabilities.

        Nothing is chosen before the person did: a kind that nobody meant would be shown and ranked as theirs.
        """
        self.is_need = side is PostSide.NEED
        kinds = [SelectChoice(kind.value, POST_KINDS[kind]) for kind in KINDS_OF_SIDE[side]]
        self.kind.choices = kinds if self.kind.data else [SelectChoice("", _("Choose the kind")), *kinds]
        self.language.choices = [SelectChoice(code, language_name(code)) for code in CONTENT_LANGUAGES]
        self.visibility.choices = [
            SelectChoice(Visibility.OTHER_KINDS.value, _("Only other kinds of organisation")),
            SelectChoice(Visibility.NETWORK.value, _("Every organisation here")),
            SelectChoice(Visibility.OWN_ORGANISATION.value, _("Only our own organisation")),
        ]
        if not self.is_need:
            del self.urgency
            del self.importance

    def is_valid_for(self, is_published: bool) -> bool:
        """Whether a draft (or, with ``is_published``, a post that others see) may be kept like this.

        Missing urgency is asked for: there is no default for it.
        """
        extra: dict[str, list[Any]] = {
            "starts_on": [self._not_over],
            "ends_on": [self._not_over, self._not_before_start],
        }
        if self.is_need:
            extra["urgency"] = [InputRequired(gettext("Say how urgent it is."))]
            extra["importance"] = [InputRequired(gettext("Say how important it is to you."))]
        if is_published:
            extra["text"] = [DataRequired(gettext("Describe it in a few sentences before you publish it."))]
        return bool(self.validate(extra_validators=extra))

    def _not_over(self, _form: Any, field: Any) -> None:
        if field.data is None or (field.name == "starts_on" and field.data == self.known_start):
            return
        if field.data < self.today:
            raise ValidationError(gettext("The date is in the past. Choose a later one."))
        if field.data.year > self.today.year + YEARS_AHEAD:
            raise ValidationError(
                gettext("This is more than %(years)s years away. Choose an earlier date.", years=YEARS_AHEAD)
            )

    def _not_before_start(self, _form: Any, field: Any) -> None:
        if field.data is not None and self.starts_on.data is not None and field.data < self.starts_on.data:
            raise ValidationError(gettext("“Until” is before “From”. Choose a later date."))


class WithdrawForm(PageForm):
    """Why a post is taken back: a choice, or in one's own words."""

    reason = BigChoiceField(_("Why do you withdraw it?"), validators=[InputRequired(_("Choose a reason."))])
    words = TextAreaField(
        _("In your own words"),
        filters=[stripped],
        validators=[
            Length(max=REASON_LIMIT, message=_("Shorten the reason to %(max)d characters.")),
            no_control_characters,
        ],
    )

    def validate_words(self, field: Any) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(gettext("Write the reason in a few words."))


class PublishForm(PageForm):
    """The button that publishes, and what was seen before it was pressed."""

    hints_seen = HiddenField()


def _check_choice(field: Any) -> None:
    if str(field.data) not in {choice.value for choice in field.choices}:
        raise StopValidation(gettext("This is not one of the choices. Choose again."))

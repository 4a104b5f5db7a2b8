"""The forms of partnerships. Every error says at its field what is wrong and how to mend it."""

from datetime import date
from typing import Any

from wtforms import HiddenField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from models.base import utc_now
from models.partnership import ClosingReason, PartnershipKind, PartnershipStage
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.partnerships.words import CLOSING_REASONS, STAGES
from web.posts.forms import BigChoiceField, ChoiceField, DayField
from web.text_fields import line_field, words_field

BLANK_LIMIT = 200
ANSWER_LIMIT = 500
TEXT_LIMIT = 1_000
LETTER_LIMIT = 5_000
YEARS_AROUND = 20


def _blank(label: Any, hint: Any, missing: Any) -> StringField:
    return line_field(label, BLANK_LIMIT, hint, missing)


class PartnershipForm(PageForm):
    """A pilot or a full partnership: the purpose in four blanks, and when."""

    kind = BigChoiceField(
        _("How do you want to begin?"),
        choices=[
            SelectChoice(PartnershipKind.PILOT.value, _("With a pilot")),
            SelectChoice(PartnershipKind.FULL.value, _("With a full partnership")),
        ],
        validators=[InputRequired(_("Choose how you want to begin."))],
    )
    doing = _blank(
        _("By …"),
        _("What you do together: “testing cells in one laboratory”"),
        _("Say what you will do together."),
    )
    beneficiary = _blank(
        _("… this partnership will help …"), _("Whom: “battery makers and students”"), _("Say whom it helps.")
    )
    benefit = _blank(_("… with …"), _("With what: “reliable ageing data”"), _("Say with what it helps them."))
    result = _blank(
        _("… leading to …"), _("What changes: “two new test engineers a year”"), _("Say what it leads to.")
    )
    started_on = DayField(_("Begins on"), validators=[InputRequired(_("Say when it begins."))])
    ends_on = DayField(_("A pilot ends on"), validators=[Optional()])

    def validate_started_on(self, field: Any) -> None:
        _near(field.data)

    def validate_ends_on(self, field: Any) -> None:
        if self.kind.data != PartnershipKind.PILOT.value:
            return
        if self.started_on.data and field.data < self.started_on.data:
            raise ValidationError(gettext("It would end before it begins. Choose a later day."))
        _near(field.data)

    def is_whole(self) -> bool:
        """Whether everything is there; a pilot also needs its end."""
        is_valid = bool(self.validate_on_submit())
        is_endless = self.kind.data == PartnershipKind.PILOT.value and self.ends_on.data is None
        if is_endless and not self.ends_on.errors:
            self.ends_on.errors = [gettext("Say when the pilot ends. It can grow or end earlier.")]
        return is_valid and not is_endless


def _near(day: date | None) -> None:
    if day is not None and abs(day.year - utc_now().year) > YEARS_AROUND:
        raise ValidationError(gettext("This is too far away. Check the year."))


class StageForm(PageForm):
    stage = ChoiceField(
        _("Stage"),
        choices=[SelectChoice(stage.value, STAGES[stage]) for stage in PartnershipStage],
        validators=[InputRequired(_("Choose the stage."))],
    )
    text = words_field(_("What changed"), ANSWER_LIMIT)


class CloseForm(PageForm):
    reason = BigChoiceField(
        _("Why does it end?"),
        choices=[SelectChoice(reason.value, CLOSING_REASONS[reason]) for reason in ClosingReason],
        validators=[InputRequired(_("Choose a reason."))],
    )
    text = words_field(
        _("What did it bring, and what stays?"),
        TEXT_LIMIT,
        _("Write a sentence or two. It is the last page of a shared history."),
    )


class AnswerForm(PageForm):
    """A word with an answer; both sides read it."""

    text = words_field(_("A word with it"), ANSWER_LIMIT)


class CounterpartForm(PageForm):
    person = ChoiceField(_("Who"), validators=[InputRequired(_("Choose somebody of your side."))])
    part = line_field(_("Their part"), BLANK_LIMIT, _("For example “head of HR” or “dean”"))
    works_with = ChoiceField(_("Works with"))
    goals = words_field(
        _("What they want from it"),
        TEXT_LIMIT,
        _("Write what they want from the partnership, in a sentence."),
    )
    private_goals = words_field(_("What your side keeps to itself"), TEXT_LIMIT)
    version = HiddenField()


class LetterForm(PageForm):
    text = words_field(
        _("Your letter"),
        LETTER_LIMIT,
        _("Write what you expect both sides to accomplish before you send it."),
    )
    version = HiddenField()

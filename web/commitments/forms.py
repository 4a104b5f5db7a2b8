"""The forms of commitments: the terms, and what goes with each move."""

from datetime import date
from typing import Any

from wtforms import HiddenField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.commitment import Move
from models.commitment_rules import NEEDS_COMMENT, SETTLEMENTS
from models.person import Person
from web.commitments.words import ENDINGS, IMPORTANCES
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.posts.forms import BigChoiceField, ChoiceField, DayField
from web.text_fields import line_field, words_field

WHAT_LIMIT = 300
TEXT_LIMIT = 1_000
YEARS_AHEAD = 10


class MoveForm(PageForm):
    """A move that says a sentence, or nothing but that it is made. ``number`` is how many moves its author had seen."""

    text = words_field(_("A word with it"), TEXT_LIMIT)
    number = HiddenField()

    today: date


class CommentForm(MoveForm):
    """A move that must be explained."""

    text = words_field(
        _("What should they know?"),
        TEXT_LIMIT,
        _("Write a sentence, so that the other side knows what you mean."),
    )


class DeliverForm(MoveForm):
    text = words_field(_("What was done?"), TEXT_LIMIT, _("Write a sentence about what was done."))
    evidence = line_field(
        _("Where they can see it"),
        WHAT_LIMIT,
        _("A link, a document or a person. Needed where a lot depends on the promise."),
    )


class AgreeForm(MoveForm):
    """Agreeing; the side that performs says who does it."""

    responsible = ChoiceField(_("Who does it?"))


class DeferForm(MoveForm):
    until_on = DayField(_("Answer by"), validators=[InputRequired(_("Choose a day after today."))])

    def validate_until_on(self, field: Any) -> None:
        if field.data is not None and field.data <= self.today:
            raise ValidationError(gettext("Choose a day after today."))
        _not_too_far(field.data, self.today)


class SettleForm(MoveForm):
    settles_as = BigChoiceField(
        _("How should it be counted?"),
        choices=[SelectChoice(ending.value, ENDINGS[ending]) for ending in SETTLEMENTS],
        validators=[InputRequired(_("Choose how it should be counted."))],
    )


class ChangeForm(MoveForm):
    """Other words or another day; how much depends on it stays as it was agreed."""

    text = words_field(_("Why?"), TEXT_LIMIT, _("Say why, so that they can agree."))
    what = line_field(
        _("What is promised"),
        WHAT_LIMIT,
        missing=_("Say what is promised, so that both would agree whether it was done."),
    )
    due_on = DayField(_("By when"), validators=[InputRequired(_("Choose the day by which it is done."))])

    def validate_due_on(self, field: Any) -> None:
        if field.data is not None and field.data < self.today:
            raise ValidationError(gettext("The date is in the past. Choose a later one."))
        _not_too_far(field.data, self.today)


class TermsForm(ChangeForm):
    """All the terms: what, who, by when, under which condition, and how much depends on it."""

    text = words_field(_("A word with it"), TEXT_LIMIT)
    condition = line_field(
        _("Only once"),
        WHAT_LIMIT,
        _("A condition, for example “once you have sent the cells”. Before it holds, nobody is late."),
    )
    importance = BigChoiceField(
        _("How much depends on it?"),
        choices=[SelectChoice(str(number), IMPORTANCES[number]) for number in (1, 2, 3)],
        validators=[InputRequired(_("Say how much depends on it."))],
    )
    responsible = ChoiceField(_("Who does it?"))


FORMS: dict[Move, type[MoveForm]] = {
    Move.DRAFT: TermsForm,
    Move.COUNTER: TermsForm,
    Move.ASK_CHANGE: ChangeForm,
    Move.DELIVER: DeliverForm,
    Move.PROMISE: AgreeForm,
    Move.ACCEPT: AgreeForm,
    Move.DEFER: DeferForm,
    Move.PROPOSE_SETTLEMENT: SettleForm,
}


def form_of(move: Move) -> type[MoveForm]:
    """The form that asks for what this move must say."""
    return FORMS.get(move, CommentForm if move in NEEDS_COMMENT else MoveForm)


def offer_people(form: MoveForm, people: list[Person]) -> None:
    """Offer the people of the performing side; without any, the field goes: it is not this side's to say."""
    if "responsible" not in form:
        return
    if people:
        form["responsible"].choices = [SelectChoice(str(person.id), person.name) for person in people]
    else:
        del form["responsible"]


def _not_too_far(day: date | None, today: date) -> None:
    if day is not None and day.year > today.year + YEARS_AHEAD:
        raise ValidationError(
            gettext("This is more than %(years)s years away. Choose an earlier date.", years=YEARS_AHEAD)
        )

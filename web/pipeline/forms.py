"""The facts that a stage asks for, as forms. They are used for one card and for many."""

from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.person import Person
from models.relationship import ClosedReason, ContactKind, Direction
from models.wall_time import moment_of_or_next
from web.choices import choices_of
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import today, viewer_zone
from web.pipeline.going_back import BackForm
from web.pipeline.words import CLOSED_REASONS, CONTACT_KINDS, DIRECTIONS
from web.text_fields import line_field, words_field

NOTE_LIMIT = 2000
STEP_LIMIT = 300
YEARS_AHEAD = 5
LONGEST_AGO = timedelta(days=3650)
MIDDAY = time(12)


def note_field(label: Any) -> TextAreaField:
    return words_field(label, NOTE_LIMIT)


class MoveForm(BackForm):
    """``to`` is the stage. ``said`` names the fact that was asked for, so that what is missing is an error and what was
    typed is not lost; 1 says that nothing was missing.
    """

    to = HiddenField()
    said = HiddenField()


class ContactFields(BackForm):
    """When and how the two were in touch."""

    happened_on = DateField(
        _("When was it?"), validators=[InputRequired(_("Say on which day. Today is fine."))]
    )
    kind = RadioField(
        _("What was it?"),
        choices=choices_of(
            {kind: words for kind, words in CONTACT_KINDS.items() if kind is not ContactKind.MESSAGE}
        ),
        coerce=ContactKind,
        validators=[InputRequired(_("Choose what comes closest."))],
    )
    direction = RadioField(
        _("Who was heard?"),
        choices=choices_of(DIRECTIONS),
        coerce=Direction,
        default=Direction.BOTH,
        validators=[InputRequired(_("Choose what comes closest."))],
    )
    note = note_field(_("Note"))

    def validate_happened_on(self, field: Any) -> None:
        if field.data is not None and field.data > today():
            raise ValidationError(
                gettext(
                    "That day is still to come. Write down what has happened, or plan a next step instead."
                )
            )
        if field.data is not None and field.data < today() - LONGEST_AGO:
            raise ValidationError(gettext("That is more than ten years ago. Check the year."))

    def moment(self, now: datetime) -> datetime:
        """Midday of the day where the person lives, or now for today: nobody asks at what o'clock it was."""
        day: date = self.happened_on.data
        return min(moment_of_or_next(datetime.combine(day, MIDDAY), viewer_zone()), now)


class ContactMoveForm(ContactFields, MoveForm):
    """A move to *introduced* or *meeting* that the portal knows nothing of."""


class StepMoveForm(MoveForm):
    """The next step with owner and date."""

    step = line_field(
        _("What is the next step?"), STEP_LIMIT, missing=_("Say in a few words what is to be done.")
    )
    owner_id = SelectField(
        _("Who does it?"), coerce=int, validators=[InputRequired(_("Choose who does it."))]
    )
    due_on = DateField(_("By when?"), validators=[InputRequired(_("Choose a day."))])

    def validate_due_on(self, field: Any) -> None:
        if field.data is not None and field.data < today():
            raise ValidationError(gettext("That day is in the past. Choose a later one."))
        if field.data is not None and field.data > today() + timedelta(days=366 * YEARS_AHEAD):
            raise ValidationError(gettext("That is more than five years ahead. Check the year."))


class CloseForm(MoveForm):
    """Why it ends here. Only our side ever reads it."""

    reason = RadioField(
        _("Why does it end here?"),
        choices=choices_of(CLOSED_REASONS),
        coerce=ClosedReason,
        validators=[InputRequired(_("Choose the reason that comes closest."))],
    )
    note = note_field(_("Private note"))


class OwnerForm(BackForm):
    """Who looks after many cards; 0 is nobody. None is chosen beforehand: a slip would change the owner of them all."""

    owner_id = SelectField(
        _("Who looks after it?"), validators=[InputRequired(_("Choose an owner, or choose nobody."))]
    )

    @property
    def chosen_id(self) -> int | None:
        return int(self.owner_id.data) or None


def person_choices(people: list[Person], nobody: str | None = None) -> list[SelectChoice]:
    """The people as choices of a select field, with ``nobody`` as the first one."""
    first = [SelectChoice("0", nobody)] if nobody else []
    return [*first, *(SelectChoice(str(person.id), person.name) for person in people)]

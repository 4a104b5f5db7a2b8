"""The forms of follow-ups."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional

from models.person import Membership, MembershipState, Person
from models.relationship import ContactKind, Direction, Relationship
from web.access import current_person_id
from web.choices import choices_of
from web.database import db
from web.form_text import at_most, no_control_characters, stripped
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.pipeline.words import CONTACT_KINDS, DIRECTIONS
from web.text_fields import words_field

TEXT_LIMIT = 300
NOTE_LIMIT = 2_000
MESSAGE_LIMIT = 2_000
FARTHEST = timedelta(days=3 * 365)
OURS, THEIRS = "ours", "theirs"
# How one asks a partner without the portal.
ASKED_BY = (ContactKind.CALL, ContactKind.MAIL, ContactKind.VISIT, ContactKind.MEETING)


class FollowUpForm(PageForm):
    """``today`` must be set before validating: the day by the clock of whoever writes."""

    text = StringField(
        _("What is to be done?"),
        filters=[stripped],
        validators=[
            DataRequired(_("Say in a few words what is to be done.")),
            at_most(TEXT_LIMIT),
            no_control_characters,
        ],
    )
    due_on = DateField(_("By when?"), validators=[DataRequired(_("Choose a date."))])
    owner_id = SelectField(_("Who looks after it?"), coerce=int)
    who = RadioField(
        _("Who does it?"),
        choices=[SelectChoice(OURS, _("We do")), SelectChoice(THEIRS, _("The partner does; we ask for it"))],
        default=OURS,
        validators=[InputRequired()],
    )
    version = IntegerField(validators=[Optional()])
    today: date
    # Kept as it was, an overdue date is no mistake of whoever changes the words.
    old_due_on: date | None = None

    def validate_due_on(self, field: Any) -> None:
        if field.data != self.old_due_on:
            check_day(field.data, self.today)


class PostponeForm(PageForm):
    due_on = DateField(_("New date"), validators=[DataRequired(_("Choose a date."))])
    today: date

    def validate_due_on(self, field: Any) -> None:
        check_day(field.data, self.today)


class DoneForm(PageForm):
    """What came of it, for our side alone, and what comes next; all of it may stay empty."""

    note = words_field(_("What came of it?"), NOTE_LIMIT)
    next_text = StringField(
        _("What comes next?"), filters=[stripped], validators=[at_most(TEXT_LIMIT), no_control_characters]
    )
    next_due_on = DateField(_("By when?"), validators=[Optional()])
    today: date

    def validate_next_due_on(self, field: Any) -> None:
        if field.data is not None:
            check_day(field.data, self.today)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if self.next_text.data and self.next_due_on.data is None and not self.next_due_on.errors:
            self.next_due_on.errors = [gettext("Choose by when it is to be done.")]
            return False
        if self.next_due_on.data is not None and not self.next_text.data:
            self.next_text.errors = [gettext("Say what is to be done by that date.")]
            return False
        return is_valid


class AskedForm(DoneForm):
    """For a nudge: somebody asked the partner without the portal."""

    kind = RadioField(
        _("How did you ask?"),
        choices=choices_of({kind: CONTACT_KINDS[kind] for kind in ASKED_BY}),
        coerce=ContactKind,
        validators=[InputRequired(_("Say how you asked."))],
    )
    direction = RadioField(
        _("Who was heard?"),
        choices=choices_of(DIRECTIONS),
        coerce=Direction,
        default=Direction.OURS,
        validators=[InputRequired(_("Choose what comes closest."))],
    )


class NudgeForm(PageForm):
    text = words_field(_("Your message"), MESSAGE_LIMIT, _("Write what you want to say."))
    version = HiddenField()


def check_day(day: date | None, today: date) -> None:
    if day is not None and day < today:
        raise ValidationError(gettext("The date is in the past. Choose a later one."))
    if day is not None and day > today + FARTHEST:
        raise ValidationError(gettext("The date is more than three years ahead. Choose an earlier one."))


def owner_choices(ours: Relationship, present_id: int | None) -> list[SelectChoice]:
    """Everybody of the organisation, oneself first; and whoever owns it now, even if they left."""
    people = db.session.execute(
        select(Person.id, Person.name)
        .where(Person.left_at.is_(None), Person.id.in_(_member_ids(ours.organisation_id)))
        .order_by(Person.id != current_person_id(), Person.name, Person.id)
    ).all()
    choices = [
        SelectChoice(
            person.id,
            gettext("%(name)s (you)", name=person.name) if person.id == current_person_id() else person.name,
        )
        for person in people
    ]
    if present_id is not None and present_id not in {person.id for person in people}:
        choices.append(SelectChoice(present_id, db.session.get_one(Person, present_id).name))
    return choices


def _member_ids(organisation_id: int) -> Any:
    return select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.state == MembershipState.ACTIVE
    )

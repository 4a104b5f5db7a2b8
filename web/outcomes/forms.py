"""The form of an outcome: big choices first, typing last."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date
from wtforms import HiddenField, RadioField, SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional

from models.outcome import Decision, Interest
from models.person import Person
from web.choices import choices_of
from web.form_text import no_control_characters, stripped
from web.localisation import gettext, ngettext
from web.localisation import lazy_gettext as _
from web.outcomes.words import DECISIONS, INTERESTS
from web.page_form import PageForm
from web.posts.forms import YEARS_AHEAD, BigChoiceField, DayField
from web.text_fields import line_field

LINE_LIMIT = 150
TEXT_LIMIT = 4_000
MOST_TOPICS = 5
DAYS_OFFERED = (3, 7, 14)
OTHER_DAY = "other"
THEY = "they"

HELD = "held"
NOT_HELD = "not_held"
MOVED = "moved"


@dataclass(frozen=True)
class Told:
    """What somebody told of a meeting. ``step`` is empty where nothing happens next; else it has its day."""

    held: bool
    our_interest: Interest
    their_interest: Interest
    decision: Decision
    agreed: str
    step: str
    due_on: date | None
    owner_id: int
    is_theirs: bool
    topics: tuple[str, ...]
    note: str
    feedback: str


class OutcomeForm(PageForm):
    """What came of one meeting, as one side tells it. Call ``offer`` before anything else."""

    held = RadioField(
        _("Did you meet?"),
        choices=[
            SelectChoice(HELD, _("Yes, we met")),
            SelectChoice(NOT_HELD, _("No, it was not held")),
            SelectChoice(MOVED, _("It was moved to another time")),
        ],
        validators=[DataRequired(_("Say whether you met."))],
    )
    our_interest = BigChoiceField(_("Our interest"))
    their_interest = BigChoiceField(_("Their interest, as we felt it"))
    decision = BigChoiceField(_("What was decided?"))
    step = line_field(_("What happens next?"), LINE_LIMIT)
    # A day that was offered yesterday may be sent today.
    due = RadioField(_("By when?"), validate_choice=False)
    due_on = DayField(_("Which day?"), validators=[Optional()])
    owner = SelectField(_("Who does it?"), validators=[DataRequired(_("Choose who does it."))])
    agreed = line_field(_("The decision in one line"), LINE_LIMIT)
    topics = TextAreaField(_("Also came up"), filters=[stripped], validators=[no_control_characters])
    note = TextAreaField(_("Private note"), filters=[stripped], validators=[no_control_characters])
    summary = TextAreaField(_("Shared summary"), filters=[stripped], validators=[no_control_characters])
    feedback = TextAreaField(_("Feedback"), filters=[stripped], validators=[no_control_characters])
    version = HiddenField()

    today: date
    needs_step: bool = True

    def offer(self, today: date, owners: list[Person], me: int, partner_name: str) -> None:
        """Set the choices: days counted from ``today``, and who of our side may own the next step."""
        self.today = today
        self.our_interest.choices = self.their_interest.choices = choices_of(INTERESTS)
        self.decision.choices = choices_of(DECISIONS)
        self.due.choices = [
            *(SelectChoice(day.isoformat(), words) for day, words in offered_days(today)),
            SelectChoice(OTHER_DAY, _("Another day")),
        ]
        self.owner.choices = [
            *(SelectChoice(str(person.id), _owner_words(person, me)) for person in owners),
            SelectChoice(THEY, gettext("%(name)s does it, and I ask for it", name=partner_name)),
        ]

    @property
    def topic_lines(self) -> list[str]:
        lines = (line.strip(" \t-•*") for line in (self.topics.data or "").splitlines())
        return [line for line in lines if line]

    @property
    def due_day(self) -> date | None:
        """The day that was chosen: one of those offered, or the one that was typed."""
        if self.due.data in {None, "", OTHER_DAY}:
            typed: date | None = self.due_on.data
            return typed
        try:
            return date.fromisoformat(self.due.data)
        except ValueError:
            return None

    def told(self, me: int) -> Told:
        """A valid form as what was told; fields that nobody was asked to fill in say nothing."""
        is_theirs = self.owner.data == THEY
        return Told(
            held=self.held.data == HELD,
            our_interest=Interest(self.our_interest.data or Interest.UNKNOWN),
            their_interest=Interest(self.their_interest.data or Interest.UNKNOWN),
            decision=Decision(self.decision.data or Decision.OPEN),
            agreed=self.agreed.data,
            step=self.step.data,
            due_on=self.due_day,
            owner_id=me if is_theirs else int(self.owner.data),
            is_theirs=is_theirs,
            topics=tuple(self.topic_lines),
            note=self.note.data,
            feedback=self.feedback.data,
        )

    def refuse_words_of_a_moved_meeting(self) -> bool:
        """Put an error at a moved meeting of which something was written already, and return whether there was one.

        Moving keeps no account, and what somebody typed is never thrown away silently.
        """
        written = (self.step, self.agreed, self.topics, self.note, self.summary, self.feedback)
        if not any(field.data for field in written):
            return False
        self.held.errors = [
            gettext(
                "A meeting that was moved has no outcome yet. Take your words out first, or say whether you met."
            )
        ]
        return True

    def choose_day(self, day: date) -> None:
        """Show ``day`` as chosen."""
        if day.isoformat() in {choice.value for choice in self.due.choices}:
            self.due.data = day.isoformat()
        else:
            self.due.data = OTHER_DAY
            self.due_on.data = day

    def is_valid(self) -> bool:
        """Whether it says all that is needed: much when the meeting was held, nearly nothing when not."""
        extra: dict[str, Any] = {
            "topics": [self._few_short_lines],
            "note": [_not_longer],
            "summary": [_not_longer],
            "feedback": [_not_longer],
            "due": [self._day_that_may_be],
        }
        if self.held.data == HELD:
            extra["our_interest"] = [DataRequired(gettext("Say how interested you are."))]
            extra["their_interest"] = [DataRequired(gettext("Say how interested they seemed."))]
            extra["decision"] = [DataRequired(gettext("Say what was decided."))]
            if self.needs_step and self.decision.data != Decision.STOP.value:
                extra["step"] = [DataRequired(gettext("Write the next step, however small."))]
        return bool(self.validate(extra_validators=extra))

    def _few_short_lines(self, _form: Any, _field: Any) -> None:
        if len(self.topic_lines) > MOST_TOPICS:
            raise ValidationError(gettext("Write at most %(most)s topics, one a line.", most=MOST_TOPICS))
        if any(len(line) > LINE_LIMIT for line in self.topic_lines):
            raise ValidationError(gettext("Shorten each topic to %(max)s characters.", max=LINE_LIMIT))

    def _day_that_may_be(self, _form: Any, _field: Any) -> None:
        if not self.step.data:
            return
        day = self.due_day
        if day is None:
            if self.due_on.errors:
                return
            raise ValidationError(gettext("Say by when."))
        check_day(day, self.today)


def check_day(day: date, today: date) -> None:
    """Raise ValidationError for a day on which nobody can do anything any more, or in another age."""
    if day < today:
        raise ValidationError(gettext("The date is in the past. Choose a later one."))
    if day.year > today.year + YEARS_AHEAD:
        raise ValidationError(
            gettext("This is more than %(years)s years away. Choose an earlier date.", years=YEARS_AHEAD)
        )


def offered_days(today: date) -> list[tuple[date, str]]:
    """The days that one click chooses, in words."""
    return [
        (
            today + timedelta(days=days),
            ngettext(
                "In %(num)d day, %(day)s",
                "In %(num)d days, %(day)s",
                days,
                day=format_date(today + timedelta(days=days), "EEEE, d MMM"),
            ),
        )
        for days in DAYS_OFFERED
    ]


def _owner_words(person: Person, me: int) -> str:
    return str(gettext("Me, %(name)s", name=person.name)) if person.id == me else person.name


def _not_longer(_form: Any, field: Any) -> None:
    if len(field.data or "") > TEXT_LIMIT:
        raise ValidationError(gettext("Shorten this to %(max)s characters.", max=f"{TEXT_LIMIT:,}"))

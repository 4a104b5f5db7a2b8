"""The fields of three times with how and where, shared by the form that asks and the forms that propose others."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, ValidationError

from models.base import utc_now
from models.booking import conflicts
from models.introduction_steps import TimeOffer, Times
from models.meeting import MeetingMode
from models.wall_time import NoSuchTimeError, comes_twice, moment_of_or_next, wall_time_of
from web.choices import choices_of
from web.database import db
from web.form_text import at_most, no_control_characters, stripped
from web.introductions.words import taken_words
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.meetings.forms import LENGTHS, WHERE_LIMIT, ClockField, minutes_words, period_of
from web.meetings.words import MODES, gap_words
from web.moments import zone_words
from web.page_form import PageForm
from web.text_fields import words_field

USUAL_LENGTH = 60
NOTE_LIMIT = 500
# First suggestions: a week gives the other side time to answer.
SUGGESTED_AFTER_DAYS = 8
SUGGESTED_CLOCKS = (time(10, 0), time(14, 0), time(10, 0))
SATURDAY = 5
NUMBERS = (1, 2, 3)

DAY_LABELS = (_("First time: day"), _("Second time: day"), _("Third time: day"))
CLOCK_LABELS = (_("First time: begins at"), _("Second time: begins at"), _("Third time: begins at"))


def _day(number: int) -> DateField:
    validators = [InputRequired(_("Choose a day for the first time."))] if number == 1 else [Optional()]
    return DateField(DAY_LABELS[number - 1], validators=validators)


def _clock(number: int) -> ClockField:
    validators = [InputRequired(_("Say when the first time begins."))] if number == 1 else [Optional()]
    return ClockField(CLOCK_LABELS[number - 1], format=["%H:%M", "%H:%M:%S"], validators=validators)


class TimesForm(PageForm):
    """``offers`` are the times that were chosen, once the form is valid; ``warnings`` belong to a time's number."""

    day_1 = _day(1)
    clock_1 = _clock(1)
    day_2 = _day(2)
    clock_2 = _clock(2)
    day_3 = _day(3)
    clock_3 = _clock(3)
    zone = RadioField(_("Whose clock?"), validators=[InputRequired(_("Say in which time zone you mean it."))])
    minutes = SelectField(_("How long"), coerce=int, default=USUAL_LENGTH, validators=[InputRequired()])
    mode = RadioField(
        _("How do you meet?"),
        choices=choices_of(MODES),
        coerce=MeetingMode,
        default=MeetingMode.IN_PERSON,
        validators=[InputRequired(_("Choose how you meet."))],
    )
    where = StringField(
        _("Where"),
        filters=[stripped],
        validators=[
            at_most(WHERE_LIMIT),
            no_control_characters,
        ],
    )
    note = words_field(_("A word about these times"), NOTE_LIMIT)
    # The person saw that somebody is not free and proposes the times all the same.
    anyway = HiddenField()

    offers: tuple[TimeOffer, ...] = ()

    def offer_zones(self, zones: Sequence[str]) -> None:
        """Offer these clocks, the first of them chosen; the same clock twice is one."""
        names = list(dict.fromkeys(zones))
        self.zone.choices = [SelectChoice(name, zone_words(name)) for name in names]
        if not self.zone.data:
            self.zone.data = names[0]
        self.minutes.choices = [SelectChoice(minutes, minutes_words(minutes)) for minutes in LENGTHS]

    def suggest_times(self, zone: str, person_ids: Sequence[int]) -> None:
        """Fill in three times on working days at which these people are free."""
        day = wall_time_of(utc_now(), zone).date() + timedelta(days=SUGGESTED_AFTER_DAYS)
        for number, clock in zip(NUMBERS, SUGGESTED_CLOCKS, strict=True):
            day = _next_free_day(day, clock, zone, person_ids)
            self[f"day_{number}"].data = day
            self[f"clock_{number}"].data = clock
            day += timedelta(days=1)

    @property
    def times(self) -> Times:
        return Times(self.offers, MeetingMode(self.mode.data), self.where.data, self.note.data)

    @property
    def has_doubled_hour(self) -> bool:
        """Whether one of the times comes twice, because the clock is put back: the first one is meant."""
        return any(comes_twice(offer.starts_local, offer.zone) for offer in self.offers)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        return self._validate_times() and is_valid

    def validate_where(self, field: StringField) -> None:
        if self.mode.data == MeetingMode.IN_PERSON and not field.data:
            raise ValidationError(gettext("Say where you would meet, for example at their place."))
        is_link = str(field.data).startswith(("https://", "http://"))
        if self.mode.data == MeetingMode.VIDEO and field.data and not is_link:
            raise ValidationError(
                gettext(
                    "Enter the link of the video call, beginning with https://, or leave this empty for now."
                )
            )

    def _validate_times(self) -> bool:
        offers: list[TimeOffer] = []
        for number in NUMBERS:
            offer = self._read(number)
            if offer is None:
                continue
            twin = next((one for one in offers if _overlap(one, offer)), None)
            if twin is not None:
                self._complain(
                    f"clock_{number}",
                    gettext("This overlaps another of your times. Choose one apart from it."),
                )
            offers.append(offer)
        self.offers = tuple(offers)
        return not any(self[f"{word}_{number}"].errors for word in ("day", "clock") for number in NUMBERS)

    def _read(self, number: int) -> TimeOffer | None:
        """One time; None if it was left out, or with an error at its field if it makes no sense."""
        day, clock = self[f"day_{number}"], self[f"clock_{number}"]
        if day.errors or clock.errors or (day.data is None and clock.data is None):
            return None
        if day.data is None:
            self._complain(day.name, gettext("Choose the day of this time, or clear its hour."))
            return None
        if clock.data is None:
            self._complain(clock.name, gettext("Say when this time begins, or clear its day."))
            return None
        if not self.zone.data or self.zone.errors or self.minutes.errors:
            return None
        if datetime.combine(day.data, clock.data) <= wall_time_of(utc_now(), self.zone.data):
            self._complain(day.name, gettext("This time is over already. Choose one that lies ahead."))
            return None
        try:
            period = period_of(day.data, clock.data, self.minutes.data, self.zone.data)
        except NoSuchTimeError as gap:
            self._complain(clock.name, gap_words(gap))
            return None
        except ValidationError as error:
            self._complain(day.name, str(error))
            return None
        return TimeOffer(period.starts_local, period.zone, period.ends_at - period.starts_at)

    def _complain(self, name: str, words: str) -> None:
        self[name].errors = [*self[name].errors, words]


def may_go_on(form: TimesForm, person_ids: Sequence[int]) -> bool:
    """Whether nobody of ours is taken at one of the times, or the person saw who is and proposes the times anyway.

    Otherwise the times say who is taken, and the next press of the button counts as "anyway" for just these times.
    """
    taken = []
    for offer in form.offers:
        found = conflicts(db.session, person_ids, offer.starts_at, offer.ends_at)
        if found:
            taken.append((offer, found))
    seen = " ".join(sorted(f"{offer.starts_at:%Y%m%d%H%M}" for offer, _found in taken))
    if form.anyway.data == seen or not taken:
        return True
    for offer, found in taken:
        clock = form[f"clock_{_number_of(form, offer)}"]
        clock.errors = [*clock.errors, taken_words(found)]
    form.anyway.data = seen
    return False


def _number_of(form: TimesForm, offer: TimeOffer) -> int:
    """Which of the three times this offer is, to tell something at its field."""
    return next(
        number
        for number in NUMBERS
        if form[f"day_{number}"].data is not None
        and datetime.combine(form[f"day_{number}"].data, form[f"clock_{number}"].data) == offer.starts_local
    )


def _overlap(one: TimeOffer, other: TimeOffer) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _next_free_day(day: date, clock: time, zone: str, person_ids: Sequence[int]) -> date:
    for _attempt in range(30):
        starts_at = moment_of_or_next(datetime.combine(day, clock), zone)
        ends_at = starts_at + timedelta(minutes=USUAL_LENGTH)
        if day.weekday() < SATURDAY and not conflicts(db.session, person_ids, starts_at, ends_at):
            break
        day += timedelta(days=1)
    return day

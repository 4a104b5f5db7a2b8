"""The forms of meetings: when, where, and why not."""

from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, ValidationError

from models.base import utc_now
from models.meeting import Meeting, MeetingMode
from models.wall_time import NoSuchTimeError, moment_of
from web.choices import choices_of
from web.form_text import at_most, no_control_characters, stripped
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.meetings.scheduling import Period
from web.meetings.words import MODES, gap_words
from web.page_form import PageForm
from web.settings_page import zone_choices
from web.text_fields import words_field

WHERE_LIMIT = 300
REASON_LIMIT = 500
LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240)
# Nobody agrees on a day further away, and calendars end somewhere.
FURTHEST = timedelta(days=3 * 366)


class ClockField(TimeField):
    """A time of the day whose error message is ours."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([valuelist[0].strip()] if valuelist else [])
        except ValueError as error:
            raise ValueError(gettext("Write the time as hours and minutes, for example 10:30.")) from error


class MoveForm(PageForm):
    """``period`` is what was chosen, once the form is valid."""

    day = DateField(_("Day"), validators=[InputRequired(_("Choose a day."))])
    clock = ClockField(
        _("Begins at"), format=["%H:%M", "%H:%M:%S"], validators=[InputRequired(_("Enter when it begins."))]
    )
    minutes = SelectField(_("How long"), coerce=int, validators=[InputRequired()])
    zone = SelectField(_("Time zone"), validators=[InputRequired()])
    version = HiddenField()
    anyway = HiddenField()
    period: Period | None = None

    def offer(self, meeting: Meeting) -> None:
        """Fill in the choices, among them what the meeting has now."""
        length = (meeting.ends_at - meeting.starts_at) // timedelta(minutes=1)
        self.minutes.choices = [
            SelectChoice(minutes, minutes_words(minutes)) for minutes in sorted({*LENGTHS, length})
        ]
        zones = zone_choices()
        if meeting.zone not in {choice.value for choice in zones}:
            zones.insert(0, SelectChoice(meeting.zone))
        self.zone.choices = zones

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        try:
            period = period_of(self.day.data, self.clock.data, self.minutes.data, self.zone.data)
        except NoSuchTimeError as gap:
            self.clock.errors = [gap_words(gap)]
            return False
        except ValidationError as error:
            self.day.errors = [str(error)]
            return False
        self.period = period
        return True


class PlaceForm(PageForm):
    mode = RadioField(
        _("How do you meet?"),
        choices=choices_of(MODES),
        coerce=MeetingMode,
        validators=[InputRequired(_("Choose how you meet."))],
    )
    where = StringField(
        _("Where"),
        filters=[stripped],
        validators=[
            DataRequired(_("Enter the place, the link or the number.")),
            at_most(WHERE_LIMIT),
            no_control_characters,
        ],
    )
    version = HiddenField()

    def validate_where(self, field: StringField) -> None:
        is_link = str(field.data).startswith(("https://", "http://"))
        if self.mode.data is MeetingMode.VIDEO and not is_link:
            raise ValidationError(
                gettext("Enter the link of the video call, beginning with https:// as you copied it.")
            )


class CancelForm(PageForm):
    reason = words_field(
        _("Why is it cancelled?"), REASON_LIMIT, _("Say in a few words why, so that the other side knows.")
    )
    version = HiddenField()


class AnswerForm(PageForm):
    """One press of one of two buttons."""

    answer = HiddenField()


def period_of(day: date, clock: time, minutes: int, zone: str) -> Period:
    """The period that begins at this wall time. Its words are kept as chosen, its moments in UTC.

    Raises NoSuchTimeError for a time that the zone's clock leaves out, ValidationError for one that is over or too far
    away.
    """
    starts_local = datetime.combine(day, clock.replace(second=0, microsecond=0))
    now = utc_now()
    if not now.replace(tzinfo=None) - timedelta(days=2) < starts_local < now.replace(tzinfo=None) + FURTHEST:
        raise ValidationError(gettext("Choose a day within the next three years."))
    starts_at = moment_of(starts_local, zone)
    if starts_at <= now:
        raise ValidationError(gettext("This time is over already. Choose one that lies ahead."))
    return Period(starts_local, zone, starts_at, starts_at + timedelta(minutes=minutes))


def minutes_words(minutes: int) -> str:
    """ "45 minutes", "1 hour", "1 hour 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(gettext("%(minutes)s minutes", minutes=rest))
    whole = gettext("1 hour") if hours == 1 else gettext("%(hours)s hours", hours=hours)
    return str(gettext("%(hours)s %(minutes)s minutes", hours=whole, minutes=rest) if rest else whole)

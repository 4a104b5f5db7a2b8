"""One row of the list in which several outcomes are told at once."""

from datetime import date, timedelta
from typing import Any

from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models.outcome import Decision, Interest
from web.choices import choices_of
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.outcomes.forms import DAYS_OFFERED, HELD, LINE_LIMIT, NOT_HELD, Told, check_day
from web.outcomes.words import DECISIONS
from web.page_form import PageForm
from web.posts.forms import BigChoiceField, DayField
from web.text_fields import line_field

USUAL_DAYS = DAYS_OFFERED[1]
# What somebody chooses or types in a row; the day is filled in beforehand.
SAID = ("held", "decision", "step")


class RowForm(PageForm):
    """Held or not, decision, next step and its day; a row without the first three is left alone."""

    class Meta(PageForm.Meta):
        # The one form around all rows carries the token.
        csrf = False

    held = BigChoiceField(
        _("Did you meet?"),
        choices=[SelectChoice(HELD, _("Yes")), SelectChoice(NOT_HELD, _("No"))],
    )
    decision = SelectField(
        _("What was decided?"), choices=[SelectChoice("", _("Choose")), *choices_of(DECISIONS)]
    )
    step = line_field(_("What happens next?"), LINE_LIMIT)
    due_on = DayField(_("By when?"), validators=[Optional()])

    today: date

    @classmethod
    def for_key(cls, key: str, today: date, is_fresh: bool = False) -> "RowForm":
        """The row named ``key`` as it was sent; as nobody has touched it, when ``is_fresh`` or not sent."""
        form: RowForm = cls(formdata=None, prefix=f"{key}-") if is_fresh else cls(prefix=f"{key}-")
        form.today = today
        if is_fresh or not form.is_submitted():
            form.due_on.data = today + timedelta(days=USUAL_DAYS)
        return form

    def told(self, me: int) -> Told:
        """A valid row as what was told, owned by whoever tells it."""
        return Told(
            held=self.held.data == HELD,
            our_interest=Interest.UNKNOWN,
            their_interest=Interest.UNKNOWN,
            decision=Decision(self.decision.data or Decision.OPEN),
            agreed="",
            step=self.step.data,
            due_on=self.due_on.data,
            owner_id=me,
            is_theirs=False,
            topics=(),
            note="",
            feedback="",
        )

    @property
    def is_touched(self) -> bool:
        """Whether anything was chosen or typed."""
        return any(self[name].data for name in SAID)

    def validate_held(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(gettext("Say whether you met."))

    def validate_decision(self, field: Any) -> None:
        if self.held.data == HELD and not field.data:
            raise ValidationError(gettext("Say what was decided."))

    def validate_step(self, field: Any) -> None:
        if self.held.data == HELD and self.decision.data != Decision.STOP.value and not field.data:
            raise ValidationError(gettext("Write the next step, however small."))

    def validate_due_on(self, field: Any) -> None:
        if not self.step.data:
            return
        if field.data is None:
            raise ValidationError(gettext("Say by when."))
        check_day(field.data, self.today)

"""Heard needs in words, for both sides, and the forms that write and answer them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy.orm import joinedload
from wtforms import HiddenField, RadioField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from models.actor import Action
from models.base import utc_now
from models.dealings_policy import visible_heard_needs
from models.meeting import Meeting
from models.organisation import Unit
from models.outcome import HeardNeed, HeardState
from models.policy import can
from models.post import TITLE_LIMIT
from models.relationship import Relationship
from web.access import current_actor
from web.database import db
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import short_moment_words
from web.outcomes.forms import TEXT_LIMIT
from web.outcomes.words import HEARD_STATES
from web.page_form import PageForm
from web.text_fields import line_field, words_field


@dataclass(frozen=True)
class HeardLine:
    """One heard need as the current person may see it; ``text`` is in our words, ``corrected`` in theirs."""

    heard_need_id: int
    title: str
    text: str
    corrected: str
    state: str
    state_kind: str
    is_waiting: bool
    author: str
    about_name: str
    is_by_us: bool
    may_answer: bool
    may_post: bool
    post_id: int | None


class HeardForm(PageForm):
    """Their need, as we understood it."""

    title = line_field(
        _("Their need in one line"),
        TITLE_LIMIT,
        missing=_("Write their need in one line, for example “Mentors for theses”."),
    )
    text = words_field(_("What did they say?"), TEXT_LIMIT, _("Write in a sentence or two what they said."))
    version = HiddenField()


class HeardAnswerForm(PageForm):
    """Is this right? Yes, yes but in our own words, or no."""

    answer = RadioField(
        _("Is this right?"),
        choices=[
            SelectChoice(HeardState.CONFIRMED.value, _("Yes, it is right")),
            SelectChoice(HeardState.CORRECTED.value, _("Nearly: we say it in our own words")),
            SelectChoice(HeardState.REFUSED.value, _("No, it is not so")),
        ],
        validators=[DataRequired(_("Choose one of the three answers."))],
    )
    words = words_field(_("In our own words"), TEXT_LIMIT)
    version = HiddenField()

    def validate_words(self, field: TextAreaField) -> None:
        if self.answer.data == HeardState.CORRECTED.value and not field.data:
            raise ValidationError(gettext("Write the need as you would say it."))


def heard_of_meeting(meeting: Meeting) -> list[HeardLine]:
    """What either side wrote down after this meeting."""
    return heard_lines(db.session.scalars(readable_heard_needs().where(HeardNeed.meeting_id == meeting.id)))


def heard_lines(needs: Iterable[HeardNeed]) -> list[HeardLine]:
    """Each in words. They must come from ``readable_heard_needs``."""
    return [heard_line(heard) for heard in needs]


def heard_line(heard: HeardNeed) -> HeardLine:
    """One in words, for the current person."""
    actor, now = current_actor(), utc_now()
    is_about_us = can(actor, Action.HEARD_NEED_ANSWER, heard, now)
    is_settled = heard.state in {HeardState.CONFIRMED, HeardState.CORRECTED}
    word, kind = HEARD_STATES[heard.state]
    return HeardLine(
        heard_need_id=heard.id,
        title=heard.title,
        text=heard.text,
        corrected=heard.corrected_text,
        state=str(word),
        state_kind=kind,
        is_waiting=heard.state is HeardState.WAITING,
        author=gettext(
            "%(name)s of %(organisation)s, %(when)s",
            name=heard.person.name,
            organisation=heard.by_organisation.name,
            when=short_moment_words(heard.created_at),
        ),
        about_name=heard.about_unit.organisation.name,
        is_by_us=can(actor, Action.HEARD_NEED_WRITE, heard, now),
        may_answer=is_about_us and heard.state is HeardState.WAITING,
        may_post=is_about_us and is_settled and heard.post_id is None,
        # The post is a draft of theirs at first; whoever it is about finds it there.
        post_id=heard.post_id if is_about_us else None,
    )


def readable_heard_needs() -> Select[HeardNeed]:
    """Every heard need that the current person may see, newest first, with what its line says."""
    return (
        visible_heard_needs(current_actor())
        .options(
            joinedload(HeardNeed.person),
            joinedload(HeardNeed.by_organisation),
            joinedload(HeardNeed.about_unit).joinedload(Unit.organisation),
            joinedload(HeardNeed.relationship_).selectinload(Relationship.people),
        )
        .order_by(HeardNeed.id.desc())
    )

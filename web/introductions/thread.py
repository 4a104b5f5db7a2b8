"""The short thread that belongs to an introduction."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from models.actor import Action, load_actor
from models.audit import note_action
from models.base import utc_now
from models.cadence import was_in_touch
from models.introduction import Introduction, IntroductionState, ThreadMessage
from models.introduction_steps import relationship_of
from models.once import TWICE_WITHIN
from models.person import Person
from models.policy import can
from models.relationship import ContactKind, Direction
from models.side import Side
from web.access import allowed, current_actor, current_person_id, for_writing
from web.database import db
from web.introductions import blueprint
from web.introductions.forms import MessageForm
from web.introductions.letters import tell_message
from web.introductions.showing import introduction_page, side_for
from web.loaders import load_introduction
from web.localisation import gettext
from web.page_form import Page

OPEN_STATES = frozenset({IntroductionState.PROPOSED, IntroductionState.ACCEPTED})


@blueprint.post("/introductions/<int:introduction_id>/messages", endpoint="message")
@allowed(Action.INTRODUCTION_READ, load_introduction, "introduction_id")
def message_now(introduction: Introduction) -> Page | Response:
    """Add a message and tell the other side."""
    form = MessageForm()
    if not form.validate_on_submit():
        return introduction_page(introduction, message=form), 422
    introduction = for_writing(Action.INTRODUCTION_READ, load_introduction, introduction.id)
    if introduction.state not in OPEN_STATES:
        form.text.errors = [gettext("This introduction has ended, so nobody would read the message.")]
        page = introduction_page(introduction, message=form)
        db.session.rollback()
        return page, 409
    side = side_for(current_actor(), introduction)
    if not _was_written(introduction, current_person_id(), form.text.data):
        write_message(introduction, side, current_person_id(), form.text.data)
    target = url_for("introductions.show", introduction_id=introduction.id, _anchor="thread")
    db.session.commit()
    flash(gettext("Your message is sent."), "success")
    return redirect(target, 303)


def _was_written(introduction: Introduction, person_id: int | None, text: str) -> bool:
    """Whether the same person wrote the same moments ago, and nobody wrote anything since."""
    last = introduction.messages[-1] if introduction.messages else None
    return (
        last is not None
        and (last.person_id, last.text) == (person_id, text)
        and last.created_at > utc_now() - TWICE_WITHIN
    )


def write_message(introduction: Introduction, side: Side, person_id: int | None, text: str) -> ThreadMessage:
    """Add a message within the open write transaction: both sides were in touch, and the other one is told."""
    now = utc_now()
    message = ThreadMessage(side=side, person_id=person_id, text=text, created_at=now)
    introduction.messages.append(message)
    db.session.flush()
    # What a draft of a nudge becomes is a message like any other, so the cadence follows from here.
    for one, direction, who in ((side, Direction.OURS, person_id), (side.other, Direction.THEIRS, None)):
        card = relationship_of(db.session, introduction, one)
        was_in_touch(db.session, card, now, ContactKind.MESSAGE, direction, who, "", None, now)
    note_action(db.session, person_id, "introduction.message", message, introduction.unit_id_of(side))
    tell_message(introduction, message, _who_wrote(introduction, side.other))
    return message


def _who_wrote(introduction: Introduction, side: Side) -> list[Person]:
    """Whoever wrote for this side, also without being named, as the office does when it asks again, and still reads."""
    writers = [each.person for each in introduction.messages if each.side is side and each.person is not None]
    now, read = utc_now(), Action.INTRODUCTION_READ
    return [each for each in writers if can(load_actor(db.session, each.id), read, introduction, now)]

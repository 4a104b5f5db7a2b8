"""The letter of expectations: what one side expects both to accomplish, drafted from what was said so far."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.in_touch import note_word
from models.introduction import Introduction
from models.meeting import Meeting
from models.outcome import SharedSummary, SummaryState
from models.partnership import ExpectationLetter, Partnership, PartnershipState
from models.policy import can
from models.side import Side
from web.access import allowed, current_actor, current_person, current_person_id, for_writing
from web.database import db
from web.labels import day_words
from web.loaders import load_partnership
from web.localisation import gettext
from web.page_form import Page
from web.partnerships import blueprint
from web.partnerships.forms import LetterForm
from web.partnerships.letters import send_expectations
from web.partnerships.sides import my_side
from web.partnerships.words import purpose_sentence
from web.sides import side_name


@blueprint.get("/partnerships/<int:partnership_id>/expectations")
@allowed(Action.PARTNERSHIP_SEE, load_partnership, "partnership_id")
def expectations(partnership: Partnership) -> str:
    """The letters of both sides, and the own draft to go on with."""
    side = my_side(partnership)
    draft = _draft(partnership, side)
    form = LetterForm(
        formdata=None,
        text=draft.text if draft else first_words(partnership, side),
        version=str(draft.version) if draft else "",
    )
    return _page(form, partnership)


@blueprint.post("/partnerships/<int:partnership_id>/expectations", endpoint="write_expectations")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def write_expectations(partnership: Partnership) -> Page | Response:
    """Save the draft for the own side, or send it to the other."""
    form = LetterForm()
    if not form.validate_on_submit():
        return _page(form, partnership), 422
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    side = my_side(partnership)
    draft = _draft(partnership, side)
    if (str(draft.version) if draft else "") != form.version.data:
        db.session.rollback()
        return _page(form, partnership, changed=_text_of(partnership, side, form)), 409
    if draft is None:
        draft = ExpectationLetter(partnership=partnership, side=side, author_id=current_person_id())
        db.session.add(draft)
    draft.text = form.text.data
    draft.author_id = current_person_id()
    db.session.flush()
    is_sent = "send" in request.form and partnership.state is not PartnershipState.CLOSED
    if is_sent:
        draft.sent_at = utc_now()
        send_expectations(draft, current_person())
        note_word(db.session, partnership, side, draft.author_id, "", draft.sent_at)
    note_action(db.session, current_person_id(), "expectation.send" if is_sent else "expectation.save", draft)
    target = url_for("partnerships.expectations", partnership_id=partnership.id)
    db.session.commit()
    flash(
        gettext("Sent. Both sides read it here.") if is_sent else gettext("Saved. Only your side sees it."),
        "success",
    )
    return redirect(target, 303)


def first_words(partnership: Partnership, side: Side) -> str:
    """A first draft from the introduction, its reasons and the summary that both sides share; all of it editable."""
    parts = [
        gettext("Dear %(name)s,", name=side_name(partnership, side.other)),
        gettext(
            "this is what we expect to accomplish together. Please tell us where you see it differently."
        ),
        purpose_sentence(partnership),
    ]
    introduction = partnership.introduction
    if introduction is not None:
        is_ours = side is Side.ASKING
        hope, offer = introduction.hope, introduction.offer
        ours, theirs = (offer, hope) if is_ours else (hope, offer)
        if ours:
            parts.append(gettext("What we expect of ourselves:\n%(text)s", text=ours))
        if theirs:
            parts.append(gettext("What we hope for from you:\n%(text)s", text=theirs))
        if introduction.posts:
            cited = "\n".join(f"– {entry.post.title}" for entry in introduction.posts)
            parts.append(gettext("What brought us together:\n%(posts)s", posts=cited))
        summary = _shared_summary(introduction)
        if summary is not None:
            parts.append(gettext("What we agreed when we met:\n%(text)s", text=summary.text))
    begins = day_words(partnership.started_on)
    if partnership.ends_on is not None:
        ends = day_words(partnership.ends_on)
        parts.append(gettext("The pilot runs from %(begins)s to %(ends)s.", begins=begins, ends=ends))
    else:
        parts.append(gettext("We begin on %(begins)s.", begins=begins))
    parts.append(gettext("Kind regards,\n%(name)s", name=current_person().name))
    return "\n\n".join(str(part) for part in parts)


def _shared_summary(introduction: Introduction) -> SharedSummary | None:
    """The newest summary of their meetings that stands: both saw it, and nobody corrected it. None for somebody who
    works on the partnership, but may not read what came of the meetings.
    """
    if not can(current_actor(), Action.INTRODUCTION_READ, introduction, utc_now()):
        return None
    return db.session.scalar(
        select(SharedSummary)
        .join(Meeting, Meeting.id == SharedSummary.meeting_id)
        .where(
            Meeting.introduction_id == introduction.id,
            SharedSummary.state.in_((SummaryState.CONFIRMED, SummaryState.PROPOSED)),
        )
        .order_by(SharedSummary.id.desc())
    )


def _draft(partnership: Partnership, side: Side) -> ExpectationLetter | None:
    return db.session.scalar(
        select(ExpectationLetter).where(
            ExpectationLetter.partnership_id == partnership.id,
            ExpectationLetter.side == side,
            ExpectationLetter.sent_at.is_(None),
        )
    )


def _text_of(partnership: Partnership, side: Side, form: LetterForm) -> str:
    """What a colleague saved or sent meanwhile; the form goes on from there."""
    draft = _draft(partnership, side)
    form.version.data = str(draft.version) if draft else ""
    return draft.text if draft else str(gettext("A colleague sent the letter a moment ago."))


def _page(form: LetterForm, partnership: Partnership, changed: str | None = None) -> str:
    side = my_side(partnership)
    letters = [
        (side_name(partnership, letter.side), letter.author.name, letter.sent_at, letter.text.splitlines())
        for letter in partnership.letters
        if letter.sent_at is not None
    ]
    return render_template(
        "partnerships/expectations.html",
        form=form,
        partnership=partnership,
        their_name=side_name(partnership, side.other),
        letters=letters,
        may_write=partnership.state in {PartnershipState.ACTIVE, PartnershipState.PROPOSED},
        changed=changed,
    )

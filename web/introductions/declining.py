"""Declining politely: the other side reads kind words, our own records keep the reason."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.asking import IntroductionRefused
from models.audit import note_action
from models.base import utc_now
from models.introducing import decline
from models.introduction import COOL_DOWN, Introduction, IntroductionState
from models.introduction_steps import Party
from models.relationship import ClosedReason
from web.access import allowed, current_actor, for_writing
from web.database import db
from web.introductions import blueprint
from web.introductions.answering import party
from web.introductions.forms import DeclineForm
from web.introductions.letters import tell_declined
from web.introductions.showing import side_for
from web.introductions.words import POLITE_WORDS, refusal_words
from web.loaders import load_introduction
from web.localisation import gettext
from web.page_form import Page
from web.sides import side_name


@blueprint.get("/introductions/<int:introduction_id>/decline", endpoint="decline")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def decline_page(introduction: Introduction) -> str:
    """Ask what they shall read, and why for ourselves."""
    return _page(DeclineForm(formdata=None), introduction)


@blueprint.post("/introductions/<int:introduction_id>/decline", endpoint="decline_now")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def decline_now(introduction: Introduction) -> Page | Response:
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(form, introduction), 422
    introduction = for_writing(Action.INTRODUCTION_ACT, load_introduction, introduction.id)
    by = party(introduction)
    try:
        _decline(introduction, form, by)
    except IntroductionRefused as refused:
        db.session.rollback()
        flash(refusal_words(refused), "warning")
        return redirect(url_for("introductions.show", introduction_id=introduction.id), 303)
    target = url_for("introductions.show", introduction_id=introduction.id)
    db.session.commit()
    flash(gettext("You declined. They read your words and nothing else."), "success")
    return redirect(target, 303)


def _decline(introduction: Introduction, form: DeclineForm, by: Party) -> None:
    words = str(POLITE_WORDS[form.words.data])
    decline(
        db.session,
        introduction,
        by,
        utc_now(),
        polite_words=words,
        private_reason=form.reason.data,
        closed_reason=ClosedReason(form.closed.data),
    )
    note_action(
        db.session, by.person_id, "introduction.decline", introduction, introduction.unit_id_of(by.side)
    )
    tell_declined(introduction, by.side, words)


def _page(form: DeclineForm, introduction: Introduction) -> str:
    side = side_for(current_actor(), introduction)
    return render_template(
        "introductions/decline.html",
        form=form,
        introduction=introduction,
        theirs=side_name(introduction, side.other),
        is_first=introduction.state is IntroductionState.PROPOSED,
        cool_down_days=COOL_DOWN.days,
    )

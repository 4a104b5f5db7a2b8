"""Letting somebody without an account answer for our side, and taking that back."""

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.introduction import LIFE_OF_A_REQUEST, AnswerLink, Introduction
from models.side import Side
from web.access import allowed, current_actor, current_person_id, for_writing
from web.database import db
from web.introductions import blueprint
from web.introductions.forms import GuestForm
from web.introductions.guest_links import MOST_GUESTS
from web.introductions.letters import links_of, tell_guest
from web.introductions.showing import introduction_page, side_for
from web.loaders import load_introduction
from web.localisation import gettext
from web.page_form import Page, PageForm


@blueprint.post("/introductions/<int:introduction_id>/guests", endpoint="invite_guest")
@allowed(Action.INTRODUCTION_READ, load_introduction, "introduction_id")
def invite_guest_now(introduction: Introduction) -> Page | Response:
    """Mail a signed link, by which the open times can be answered without signing in."""
    form = GuestForm()
    if not form.validate_on_submit():
        return introduction_page(introduction, guest=form), 422
    introduction = for_writing(Action.INTRODUCTION_READ, load_introduction, introduction.id)
    side = side_for(current_actor(), introduction)
    problem = _problem(introduction, side, form.email.data)
    if problem:
        form.email.errors = [problem]
        page = introduction_page(introduction, guest=form)
        db.session.rollback()
        return page, 409
    _invite(introduction, side, form.name.data, form.email.data)
    target = url_for("introductions.show", introduction_id=introduction.id, _anchor="guests")
    db.session.commit()
    flash(gettext("%(name)s gets a link by mail.", name=form.name.data), "success")
    return redirect(target, 303)


@blueprint.post(
    "/introductions/<int:introduction_id>/guests/<int:answer_link_id>/revoke", endpoint="revoke_guest"
)
@allowed(Action.INTRODUCTION_READ, load_introduction, "introduction_id")
def revoke_guest_now(introduction: Introduction, answer_link_id: int) -> Response:
    """Make the link worthless at once."""
    if not PageForm().validate_on_submit():
        abort(400)
    introduction = for_writing(Action.INTRODUCTION_READ, load_introduction, introduction.id)
    side = side_for(current_actor(), introduction)
    link = next((one for one in links_of(introduction, side) if one.id == answer_link_id), None) or abort(404)
    if link.revoked_at is None:
        link.revoked_at = utc_now()
        note_action(
            db.session, current_person_id(), "answer_link.revoke", link, introduction.unit_id_of(side)
        )
    name = link.name
    target = url_for("introductions.show", introduction_id=introduction.id, _anchor="guests")
    db.session.commit()
    flash(gettext("The link of %(name)s no longer works.", name=name), "success")
    return redirect(target, 303)


def _invite(introduction: Introduction, side: Side, name: str, email: str) -> AnswerLink:
    person_id = current_person_id()
    assert person_id is not None, "nobody reads an introduction without being a person"
    now = utc_now()
    link = AnswerLink(
        introduction_id=introduction.id,
        introduction=introduction,
        side=side,
        name=name,
        email=email,
        created_by_id=person_id,
        created_at=now,
        expires_at=now + LIFE_OF_A_REQUEST,
    )
    db.session.add(link)
    db.session.flush()
    note_action(db.session, person_id, "answer_link.add", link, introduction.unit_id_of(side))
    proposal = introduction.open_proposal
    assert proposal is not None, "asked before"
    tell_guest(link, proposal)
    return link


def _problem(introduction: Introduction, side: Side, email: str) -> str:
    """Why nobody can be asked to answer now; "" if somebody can."""
    if introduction.open_proposal is None or introduction.turn is not side:
        return str(gettext("No times wait for your side's answer, so there is nothing to answer by a link."))
    links = links_of(introduction, side)
    if any(link.email.lower() == email.lower() and link.revoked_at is None for link in links):
        return str(gettext("This person has a link already. Take it back first if it got lost."))
    if len(links) >= MOST_GUESTS:
        return str(
            gettext("You asked %(count)s people already. Please answer yourselves.", count=MOST_GUESTS)
        )
    return ""

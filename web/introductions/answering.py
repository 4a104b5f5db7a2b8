"""Answering: take one of the times, propose others, or take back what was asked."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.asking import IntroductionRefused, Refusal, are_in_network
from models.audit import note_action
from models.base import utc_now
from models.booking import BookingConflict
from models.introducing import accept, propose_others, withdraw
from models.introduction import Introduction, IntroductionState, Slot
from models.introduction_steps import Party
from models.person import Person
from models.side import Side
from web.access import allowed, current_actor, for_writing
from web.database import db
from web.introductions import blueprint
from web.introductions.drafting import usual_place, zone_of
from web.introductions.forms import ProposeForm
from web.introductions.guest_meetings import guests_coming
from web.introductions.letters import tell_accepted, tell_others, tell_withdrawn
from web.introductions.showing import accept_form, introduction_page, side_for
from web.introductions.times_form import may_go_on
from web.introductions.words import refusal_words
from web.loaders import load_introduction
from web.localisation import gettext
from web.meetings.scheduling import schedule_meeting
from web.meetings.words import conflict_words
from web.moments import viewer_zone
from web.page_form import Page
from web.sides import side_name


@blueprint.post("/introductions/<int:introduction_id>/accept", endpoint="accept")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def accept_now(introduction: Introduction) -> Page | Response:
    """Take a time: the meeting, its bookings and its invitations in one transaction, or none of it."""
    form = accept_form(introduction, side_for(current_actor(), introduction), is_new=False)
    if not form.slot.choices:
        return _overtaken(introduction)
    if not form.validate_on_submit():
        return introduction_page(introduction, accept=form), 422
    introduction = for_writing(Action.INTRODUCTION_ACT, load_introduction, introduction.id)
    by = party(introduction)
    try:
        accept_slot(introduction, form.slot.data, by, form.people.data)
    except IntroductionRefused as refused:
        return _refused(introduction.id, refused)
    except BookingConflict as taken:
        db.session.rollback()
        form.slot.errors = [*form.slot.errors, conflict_words(taken.conflicts)]
        return introduction_page(load_introduction(current_actor(), introduction.id), accept=form), 409
    target = url_for("introductions.show", introduction_id=introduction.id)
    db.session.commit()
    flash(
        gettext("You agreed to meet. Everybody who comes gets an invitation for their calendar."), "success"
    )
    return redirect(target, 303)


def accept_slot(introduction: Introduction, slot_id: int, by: Party, people_ids: list[int]) -> None:
    """Accept within the open write transaction, make the meeting and tell everybody.

    Raises IntroductionRefused, or BookingConflict if somebody has another meeting then: roll back.
    """
    slot = db.session.get(Slot, slot_id)
    if slot is None or slot.proposal.introduction_id != introduction.id:
        raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
    accept(db.session, introduction, slot, by, people_ids, utc_now())
    person = db.session.get(Person, by.person_id) if by.person_id is not None else None
    meeting = schedule_meeting(db.session, introduction, slot, person, guests_coming(introduction))
    note_action(
        db.session, by.person_id, "introduction.accept", introduction, introduction.unit_id_of(by.side)
    )
    tell_accepted(introduction, meeting, by.side)


@blueprint.get("/introductions/<int:introduction_id>/propose")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def propose(introduction: Introduction) -> Page | Response:
    """Other times, or the first ones for a further meeting."""
    side = side_for(current_actor(), introduction)
    if not may_propose(introduction, side):
        return _overtaken(introduction)
    form = ProposeForm(formdata=None)
    open_proposal = introduction.open_proposal
    form.proposal.data = str(open_proposal.id) if open_proposal is not None else ""
    offer_clocks(form, introduction, viewer_zone())
    form.suggest_times(form.zone.data or viewer_zone(), _people(introduction, side))
    keep_place(form, introduction)
    return _propose_page(form, introduction, side)


@blueprint.post("/introductions/<int:introduction_id>/propose", endpoint="propose_now")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def propose_now(introduction: Introduction) -> Page | Response:
    form = ProposeForm()
    offer_clocks(form, introduction, viewer_zone())
    side = side_for(current_actor(), introduction)
    if not form.validate_on_submit() or not may_go_on(form, _people(introduction, side)):
        return _propose_page(form, introduction, side), 422
    introduction = for_writing(Action.INTRODUCTION_ACT, load_introduction, introduction.id)
    by = party(introduction)
    try:
        propose_times(introduction, form, by)
    except IntroductionRefused as refused:
        return _refused(introduction.id, refused)
    target = url_for("introductions.show", introduction_id=introduction.id)
    theirs = side_name(introduction, by.side.other)
    db.session.commit()
    flash(gettext("%(theirs)s can choose from your times now.", theirs=theirs), "success")
    return redirect(target, 303)


def propose_times(introduction: Introduction, form: ProposeForm, by: Party) -> None:
    """Propose within the open write transaction, and tell the other side. Raises IntroductionRefused."""
    answered = int(form.proposal.data) if (form.proposal.data or "").isdecimal() else None
    made = propose_others(db.session, introduction, form.times, by, utc_now(), answered)
    note_action(
        db.session, by.person_id, "introduction.propose", introduction, introduction.unit_id_of(by.side)
    )
    tell_others(introduction, made)


@blueprint.get("/introductions/<int:introduction_id>/withdraw", endpoint="withdraw")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def withdraw_page(introduction: Introduction) -> str:
    """Ask once before it is taken back."""
    side = side_for(current_actor(), introduction)
    return render_template(
        "introductions/withdraw.html",
        introduction=introduction,
        theirs=side_name(introduction, side.other),
        is_first=introduction.state is IntroductionState.PROPOSED,
    )


@blueprint.post("/introductions/<int:introduction_id>/withdraw", endpoint="withdraw_now")
@allowed(Action.INTRODUCTION_ACT, load_introduction, "introduction_id")
def withdraw_now(introduction: Introduction) -> Page | Response:
    introduction = for_writing(Action.INTRODUCTION_ACT, load_introduction, introduction.id)
    by = party(introduction)
    try:
        withdraw(db.session, introduction, by, utc_now())
    except IntroductionRefused as refused:
        return _refused(introduction.id, refused)
    note_action(
        db.session, by.person_id, "introduction.withdraw", introduction, introduction.unit_id_of(by.side)
    )
    tell_withdrawn(introduction, by.side)
    target = url_for("introductions.show", introduction_id=introduction.id)
    db.session.commit()
    flash(gettext("It is taken back, and they are told."), "success")
    return redirect(target, 303)


def party(introduction: Introduction) -> Party:
    """The person who acts, for the side that they act for."""
    actor = current_actor()
    return Party(side_for(actor, introduction), actor.person_id)


def may_propose(introduction: Introduction, side: Side) -> bool:
    if introduction.open_proposal is None:
        return introduction.state is IntroductionState.ACCEPTED and are_in_network(introduction)
    return introduction.turn is side and introduction.expires_at > utc_now()


def offer_clocks(form: ProposeForm, introduction: Introduction, own_zone: str) -> None:
    """The clocks of the place, of whoever proposes, and of the other side."""
    latest = introduction.proposals[-1].slots if introduction.proposals else []
    used = [latest[0].zone] if latest else []
    places = [zone_of(introduction.unit_of(side)) for side in (Side.ASKED, Side.ASKING)]
    form.offer_zones([*used, own_zone, *places])


def keep_place(form: ProposeForm, introduction: Introduction) -> None:
    """The place stays as it was proposed, until somebody changes it."""
    latest = introduction.proposals[-1] if introduction.proposals else None
    if latest is not None:
        form.mode.data = latest.mode
    form.where.data = latest.where if latest is not None else usual_place(introduction.asked_unit)


def _people(introduction: Introduction, side: Side) -> list[int]:
    actor = current_actor()
    named = [person.id for person in introduction.people_of(side)]
    return named or [person_id for person_id in (actor.person_id,) if person_id is not None]


def _propose_page(form: ProposeForm, introduction: Introduction, side: Side) -> str:
    return render_template(
        "introductions/propose.html",
        form=form,
        introduction=introduction,
        theirs=side_name(introduction, side.other),
        is_further=introduction.state is IntroductionState.ACCEPTED,
    )


def _refused(introduction_id: int, refused: IntroductionRefused) -> Response:
    """Back to the page, which shows how things stand, with the reason."""
    db.session.rollback()
    flash(refusal_words(refused), "warning")
    return redirect(url_for("introductions.show", introduction_id=introduction_id), 303)


def _overtaken(introduction: Introduction) -> Response:
    return _refused(introduction.id, IntroductionRefused(Refusal.ANSWERED_ALREADY))

"""Answering by a signed link: who asks, why and when, and nothing else. No sign-in, and a GET changes nothing."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from models.asking import IntroductionRefused
from models.audit import note_action
from models.base import utc_now
from models.booking import BookingConflict
from models.database import begin_write
from models.introduction import AnswerLink, Introduction, Slot
from models.introduction_steps import Party
from models.meeting import Meeting
from web.access import public
from web.database import db
from web.introductions.answering import accept_slot, keep_place, offer_clocks, propose_times
from web.introductions.forms import GuestAcceptForm, GuestNoForm, ProposeForm
from web.introductions.guest_links import is_open_to_guest, link_of, link_zone
from web.introductions.letters import tell_none_suits
from web.introductions.words import refusal_words
from web.localisation import gettext
from web.meetings.words import where_words
from web.moments import period_words, zone_words
from web.page_form import Page
from web.settings_page import zone_choices
from web.sides import side_name

blueprint = Blueprint("answers", __name__, url_prefix="/answer/<token>")


@dataclass(frozen=True)
class GuestView:
    """All that a guest sees. ``slots`` are (id, when, is over)."""

    token: str
    name: str
    ours: str
    theirs: str
    asked_by: str
    is_asked: bool
    purpose: str
    hope: str
    offer: str
    people: list[str]
    where: str
    note: str
    slots: list[tuple[int, str, bool]]
    zone: str
    zone_words: str
    zones: list[SelectChoice]


@blueprint.get("/")
@public
def show(token: str) -> Page:
    """The times as choices."""
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    return render_template("answers/show.html", view=_view(link, token))


@blueprint.get("/accept")
@public
def accept(token: str) -> Page | Response:
    """Ask once more before anything is agreed."""
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    slot = _slot(link, request.args.get("slot", ""))
    if slot is None:
        problem = gettext("Choose one of the times first.")
        return render_template("answers/show.html", view=_view(link, token), problem=problem), 422
    form = GuestAcceptForm(formdata=None)
    form.slot.data = str(slot.id)
    return _accept_page(form, link, token, slot)


@blueprint.post("/accept", endpoint="accept_now")
@public
def accept_now(token: str) -> Page | Response:
    form = GuestAcceptForm()
    link = _open_link(token)
    slot = _slot(link, form.slot.data or "") if link is not None else None
    if link is None or slot is None or not form.validate_on_submit():
        return _closed_page(token)
    slot_id = slot.id
    begin_write(db.session)
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    link.answered_at = utc_now()
    try:
        accept_slot(link.introduction, slot_id, _party(link), [])
    except (IntroductionRefused, BookingConflict) as refused:
        db.session.rollback()
        return _refused_page(token, refused)
    note_action(db.session, None, "answer_link.accept", link, link.introduction.unit_id_of(link.side))
    db.session.commit()
    return redirect(url_for("answers.show", token=token), 303)


@blueprint.get("/propose")
@public
def propose(token: str) -> Page:
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    form = ProposeForm(formdata=None)
    form.proposal.data = str(link.introduction.proposals[-1].id)
    offer_clocks(form, link.introduction, _zone(link))
    form.suggest_times(form.zone.data or _zone(link), [])
    keep_place(form, link.introduction)
    return _propose_page(form, link, token)


@blueprint.post("/propose", endpoint="propose_now")
@public
def propose_now(token: str) -> Page | Response:
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    form = ProposeForm()
    offer_clocks(form, link.introduction, _zone(link))
    if not form.validate_on_submit():
        return _propose_page(form, link, token), 422
    begin_write(db.session)
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    link.answered_at = utc_now()
    try:
        propose_times(link.introduction, form, _party(link))
    except IntroductionRefused as refused:
        db.session.rollback()
        return _refused_page(token, refused)
    note_action(db.session, None, "answer_link.propose", link, link.introduction.unit_id_of(link.side))
    db.session.commit()
    return redirect(url_for("answers.show", token=token), 303)


@blueprint.get("/decline")
@public
def decline(token: str) -> Page:
    """None of the times suits: those who invited the guest are told, and go on from there."""
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    return render_template("answers/decline.html", view=_view(link, token), form=GuestNoForm(formdata=None))


@blueprint.post("/decline", endpoint="decline_now")
@public
def decline_now(token: str) -> Page:
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    form = GuestNoForm()
    if not form.validate_on_submit():
        return render_template("answers/decline.html", view=_view(link, token), form=form), 422
    begin_write(db.session)
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    introduction = link.introduction
    tell_none_suits(introduction, link, form.text.data)
    note_action(db.session, None, "answer_link.decline", link, introduction.unit_id_of(link.side))
    view = _view(link, token)
    db.session.commit()
    return render_template("answers/told.html", view=view)


def _open_link(token: str) -> AnswerLink | None:
    link = link_of(token)
    return link if link is not None and is_open_to_guest(link, utc_now()) else None


def _party(link: AnswerLink) -> Party:
    return Party(link.side, None, link.name)


def _slot(link: AnswerLink, typed: str) -> Slot | None:
    proposal = link.introduction.open_proposal
    slots = proposal.slots if proposal is not None else []
    return next((slot for slot in slots if str(slot.id) == typed), None)


def _zone(link: AnswerLink) -> str:
    """The clock that the guest chose to read, else that of the times."""
    chosen = request.args.get("zone", "")
    return chosen if chosen in available_timezones() else link_zone(link.introduction.proposals[-1])


def _view(link: AnswerLink, token: str) -> GuestView:
    introduction: Introduction = link.introduction
    proposal = introduction.proposals[-1]
    zone = _zone(link)
    return GuestView(
        token=token,
        name=link.name,
        ours=side_name(introduction, link.side),
        theirs=side_name(introduction, link.side.other),
        asked_by=introduction.asked_by.name,
        is_asked=link.side.value == "asked",
        purpose=introduction.purpose,
        hope=introduction.hope,
        offer=introduction.offer,
        people=[person.name for person in introduction.people_of(link.side.other)],
        where=where_words(proposal.mode, proposal.where),
        note=proposal.note,
        slots=[
            (slot.id, period_words(slot.starts_at, slot.ends_at, zone), slot.starts_at <= utc_now())
            for slot in proposal.slots
        ],
        zone=zone,
        zone_words=zone_words(zone),
        zones=_zones(zone),
    )


def _zones(zone: str) -> list[SelectChoice]:
    choices = zone_choices()
    return choices if zone in {choice.value for choice in choices} else [SelectChoice(zone, zone), *choices]


def _accept_page(form: GuestAcceptForm, link: AnswerLink, token: str, slot: Slot) -> str:
    when = period_words(slot.starts_at, slot.ends_at, _zone(link))
    return render_template("answers/accept.html", view=_view(link, token), form=form, when=when)


def _propose_page(form: ProposeForm, link: AnswerLink, token: str) -> str:
    return render_template("answers/propose.html", view=_view(link, token), form=form)


def _is_invited(meeting: Meeting, link: AnswerLink) -> bool:
    return any(attendee.email.lower() == link.email.lower() for attendee in meeting.attendees)


def _refused_page(token: str, refused: IntroductionRefused | BookingConflict) -> Page:
    """The times again, with why the chosen one is gone; or the kind page if nothing is open any more."""
    link = _open_link(token)
    if link is None:
        return _closed_page(token)
    if isinstance(refused, BookingConflict):
        problem = gettext(
            "Somebody who would come has another meeting then by now. Please choose another time."
        )
    else:
        problem = refusal_words(refused)
    return render_template("answers/show.html", view=_view(link, token), problem=problem), 409


def _closed_page(token: str) -> Page:
    """Why there is nothing to answer: agreed, answered, taken back or over. Never an error that blames the guest."""
    db.session.rollback()
    link = link_of(token)
    if link is None or link.revoked_at is not None:
        title, words = gettext("This link no longer works"), gettext("Please ask whoever sent it to you.")
        return render_template("answers/closed.html", title=title, words=words), 404
    title, words = _words_of_the_end(link)
    return render_template("answers/closed.html", title=title, words=words)


def _words_of_the_end(link: AnswerLink) -> tuple[str, str]:
    meeting = next((one for one in reversed(link.introduction.meetings) if _is_invited(one, link)), None)
    if meeting is not None and link.answered_at is not None:
        words = gettext(
            "%(when)s. %(where)s. You get an invitation for your calendar by mail.",
            when=period_words(meeting.starts_at, meeting.ends_at, _zone(link)),
            where=where_words(meeting.mode, meeting.where),
        )
        return gettext("Thank you. The meeting is agreed"), words
    if link.answered_at is not None:
        words = gettext("The other side was told. You hear by mail what comes of it.")
        return gettext("Thank you for your answer"), words
    words = gettext("Somebody else has answered, or the time for it is over. Thank you all the same.")
    return gettext("Nothing waits for your answer any more"), words

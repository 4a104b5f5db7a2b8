"""Asking for a meeting: the drafted form, what the other side will read, and the request itself."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.asking import (
    IntroductionRefused,
    Refusal,
    earlier_contacts,
    pending_count,
    refusal_to_ask,
)
from models.audit import note_action
from models.base import utc_now
from models.introduction import MOST_PENDING_REQUESTS, Introduction
from models.organisation import Organisation, Unit
from models.person import Person
from models.policy import can
from models.post import Post
from models.requesting import MeetingRequest, ask
from web.access import allowed, current_actor, current_person_id, for_writing
from web.addresses import id_in_address
from web.database import db
from web.introductions import blueprint
from web.introductions.drafting import fill_in, offer_choices, tended_units, usual_place, zone_of
from web.introductions.forms import AskForm
from web.introductions.letters import tell_asked
from web.introductions.times_form import TimesForm, may_go_on
from web.introductions.words import contact_words, refusal_words
from web.labels import unit_words
from web.loaders import load_organisation, load_unit
from web.localisation import gettext
from web.meetings.words import where_words
from web.moments import period_words_for_both, viewer_zone, zone_words
from web.outcomes.origins import link_introduction, origin_of_address
from web.page_form import Page


@dataclass(frozen=True)
class ContactLine:
    """What a colleague has going with the partner; ``url`` is None unless the person may open it."""

    words: str
    url: str | None


@dataclass(frozen=True)
class AskView:
    """What stands around the form."""

    unit: Unit
    partner: Organisation
    contacts: list[ContactLine]
    waiting_words: str
    zone_hint: str
    needs_second_press: bool


@dataclass(frozen=True)
class Preview:
    """The request as the other side will read it. ``kept`` are the fields as they were sent, for the next press."""

    asking: str
    asked: str
    person: str
    times: list[str]
    where: str
    posts: list[str]
    people: list[str]
    has_doubled_hour: bool
    kept: list[tuple[str, str]]


@blueprint.get("/units/<int:unit_id>/introductions/new")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def new(unit: Unit) -> str:
    """The form, drafted from what the two sides posted."""
    partner = _partner(unit)
    tended = tended_units(partner)
    form = AskForm()
    fill_in(form, unit, partner, tended)
    topic = origin_of_address().title
    if topic:
        # What else came up in a talk is seldom what the posts are about: their places stay free for others.
        form.purpose.data, form.hope.data, form.offer.data = topic, "", ""
        form.posts.data = request.args.getlist("post", type=int)
    offer_choices(form, unit, partner, tended)
    asked = _asked_unit(form, partner)
    refused = refusal_to_ask(db.session, unit, asked, utc_now())
    if refused is not None and _ends_here(refused, unit, partner):
        return _refused_page(unit, partner, asked, refused)
    form.where.data = usual_place(asked)
    form.suggest_times(form.zone.data or zone_of(asked), _chosen_people(form))
    return _form_page(form, unit, partner, refused)


@blueprint.post("/units/<int:unit_id>/introductions/new", endpoint="new_now")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def new_now(unit: Unit) -> Page | Response:
    """Check what was written, show it as the other side will read it, then send it."""
    partner = _partner(unit)
    form = AskForm()
    offer_choices(form, unit, partner, tended_units(partner))
    move = request.form.get("move", "check")
    if move == "change":
        form.anyway.data = ""
        return _form_page(form, unit, partner)
    if not form.validate_on_submit() or not may_go_on(form, _chosen_people(form)):
        return _form_page(form, unit, partner), 422
    asked = _asked_unit(form, partner)
    refused = refusal_to_ask(db.session, unit, asked, utc_now())
    if refused is not None:
        return _told(form, unit, partner, refused)
    if move != "send":
        return render_template(
            "introductions/check.html",
            view=_view(form, unit, partner),
            form=form,
            preview=_preview(form, unit, asked),
        )
    unit = for_writing(Action.UNIT_POST, load_unit, unit.id)
    try:
        introduction = _ask(form, unit, load_organisation(current_actor(), partner.id))
    except IntroductionRefused as refusal:
        db.session.rollback()
        return _told(form, load_unit(current_actor(), unit.id), _partner(unit), refusal)
    target = url_for("introductions.show", introduction_id=introduction.id, unit=unit.id)
    db.session.commit()
    flash(gettext("Your request is on its way. You hear from us when they answer."), "success")
    return redirect(target, 303)


def _ask(form: AskForm, unit: Unit, partner: Organisation) -> Introduction:
    """The request within the open write transaction, with its mail, its reminder and its trail."""
    wanted = MeetingRequest(
        unit=unit,
        asked_unit=_asked_unit(form, partner),
        purpose=form.purpose.data,
        times=form.times,
        hope=form.hope.data,
        offer=form.offer.data,
        addressed_to_id=form.addressed_to_id,
        post_ids=tuple(form.posts.data),
        people_ids=tuple(form.people.data),
    )
    introduction = ask(db.session, wanted, current_actor(), utc_now())
    link_introduction(introduction)
    note_action(db.session, current_person_id(), "introduction.ask", introduction, unit.id)
    tell_asked(introduction, introduction.proposals[-1])
    return introduction


def _partner(unit: Unit) -> Organisation:
    partner_id = id_in_address("partner")
    if partner_id is None:
        abort(404)
    return load_organisation(current_actor(), partner_id)


def _asked_unit(form: AskForm, partner: Organisation) -> Unit:
    wanted = str(form.addressee.data or "").split("-")[0]
    return next((unit for unit in partner.units if str(unit.id) == wanted), partner.root_unit)


def _chosen_people(form: AskForm) -> list[int]:
    return [person_id for person_id in form.people.data or [] if person_id is not None]


def _ends_here(refused: IntroductionRefused, unit: Unit, partner: Organisation) -> bool:
    """Whether no other unit of theirs could be asked instead, so that a form would be of no use."""
    if refused.reason is Refusal.NOT_APPROVED:
        return True
    others = [one for one in partner.units if one.closed_at is None and one.id != unit.id]
    return all(refusal_to_ask(db.session, unit, other, utc_now()) is not None for other in others)


def _told(form: AskForm, unit: Unit, partner: Organisation, refused: IntroductionRefused) -> Page:
    """The form again with everything kept, and the refusal at the field that mends it."""
    at_posts = refused.reason in {Refusal.POST_FULL, Refusal.POST_NOT_SHOWN}
    at_people = refused.reason is Refusal.NOT_COLLEAGUES
    at_times = refused.reason in {Refusal.WRONG_TIMES, Refusal.TIME_PAST}
    field = (
        form.posts if at_posts else form.people if at_people else form.day_1 if at_times else form.addressee
    )
    field.errors = [*field.errors, refusal_words(refused)]
    offer_choices(form, unit, partner, tended_units(partner))
    return _form_page(form, unit, partner, refused), 422


def _refused_page(unit: Unit, partner: Organisation, asked: Unit, refused: IntroductionRefused) -> str:
    return render_template(
        "introductions/refused.html",
        unit=unit,
        partner=partner,
        asked=asked,
        words=refusal_words(refused),
        url=_readable_url(refused.introduction_id),
    )


def _form_page(
    form: AskForm, unit: Unit, partner: Organisation, refused: IntroductionRefused | None = None
) -> str:
    url = _readable_url(refused.introduction_id) if refused is not None else None
    return render_template(
        "introductions/new.html",
        form=form,
        view=_view(form, unit, partner),
        waiting_url=url,
        refusal=refusal_words(refused) if refused is not None else "",
    )


def _view(form: AskForm, unit: Unit, partner: Organisation) -> AskView:
    asked = _asked_unit(form, partner)
    pending = pending_count(db.session, asked.id, utc_now())
    is_busy = pending >= MOST_PENDING_REQUESTS
    clocks = form.zone.choices or []
    return AskView(
        unit=unit,
        partner=partner,
        contacts=_contacts(unit, partner),
        waiting_words=gettext(
            "%(unit)s has %(count)s requests to answer at the moment, so an answer may take a while. Another unit may "
            "be quicker.",
            unit=asked.name, count=pending,
        )
        if is_busy
        else "",
        zone_hint=gettext("All times are in %(zone)s.", zone=zone_words(clocks[0].value)) if len(clocks) == 1 else "",
        needs_second_press=bool(form.anyway.data),
    )  # fmt: skip


def _contacts(unit: Unit, partner: Organisation) -> list[ContactLine]:
    if partner.id == unit.organisation_id:
        return []
    found = earlier_contacts(db.session, unit.organisation_id, partner.id)
    return [ContactLine(contact_words(contact), _readable_url(contact.introduction_id)) for contact in found]


def _readable_url(introduction_id: int | None) -> str | None:
    if introduction_id is None:
        return None
    introduction = db.session.get(Introduction, introduction_id)
    if introduction is None or not can(current_actor(), Action.INTRODUCTION_SEE, introduction, utc_now()):
        return None
    return url_for("introductions.show", introduction_id=introduction_id)


def _preview(form: AskForm, unit: Unit, asked: Unit) -> Preview:
    person = db.session.get(Person, form.addressed_to_id) if form.addressed_to_id else None
    kept = [
        (name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "move"}
    ]
    return Preview(
        asking=unit_words(unit),
        asked=unit_words(asked),
        person=person.name if person is not None else "",
        times=[
            period_words_for_both(offer.starts_at, offer.ends_at, offer.zone, _other_zone(form, offer.zone))
            for offer in sorted(form.offers, key=lambda offer: offer.starts_at)
        ],
        where=where_words(form.times.mode, form.times.where),
        posts=[db.session.get_one(Post, post_id).title for post_id in form.posts.data],
        people=[db.session.get_one(Person, person_id).name for person_id in form.people.data],
        has_doubled_hour=form.has_doubled_hour,
        kept=kept,
    )


def _other_zone(form: TimesForm, zone: str) -> str:
    """The clock of the other two that the times were not typed in."""
    others = [choice.value for choice in form.zone.choices or [] if choice.value != zone]
    return others[0] if others else viewer_zone()

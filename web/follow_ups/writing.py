"""Writing a task down and changing it; one follow-up's page."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.follow_up import FollowUp, FollowUpKind
from models.planning import change_plan, day_in, is_planned, plan_follow_up, zone_of
from models.relationship import Relationship
from web.access import allowed, current_person, current_person_id, for_writing
from web.database import db
from web.follow_ups import blueprint
from web.follow_ups.forms import OURS, THEIRS, FollowUpForm, owner_choices
from web.follow_ups.words import KIND_WORDS, due_words, relationship_url, what_words
from web.labels import day_words, partner_words
from web.loaders import load_follow_up, load_relationship
from web.localisation import gettext
from web.page_form import Page


@dataclass(frozen=True)
class FollowUpPage:
    """One follow-up in words. ``step`` is (which, of how many) for a nudge."""

    what: str
    kind: str
    partner: str
    partner_url: str
    due: str
    is_open: bool
    is_overdue: bool
    is_nudge: bool
    is_theirs: bool
    owner: str | None
    ending: str | None


@blueprint.get("/follow-ups/<int:follow_up_id>")
@allowed(Action.FOLLOW_UP_SEE, load_follow_up, "follow_up_id")
def show(follow_up: FollowUp) -> str:
    """One follow-up with everything that can be done about it."""
    return render_template("follow_ups/show.html", follow_up=follow_up, shown=page_of(follow_up))


@blueprint.route("/relationships/<int:relationship_id>/follow-ups/new", methods=["GET", "POST"])
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def new(ours: Relationship) -> Page | Response:
    form = FollowUpForm()
    form.today = day_in(utc_now(), current_person().zone)
    form.owner_id.choices = owner_choices(ours, ours.owner_id)
    if not form.validate_on_submit():
        return _form_page(form, ours, None)
    ours = for_writing(Action.RELATIONSHIP_WRITE, load_relationship, ours.id)
    if not is_planned(
        db.session, ours, form.text.data, form.owner_id.data, form.due_on.data, form.who.data == THEIRS
    ):
        _plan(form, ours)
    db.session.commit()
    flash(gettext("Kept. A reminder comes in time."), "success")
    return redirect(relationship_url(ours.id), 303)


def _plan(form: FollowUpForm, ours: Relationship) -> None:
    person_id = current_person_id()
    follow_up = plan_follow_up(
        db.session,
        ours,
        FollowUpKind.TASK,
        form.text.data,
        form.owner_id.data,
        form.due_on.data,
        zone_of(db.session, form.owner_id.data),
        form.who.data == THEIRS,
        None,
        person_id,
        utc_now(),
    )
    note_action(db.session, person_id, "follow_up.new", follow_up, ours.unit_id)


@blueprint.route("/follow-ups/<int:follow_up_id>/edit", methods=["GET", "POST"])
@allowed(Action.FOLLOW_UP_WRITE, load_follow_up, "follow_up_id")
def edit(follow_up: FollowUp) -> Page | Response:
    if not follow_up.is_open or follow_up.kind is FollowUpKind.NUDGE:
        flash(gettext("Only what is still open can be changed, and a nudge has words of its own."), "error")
        return redirect(url_for("follow_ups.show", follow_up_id=follow_up.id), 303)
    form = FollowUpForm(obj=follow_up, who=THEIRS if follow_up.is_theirs else OURS)
    form.today = day_in(utc_now(), current_person().zone)
    form.old_due_on = follow_up.due_on
    form.owner_id.choices = owner_choices(follow_up.relationship_, follow_up.owner_id)
    if not form.validate_on_submit():
        return _form_page(form, follow_up.relationship_, follow_up)
    follow_up = for_writing(Action.FOLLOW_UP_WRITE, load_follow_up, follow_up.id)
    if form.version.data != follow_up.version:
        return _crossed(form, follow_up)
    change_plan(
        db.session,
        follow_up,
        form.text.data,
        form.owner_id.data,
        form.due_on.data,
        form.who.data == THEIRS,
        utc_now(),
    )
    note_action(
        db.session,
        current_person_id(),
        "follow_up.edit",
        follow_up,
        follow_up.relationship_.unit_id,
    )
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("follow_ups.show", follow_up_id=follow_up.id), 303)


def _form_page(form: FollowUpForm, ours: Relationship, follow_up: FollowUp | None) -> Page:
    page = render_template(
        "follow_ups/form.html",
        form=form,
        ours=ours,
        follow_up=follow_up,
        partner=partner_words(ours),
        back_url=relationship_url(ours.id),
    )
    return (page, 422) if form.is_submitted() else page


def _crossed(form: FollowUpForm, follow_up: FollowUp) -> tuple[str, int]:
    form.form_errors.append(
        gettext(
            "Somebody changed this meanwhile: “%(what)s”, %(due)s. Check yours below and save again.",
            what=follow_up.text,
            due=due_words(follow_up, utc_now()),
        )
    )
    form.version.raw_data = None
    form.version.data = follow_up.version
    page = _form_page(form, follow_up.relationship_, follow_up)
    return page[0] if isinstance(page, tuple) else page, 409


def page_of(follow_up: FollowUp) -> FollowUpPage:
    now = utc_now()
    ours = follow_up.relationship_
    ending = None
    if follow_up.done_at is not None:
        ending = gettext("Done on %(day)s", day=day_words(day_in(follow_up.done_at, follow_up.zone)))
    elif follow_up.dropped_at is not None:
        ending = gettext("Dropped on %(day)s", day=day_words(day_in(follow_up.dropped_at, follow_up.zone)))
    return FollowUpPage(
        what=what_words(follow_up),
        kind=str(KIND_WORDS[follow_up.kind]),
        partner=partner_words(ours),
        partner_url=relationship_url(ours.id),
        due=due_words(follow_up, now),
        is_open=follow_up.is_open,
        is_overdue=follow_up.is_overdue(now),
        is_nudge=follow_up.kind is FollowUpKind.NUDGE,
        is_theirs=follow_up.is_theirs,
        owner=follow_up.owner.name if follow_up.owner is not None else None,
        ending=ending,
    )

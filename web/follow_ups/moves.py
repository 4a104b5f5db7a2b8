"""What becomes of a follow-up: done, postponed, dropped, and each of it taken back."""

from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.cadence import done as cadence_done
from models.cadence import drop as cadence_drop
from models.cadence import take_back, was_in_touch
from models.follow_up import FollowUp, FollowUpKind
from models.planning import day_in, finish, plan_follow_up
from models.planning import postpone as postpone_to
from models.relationship import Direction, PrivateNote, Relationship, note_contact
from web.access import allowed, current_person, current_person_id, for_writing
from web.database import db
from web.follow_ups import blueprint
from web.follow_ups.forms import AskedForm, DoneForm, PostponeForm
from web.follow_ups.words import list_url
from web.follow_ups.writing import page_of
from web.labels import day_words
from web.loaders import load_follow_up
from web.localisation import gettext
from web.page_form import Page

# The one-click choices: their button sends how many days later.
STEPS = {"1": timedelta(days=1), "7": timedelta(days=7)}


@blueprint.route("/follow-ups/<int:follow_up_id>/done", methods=["GET", "POST"])
@allowed(Action.FOLLOW_UP_WRITE, load_follow_up, "follow_up_id")
def done(follow_up: FollowUp) -> Page | Response:
    """It is done: with a note for our side and the next step, if there is one; a nudge, with how they were asked."""
    form = AskedForm() if follow_up.kind is FollowUpKind.NUDGE else DoneForm()
    form.today = day_in(utc_now(), current_person().zone)
    if not form.validate_on_submit():
        page = render_template(
            "follow_ups/done.html", form=form, follow_up=follow_up, shown=page_of(follow_up)
        )
        return (page, 422) if form.is_submitted() else page
    follow_up = for_writing(Action.FOLLOW_UP_WRITE, load_follow_up, follow_up.id)
    if not follow_up.is_open:
        return _settled_already(follow_up)
    _finish(follow_up, form)
    if form.next_text.data:
        _plan_next(follow_up, form.next_text.data, form.next_due_on.data)
    _note("follow_up.done", follow_up)
    db.session.commit()
    flash(gettext("Done."), "success")
    return redirect(list_url(follow_up), 303)


@blueprint.route("/follow-ups/<int:follow_up_id>/postpone", methods=["GET", "POST"])
@allowed(Action.FOLLOW_UP_WRITE, load_follow_up, "follow_up_id")
def postpone(follow_up: FollowUp) -> Page | Response:
    """To another day: by a button that says how much later, or by a date."""
    form = PostponeForm()
    form.today = day_in(utc_now(), current_person().zone)
    step = STEPS.get(request.form.get("days", ""))
    if step is None and not form.validate_on_submit():
        page = render_template(
            "follow_ups/postpone.html", form=form, follow_up=follow_up, shown=page_of(follow_up)
        )
        return (page, 422) if form.is_submitted() else page
    follow_up = for_writing(Action.FOLLOW_UP_WRITE, load_follow_up, follow_up.id)
    if not follow_up.is_open:
        return _settled_already(follow_up)
    # Later than today, however long it has been overdue.
    day = max(follow_up.due_on, form.today) + step if step is not None else form.due_on.data
    postpone_to(db.session, follow_up, day, utc_now())
    _note("follow_up.postpone", follow_up)
    db.session.commit()
    flash(gettext("Postponed to %(day)s.", day=day_words(day)), "success")
    return redirect(url_for("follow_ups.show", follow_up_id=follow_up.id), 303)


@blueprint.post("/follow-ups/<int:follow_up_id>/drop")
@allowed(Action.FOLLOW_UP_WRITE, load_follow_up, "follow_up_id")
def drop(follow_up: FollowUp) -> Response:
    """It will not be done; for a nudge, nobody is asked again."""
    follow_up = for_writing(Action.FOLLOW_UP_WRITE, load_follow_up, follow_up.id)
    if not follow_up.is_open:
        return _settled_already(follow_up)
    cadence_drop(db.session, _ours(follow_up), follow_up, utc_now())
    _note("follow_up.drop", follow_up)
    db.session.commit()
    flash(gettext("Dropped. You can open it again here."), "success")
    return redirect(url_for("follow_ups.show", follow_up_id=follow_up.id), 303)


@blueprint.post("/follow-ups/<int:follow_up_id>/undo")
@allowed(Action.FOLLOW_UP_WRITE, load_follow_up, "follow_up_id")
def undo(follow_up: FollowUp) -> Response:
    """Open again what was done or dropped."""
    follow_up = for_writing(Action.FOLLOW_UP_WRITE, load_follow_up, follow_up.id)
    if take_back(db.session, _ours(follow_up), follow_up, utc_now()):
        _note("follow_up.undo", follow_up)
        db.session.commit()
        flash(gettext("It is open again."), "success")
    else:
        flash(gettext("It cannot be opened again: the relationship is closed or has gone on."), "error")
    return redirect(url_for("follow_ups.show", follow_up_id=follow_up.id), 303)


def _finish(follow_up: FollowUp, form: DoneForm) -> None:
    now, person_id, ours = utc_now(), current_person_id(), _ours(follow_up)
    if isinstance(form, AskedForm):
        _keep_asking(follow_up, ours, form, person_id, now)
        return
    if form.note.data:
        db.session.add(
            PrivateNote(
                relationship_id=ours.id,
                meeting_id=follow_up.meeting_id,
                person_id=person_id,
                text=form.note.data,
                created_at=now,
            )
        )
    cadence_done(db.session, ours, follow_up, person_id, now)


def _keep_asking(
    follow_up: FollowUp, ours: Relationship, form: AskedForm, person_id: int, now: datetime
) -> None:
    """Keep how the partner was asked. A talk begins the nudges anew and an answer ends them, as after any contact."""
    kind, direction, note = form.kind.data, form.direction.data, form.note.data
    if direction is Direction.OURS:
        note_contact(db.session, ours, now, kind, direction, person_id, note)
        cadence_done(db.session, ours, follow_up, person_id, now)
        return
    finish(db.session, follow_up, person_id, now)
    db.session.flush()
    was_in_touch(db.session, ours, now, kind, direction, person_id, note, None, now)


def _plan_next(follow_up: FollowUp, text: str, due_on: date) -> None:
    person_id = current_person_id()
    planned = plan_follow_up(
        db.session,
        _ours(follow_up),
        FollowUpKind.TASK,
        text,
        person_id,
        due_on,
        current_person().zone,
        False,
        follow_up.meeting_id,
        person_id,
        utc_now(),
    )
    _note("follow_up.new", planned)


def _ours(follow_up: FollowUp) -> Relationship:
    return db.session.get_one(Relationship, follow_up.relationship_id, with_for_update=True)


def _settled_already(follow_up: FollowUp) -> Response:
    flash(gettext("Somebody settled this meanwhile."), "warning")
    return redirect(url_for("follow_ups.show", follow_up_id=follow_up.id), 303)


def _note(action: str, follow_up: FollowUp) -> None:
    unit_id = follow_up.relationship_.unit_id
    note_action(db.session, current_person_id(), action, follow_up, unit_id)

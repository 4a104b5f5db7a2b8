"""Asking again: a draft that the person edits, sees as the partner will see it, and only then sends."""

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.follow_up import FollowUp
from models.introduction import Introduction
from models.relationship import Relationship
from web.access import allowed, current_person, current_person_id, for_writing
from web.database import db
from web.follow_ups import blueprint
from web.follow_ups.drafts import draft_of
from web.follow_ups.forms import NudgeForm
from web.follow_ups.sending import introduction_of, known_of, our_side, send_nudge
from web.follow_ups.words import list_url
from web.follow_ups.writing import page_of
from web.introductions.letters import readers
from web.loaders import load_follow_up
from web.localisation import gettext
from web.page_form import Page
from web.pipeline.doors import meeting_url_of

# The buttons of the two pages: nothing leaves before the second one.
PREVIEW, CHANGE, SEND = "preview", "change", "send"


@blueprint.route("/follow-ups/<int:follow_up_id>/write", methods=["GET", "POST"])
@allowed(Action.FOLLOW_UP_WRITE, load_follow_up, "follow_up_id")
def write(follow_up: FollowUp) -> Page | Response:
    """Draft, preview, send."""
    introduction = introduction_of(db.session, follow_up.relationship_)
    form = NudgeForm()
    if not form.is_submitted():
        if introduction is not None:
            form.text.data = _draft(follow_up, introduction)
        form.version.data = str(follow_up.version)
    move = request.form.get("move", "")
    is_valid = form.is_submitted() and form.validate()
    if not is_valid or introduction is None or move == CHANGE:
        page = _page("write", form, follow_up, introduction)
        return (page, 422) if form.is_submitted() and not is_valid else page
    if move != SEND:
        return _page("preview", form, follow_up, introduction)
    return _send(form, follow_up.id)


def _send(form: NudgeForm, follow_up_id: int) -> Response | tuple[str, int]:
    follow_up = for_writing(Action.FOLLOW_UP_WRITE, load_follow_up, follow_up_id)
    ours = db.session.get_one(Relationship, follow_up.relationship_id, with_for_update=True)
    introduction = introduction_of(db.session, ours)
    if introduction is None or not follow_up.is_open or form.version.data != str(follow_up.version):
        # Somebody wrote, or they answered, while the draft was open: sending now might be a mistake.
        form.version.raw_data = None
        form.version.data = str(follow_up.version)
        form.form_errors.append(
            gettext("Something happened here meanwhile. Look at it before you send; your words are kept.")
        )
        return _page("write", form, follow_up, introduction), 409
    send_nudge(db.session, follow_up, introduction, form.text.data, current_person(), utc_now())
    note_action(db.session, current_person_id(), "follow_up.write", follow_up, ours.unit_id)
    db.session.commit()
    flash(gettext("Sent. Whether they answer, you see here."), "success")
    return redirect(list_url(follow_up), 303)


def _draft(follow_up: FollowUp, introduction: Introduction) -> str:
    known = known_of(db.session, follow_up.relationship_, introduction, current_person())
    return draft_of(follow_up.step or 0, known)


def _page(name: str, form: NudgeForm, follow_up: FollowUp, introduction: Introduction | None) -> str:
    ours = follow_up.relationship_
    told = readers(introduction, our_side(introduction, ours).other) if introduction is not None else []
    return render_template(
        f"follow_ups/{name}.html",
        form=form,
        follow_up=follow_up,
        shown=page_of(follow_up),
        has_thread=introduction is not None,
        readers=[person.name for person in told],
        meeting_url=meeting_url_of(ours),
    )

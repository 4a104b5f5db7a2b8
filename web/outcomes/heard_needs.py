"""Listening check: we write down their need after a talk, they say whether it is right; then it may become a post."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.meeting import Meeting
from models.outcome import HeardNeed, HeardState
from models.outcome_rules import MOST_NEEDS_WAITING, are_introduced, needs_waiting
from models.relationship import Relationship, take_part
from web.access import allowed, current_actor, current_person, current_person_id, for_writing, signed_in
from web.addresses import id_in_address
from web.database import db
from web.loaders import load_heard_need, load_meeting, load_relationship
from web.localisation import gettext
from web.outcomes.hearing import HeardAnswerForm, HeardForm, heard_line, heard_lines, readable_heard_needs
from web.outcomes.letters import write_of_answer, write_of_heard_need
from web.page_form import Page, PageForm

blueprint = Blueprint("heard_needs", __name__)

MOST_SHOWN = 100


@blueprint.get("/heard-needs/")
@signed_in
def index() -> str:
    """What others heard of us, what waits for our answer first, and what we heard of others."""
    waiting_first = (HeardNeed.state != HeardState.WAITING, HeardNeed.id.desc())
    statement = readable_heard_needs().order_by(None).order_by(*waiting_first).limit(MOST_SHOWN)
    lines = heard_lines(db.session.scalars(statement))
    return render_template(
        "heard_needs/index.html",
        about_us=[line for line in lines if not line.is_by_us],
        by_us=[line for line in lines if line.is_by_us],
    )


@blueprint.get("/relationships/<int:relationship_id>/heard-needs/new")
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def new(ours: Relationship) -> str | Response:
    """The empty form; ``?meeting=`` says after which talk."""
    problem = _problem(ours)
    if problem:
        flash(problem, "warning")
        return redirect(url_for("relationships.show", relationship_id=ours.id), 303)
    return _new_page(HeardForm(), ours)


@blueprint.post("/relationships/<int:relationship_id>/heard-needs/new", endpoint="new_now")
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def new_now(ours: Relationship) -> Page | Response:
    """Keep it as waiting and ask them."""
    form = HeardForm()
    if not form.validate_on_submit():
        return _new_page(form, ours), 422
    ours = for_writing(Action.RELATIONSHIP_WRITE, load_relationship, ours.id)
    heard = _heard_from(form, ours, _meeting_of_address(ours))
    twin = _sent_before(heard)
    if twin is not None:
        db.session.rollback()
        return redirect(url_for("heard_needs.show", heard_need_id=twin), 303)
    problem = _problem(ours)
    if problem:
        form.title.errors = [problem]
        page = _new_page(form, ours)
        db.session.rollback()
        return page, 409
    take_part(db.session, ours, current_person_id())
    db.session.add(heard)
    db.session.flush()
    note_action(db.session, current_person_id(), "heard_need.add", heard, ours.unit_id)
    write_of_heard_need(heard)
    db.session.commit()
    flash(gettext("Kept. They are asked whether it is right."), "success")
    return redirect(url_for("heard_needs.show", heard_need_id=heard.id), 303)


@blueprint.get("/heard-needs/<int:heard_need_id>")
@allowed(Action.HEARD_NEED_SEE, load_heard_need, "heard_need_id")
def show(heard: HeardNeed) -> str:
    """The need as it was heard, and the answer."""
    return _show_page(heard, _answer_form(heard))


@blueprint.post("/heard-needs/<int:heard_need_id>/answer")
@allowed(Action.HEARD_NEED_ANSWER, load_heard_need, "heard_need_id")
def answer(heard: HeardNeed) -> Page | Response:
    """Confirm it, correct it or say that it is not so; the words that were read must still stand."""
    form = HeardAnswerForm()
    if not form.validate_on_submit():
        return _show_page(heard, form), 422
    heard = for_writing(Action.HEARD_NEED_ANSWER, load_heard_need, heard.id)
    if heard.state is not HeardState.WAITING or form.version.data != str(heard.version):
        db.session.rollback()
        form.version.data = str(heard.version)
        return _show_page(heard, form, is_stale=True), 409
    heard.state = HeardState(form.answer.data)
    heard.corrected_text = form.words.data if heard.state is HeardState.CORRECTED else ""
    heard.answered_at = utc_now()
    heard.answered_by_id = current_person_id()
    changes = {"state": [HeardState.WAITING.value, heard.state.value]}
    note_action(db.session, current_person_id(), "heard_need.answer", heard, heard.about_unit_id, changes)
    write_of_answer(heard, current_person())
    db.session.commit()
    flash(gettext("Thank you. %(name)s learns of your answer.", name=heard.person.name), "success")
    return redirect(url_for("heard_needs.show", heard_need_id=heard.id), 303)


@blueprint.get("/heard-needs/<int:heard_need_id>/edit")
@allowed(Action.HEARD_NEED_WRITE, load_heard_need, "heard_need_id")
def edit(heard: HeardNeed) -> Page:
    """The form with what we wrote down, while nobody has answered."""
    form = HeardForm(obj=heard)
    form.version.data = str(heard.version)
    return _edit_page(form, heard)


@blueprint.post("/heard-needs/<int:heard_need_id>/edit", endpoint="edit_now")
@allowed(Action.HEARD_NEED_WRITE, load_heard_need, "heard_need_id")
def edit_now(heard: HeardNeed) -> Page | Response:
    """Other words of ours; they are asked again."""
    form = HeardForm()
    if not form.validate_on_submit():
        return _edit_page(form, heard), 422
    heard = for_writing(Action.HEARD_NEED_WRITE, load_heard_need, heard.id)
    if heard.state is not HeardState.WAITING or form.version.data != str(heard.version):
        db.session.rollback()
        form.version.data = str(heard.version)
        return _edit_page(form, heard, is_stale=True), 409
    if (heard.title, heard.text) != (form.title.data, form.text.data):
        heard.title = form.title.data
        heard.text = form.text.data
        db.session.flush()
        unit_id = heard.relationship_.unit_id
        note_action(db.session, current_person_id(), "heard_need.edit", heard, unit_id)
        write_of_heard_need(heard)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("heard_needs.show", heard_need_id=heard.id), 303)


@blueprint.get("/heard-needs/<int:heard_need_id>/post")
@allowed(Action.HEARD_NEED_ANSWER, load_heard_need, "heard_need_id")
def post(heard: HeardNeed) -> Response:
    """Leads to the form of a need of ours with these words; once it is kept, the two are linked."""
    target = url_for("posts.new", unit_id=heard.about_unit_id, side="need", heard=heard.id)
    return redirect(target, 303)


@blueprint.post("/heard-needs/<int:heard_need_id>/remove")
@allowed(Action.HEARD_NEED_WRITE, load_heard_need, "heard_need_id")
def remove(heard: HeardNeed) -> Response:
    """Take back what nobody has answered yet."""
    heard = for_writing(Action.HEARD_NEED_WRITE, load_heard_need, heard.id)
    if heard.state is HeardState.WAITING:
        unit_id = heard.relationship_.unit_id
        note_action(db.session, current_person_id(), "heard_need.remove", heard, unit_id)
        db.session.delete(heard)
        flash(gettext("Taken back. Nobody is asked any more."), "success")
    db.session.commit()
    return redirect(url_for("heard_needs.index"), 303)


def _heard_from(form: HeardForm, ours: Relationship, meeting: Meeting | None) -> HeardNeed:
    return HeardNeed(
        relationship_id=ours.id,
        by_organisation_id=ours.organisation_id,
        about_organisation_id=ours.partner_id,
        about_unit_id=ours.partner_unit_id,
        meeting_id=meeting.id if meeting else None,
        person_id=current_person_id(),
        title=form.title.data,
        text=form.text.data,
    )


def _problem(ours: Relationship) -> str:
    """Why the partner is asked nothing by us at the moment; "" if we may ask."""
    if not are_introduced(db.session, ours):
        return str(gettext("They are asked whether you heard them right once they agreed to meet you."))
    if needs_waiting(db.session, ours) >= MOST_NEEDS_WAITING:
        return str(
            gettext(
                "%(count)s of your notes wait for their answer already. Let them answer first.",
                count=MOST_NEEDS_WAITING,
            )
        )
    return ""


def _sent_before(heard: HeardNeed) -> int | None:
    """The same need, waiting already: a button pressed twice, or a page gone back to."""
    return db.session.scalar(
        select(HeardNeed.id).where(
            HeardNeed.relationship_id == heard.relationship_id,
            HeardNeed.state == HeardState.WAITING,
            HeardNeed.title == heard.title,
            HeardNeed.text == heard.text,
        )
    )


def _meeting_of_address(ours: Relationship) -> Meeting | None:
    """The meeting that ``?meeting=`` names; it must be one of these two units."""
    meeting_id = id_in_address("meeting")
    if meeting_id is None:
        return None
    meeting = load_meeting(current_actor(), meeting_id)
    introduction = meeting.introduction
    if {introduction.asking_unit_id, introduction.asked_unit_id} != {ours.unit_id, ours.partner_unit_id}:
        abort(404)
    return meeting


def _answer_form(heard: HeardNeed) -> HeardAnswerForm:
    form = HeardAnswerForm()
    form.words.data = heard.text
    form.version.data = str(heard.version)
    return form


def _new_page(form: HeardForm, ours: Relationship) -> str:
    meeting = _meeting_of_address(ours)
    return render_template(
        "heard_needs/form.html",
        form=form,
        heard=None,
        partner_name=ours.partner.name,
        action=url_for(
            "heard_needs.new_now", relationship_id=ours.id, meeting=meeting.id if meeting else None
        ),
        back_url=url_for("outcomes.show", meeting_id=meeting.id) if meeting else url_for("heard_needs.index"),
    )


def _edit_page(form: HeardForm, heard: HeardNeed, is_stale: bool = False) -> str:
    return render_template(
        "heard_needs/form.html",
        form=form,
        heard=heard_line(heard),
        partner_name=heard.about_unit.organisation.name,
        action=url_for("heard_needs.edit_now", heard_need_id=heard.id),
        back_url=url_for("heard_needs.show", heard_need_id=heard.id),
        is_stale=is_stale,
    )


def _show_page(heard: HeardNeed, form: HeardAnswerForm, is_stale: bool = False) -> str:
    return render_template(
        "heard_needs/show.html", heard=heard_line(heard), form=form, plain_form=PageForm(), is_stale=is_stale
    )

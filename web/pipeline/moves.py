"""Moving one card, without dragging. A stage that needs facts asks for them."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.pipeline_moves import FACT_OF_STAGE, Fact, missing_fact, move, new_batch
from models.relationship import MEETING_KINDS, ClosedReason, ContactKind, Relationship, Stage
from web.access import allowed, current_person_id, for_writing
from web.choices import choices_of
from web.database import db
from web.labels import partner_words
from web.loaders import load_relationship
from web.localisation import gettext
from web.pipeline import blueprint
from web.pipeline.cards import is_to_be_closed
from web.pipeline.doors import meeting_url_of, partnership_url
from web.pipeline.dropped import dropped_by_closing
from web.pipeline.facts import keep_facts, offer_owners
from web.pipeline.forms import CloseForm, ContactMoveForm, MoveForm, StepMoveForm
from web.pipeline.going_back import back_url
from web.pipeline.words import CONTACT_KINDS, STAGES

FORM_OF_FACT: dict[Fact, type[MoveForm]] = {
    Fact.INTRODUCTION: ContactMoveForm,
    Fact.MEETING: ContactMoveForm,
    Fact.NEXT_STEP: StepMoveForm,
    Fact.PARTNERSHIP: MoveForm,
    Fact.REASON: CloseForm,
}


@blueprint.get("/relationships/<int:relationship_id>/move", endpoint="move")
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def ask_for_facts(ours: Relationship) -> str | Response:
    """What the stage asks for; where nothing is missing, one button."""
    to_stage = _stage(request.args.get("to"))
    fact = missing_fact(db.session, ours, to_stage)
    form = _form(ours, to_stage, fact, MoveForm(request.args))
    return _facts_page(form, ours, to_stage, fact)


@blueprint.post("/relationships/<int:relationship_id>/move", endpoint="move_now")
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def move_now(ours: Relationship) -> Response | tuple[str, int]:
    """Move the card, or go and ask for what is missing."""
    sent = MoveForm()
    to_stage = _stage(sent.to.data)
    missing = missing_fact(db.session, ours, to_stage)
    if missing is not None and not sent.said.data:
        return redirect(_facts_url(ours, sent), 303)
    # Nobody is asked twice for what somebody else said meanwhile; what was said is kept all the same.
    fact = missing or _fact_said(sent, to_stage)
    form = _form(ours, to_stage, fact, sent)
    if missing is Fact.PARTNERSHIP or not form.validate_on_submit():
        return _facts_page(form, ours, to_stage, fact), 422
    ours = for_writing(Action.RELATIONSHIP_WRITE, load_relationship, ours.id)
    reason = form.reason.data if isinstance(form, CloseForm) else None
    if ours.stage is to_stage and ours.closed_reason is reason:
        return _stands_there(ours, form)
    now, batch, person_id = utc_now(), new_batch(), current_person_id()
    before = ours.stage
    keep_facts(ours, form, batch, now)
    move(db.session, ours, to_stage, person_id, batch, now, reason)
    note_action(
        db.session, person_id, "pipeline.move", ours, ours.unit_id, {"stage": [before.value, to_stage.value]}
    )
    target = back_url(form, ours.id, done=batch)
    db.session.commit()
    return redirect(target, 303)


def _stands_there(ours: Relationship, form: MoveForm) -> Response:
    """For whoever was second, at the same moment or in another tab: what they typed is not kept, and they are told."""
    told = gettext(
        "%(partner)s stands in “%(stage)s” already, so nothing was changed or written down.",
        partner=partner_words(ours),
        stage=STAGES[ours.stage],
    )
    target = back_url(form, ours.id)
    db.session.rollback()
    flash(told, "warning")
    return redirect(target, 303)


def _fact_said(sent: MoveForm, to_stage: Stage) -> Fact | None:
    """The fact that the page asked for; None: it asked for nothing that this stage needs."""
    fact = FACT_OF_STAGE.get(to_stage)
    return fact if fact is not None and sent.said.data == fact else None


def _stage(word: str | None) -> Stage:
    if word not in set(Stage):
        abort(400)
    return Stage(word)


def _form(ours: Relationship, to_stage: Stage, fact: Fact | None, sent: MoveForm) -> MoveForm:
    """The form of the missing fact, with where to go back to."""
    form = (FORM_OF_FACT[fact] if fact else MoveForm)()
    form.to.data = to_stage.value
    form.back.data = sent.back.data
    form.query.data = sent.query.data
    if isinstance(form, StepMoveForm):
        offer_owners(form, ours.unit)
    if (
        isinstance(form, CloseForm)
        and not form.is_submitted()
        and is_to_be_closed(ours.stage, ours.partner.state)
    ):
        form.reason.data = ClosedReason.PARTNER_GONE
    if isinstance(form, ContactMoveForm):
        if fact is Fact.MEETING:
            form.kind.choices = choices_of({kind: CONTACT_KINDS[kind] for kind in MEETING_KINDS})
        if not form.is_submitted():
            form.kind.data = ContactKind.MEETING
    return form


def _facts_url(ours: Relationship, sent: MoveForm) -> str:
    return url_for(
        "pipeline.move",
        relationship_id=ours.id,
        to=sent.to.data,
        back=sent.back.data or None,
        query=sent.query.data or None,
    )


def _facts_page(form: MoveForm, ours: Relationship, to_stage: Stage, fact: Fact | None) -> str:
    return render_template(
        "pipeline/move.html",
        form=form,
        ours=ours,
        fact=fact.value if fact else None,
        stage_word=str(STAGES[to_stage]),
        action=url_for("pipeline.move_now", relationship_id=ours.id),
        cancel_url=back_url(form, ours.id),
        ask_url=meeting_url_of(ours),
        partnership_url=partnership_url(ours) if fact is Fact.PARTNERSHIP else None,
        partner=partner_words(ours),
        dropped=dropped_by_closing(ours) if fact is Fact.REASON else [],
    )

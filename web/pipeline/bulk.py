"""Doing one thing to many cards of the table. Each card is asked about by itself, and the answer says which refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.database import is_writing
from models.dealings_policy import visible_relationships
from models.organisation import Unit
from models.pipeline_filters import OPEN_STAGES
from models.pipeline_moves import Fact, give_owner, missing_fact, move, new_batch
from models.planning import is_planned
from models.policy import can
from models.relationship import Relationship, Stage
from models.unit_people import colleagues
from web.access import allowed, current_actor, current_person_id, for_writing
from web.addresses import possible_ids
from web.choices import choices_of
from web.database import db
from web.labels import partner_words
from web.loaders import load_unit
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.pipeline import blueprint
from web.pipeline.dropped import dropped_by_closing
from web.pipeline.facts import keep_facts, offer_owners
from web.pipeline.forms import CloseForm, OwnerForm, StepMoveForm, person_choices
from web.pipeline.going_back import BackForm, back_url
from web.pipeline.words import STAGES

MOST_CARDS = 100


class Deed(StrEnum):
    """What is done to the chosen cards."""

    MOVE = "move"
    OWNER = "owner"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"


class BulkMoveForm(BackForm):
    stage = RadioField(
        _("Where to?"),
        choices=choices_of({stage: STAGES[stage] for stage in OPEN_STAGES}),
        coerce=Stage,
        validators=[InputRequired(_("Choose a stage."))],
    )


BulkForm = BulkMoveForm | OwnerForm | StepMoveForm | CloseForm

DEEDS: dict[Deed, LazyString] = {
    Deed.MOVE: _("Move to another stage"),
    Deed.OWNER: _("Set the owner"),
    Deed.FOLLOW_UP: _("Add a next step"),
    Deed.CLOSE: _("Close with a reason"),
}

WHAT_IS_MISSING: dict[Fact, LazyString] = {
    Fact.INTRODUCTION: _("nobody asked for a meeting yet"),
    Fact.MEETING: _("no meeting is agreed or was written down"),
    Fact.NEXT_STEP: _("it has no next step with an owner"),
    Fact.PARTNERSHIP: _("no partnership is proposed"),
}


@dataclass
class Result:
    """How many cards were changed, and which were not, with why."""

    changed: int
    refused: list[str]


@blueprint.get("/units/<int:unit_id>/pipeline/bulk")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def bulk(unit: Unit) -> str | Response:
    """Ask for what the deed needs, and show to which cards it will be done."""
    cards = _cards(request.args.getlist("cards"))
    deed = _deed(request.args.get("do"))
    sent = BackForm(request.args)
    if not cards:
        flash(gettext("Choose at least one card first."), "error")
        return redirect(back_url(sent, 0), 303)
    form = _form(unit, deed)
    form.back.data, form.query.data = "table", sent.query.data
    return _bulk_page(form, unit, deed, cards)


@blueprint.post("/units/<int:unit_id>/pipeline/bulk", endpoint="bulk_now")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def bulk_now(unit: Unit) -> Response | tuple[str, int]:
    """Do it to each card that allows it, in one transaction and one batch."""
    deed = _deed(request.form.get("do"))
    form = _form(unit, deed)
    if not form.validate_on_submit():
        return _bulk_page(form, unit, deed, _cards(request.form.getlist("cards"))), 422
    unit = for_writing(Action.UNIT_ACT, load_unit, unit.id)
    wanted = request.form.getlist("cards")
    cards = _cards(wanted)
    batch, now = new_batch(), utc_now()
    result = Result(changed=0, refused=[])
    for ours in cards:
        refusal = _refusal(ours, form)
        if refusal is not None:
            result.refused.append(f"{partner_words(ours)} ({refusal})")
            continue
        _do(ours, form, batch, now)
        note_action(db.session, current_person_id(), f"pipeline.bulk_{deed}", ours, ours.unit_id)
        result.changed += 1
    target = back_url(form, 0, done=batch)
    db.session.commit()
    _tell(result, len(set(wanted)) - len(cards))
    return redirect(target, 303)


def _refusal(ours: Relationship, form: BulkForm) -> str | None:
    """Why this card stays as it is; None: it may be changed."""
    if not can(current_actor(), Action.RELATIONSHIP_WRITE, ours, utc_now()):
        return str(gettext("you may not change it"))
    if isinstance(form, BulkMoveForm):
        if ours.stage is form.stage.data:
            return str(gettext("it is there already"))
        fact = missing_fact(db.session, ours, form.stage.data)
        return str(WHAT_IS_MISSING[fact]) if fact else None
    if isinstance(form, OwnerForm):
        is_so = ours.owner_id == form.chosen_id
        return str(gettext("that is so already")) if is_so else None
    if ours.stage is Stage.CLOSED:
        return str(gettext("it is closed"))
    is_twice = isinstance(form, StepMoveForm) and is_planned(
        db.session, ours, form.step.data, form.owner_id.data, form.due_on.data, is_theirs=False
    )
    return str(gettext("it has this next step already")) if is_twice else None


def _do(ours: Relationship, form: BulkForm, batch: str, now: datetime) -> None:
    person_id = current_person_id()
    match form:
        case BulkMoveForm():
            move(db.session, ours, form.stage.data, person_id, batch, now)
        case OwnerForm():
            give_owner(db.session, ours, form.chosen_id, person_id, batch, now)
        case CloseForm():
            move(db.session, ours, Stage.CLOSED, person_id, batch, now, form.reason.data)
    keep_facts(ours, form, batch, now)


def _tell(result: Result, unknown: int) -> None:
    if result.refused or unknown:
        refused = result.refused[:5]
        if unknown:
            refused.append(gettext("%(num)d that you may not see", num=unknown))
        if len(result.refused) > 5:
            refused.append(gettext("and %(num)d more", num=len(result.refused) - 5))
        flash(
            gettext(
                "%(done)d changed, %(left)d could not be: %(which)s.",
                done=result.changed,
                left=len(result.refused) + unknown,
                which="; ".join(refused),
            ),
            "warning",
        )


def _cards(ids: list[str]) -> list[Relationship]:
    """The chosen cards that the actor may see, in the order of their ids."""
    numbers = {int(word) for word in ids[:MOST_CARDS] if word.isdecimal() and len(word) < 11}
    statement = visible_relationships(current_actor()).where(Relationship.id.in_(possible_ids(numbers)))
    if is_writing(db.session):
        statement = statement.with_for_update(of=Relationship)
    return list(db.session.scalars(statement.order_by(Relationship.id)))


def _deed(word: str | None) -> Deed:
    if word not in set(Deed):
        abort(400)
    return Deed(word)


def _form(unit: Unit, deed: Deed) -> BulkForm:
    forms: dict[Deed, type[BulkForm]] = {
        Deed.MOVE: BulkMoveForm,
        Deed.OWNER: OwnerForm,
        Deed.FOLLOW_UP: StepMoveForm,
        Deed.CLOSE: CloseForm,
    }
    form = forms[deed]()
    if isinstance(form, StepMoveForm):
        offer_owners(form, unit)
    if isinstance(form, OwnerForm):
        people = person_choices(colleagues(db.session, unit), str(gettext("Nobody")))
        form.owner_id.choices = [SelectChoice("", gettext("Choose somebody")), *people]
    return form


def _dropped(cards: list[Relationship]) -> list[str]:
    """What closing these drops, each with its partner: several may have the same next step."""
    return [f"{partner_words(ours)}: {what}" for ours in cards for what in dropped_by_closing(ours)]


def _bulk_page(form: BulkForm, unit: Unit, deed: Deed, cards: list[Relationship]) -> str:
    return render_template(
        "pipeline/bulk.html",
        form=form,
        deed=deed.value,
        title=str(DEEDS[deed]),
        cards=[(ours.id, partner_words(ours), str(STAGES[ours.stage])) for ours in cards],
        dropped=_dropped(cards) if deed is Deed.CLOSE else [],
        action=url_for("pipeline.bulk_now", unit_id=unit.id),
        cancel_url=back_url(form, 0),
    )

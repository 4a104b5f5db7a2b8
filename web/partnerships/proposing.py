"""One side proposes a partnership after an introduction."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.between import standing_between
from models.dealings_policy import sides_of, visible_introductions
from models.introduction import Introduction, IntroductionState
from models.partnership import (
    Counterpart,
    Partnership,
    PartnershipEventKind,
    PartnershipKind,
    PartnershipStage,
)
from models.partnership_policy import partner_sides_of
from models.side import Side
from web.access import authorised, current_actor, current_person, current_person_id, for_writing, signed_in
from web.addresses import id_in_address
from web.database import db
from web.loaders import load_introduction
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import today
from web.page_form import Page
from web.partnerships import blueprint
from web.partnerships.events import note_event
from web.partnerships.forms import PartnershipForm
from web.partnerships.letters import tell_other_side
from web.sides import side_among, side_name, units_of

LENGTH_OF_A_PILOT = timedelta(days=90)


@blueprint.get("/partnerships/new")
@signed_in
def new() -> Page | Response:
    """The short form, for the introduction that the address names; without one, the choice among them."""
    introduction = _named_introduction()
    if introduction is None:
        return render_template("partnerships/choose.html", introductions=_introductions_to_choose())
    standing = standing_between(db.session, introduction.asking_unit_id, introduction.asked_unit_id)
    if standing is not None:
        flash(gettext("There is a partnership already. You find it here."), "info")
        return redirect(url_for("partnerships.show", partnership_id=standing.id), 303)
    begins_on = today()
    form = PartnershipForm(
        formdata=None,
        kind=PartnershipKind.PILOT.value,
        started_on=begins_on,
        ends_on=begins_on + LENGTH_OF_A_PILOT,
    )
    return _form_page(form, introduction)


@blueprint.post("/partnerships/new")
@signed_in
def create() -> Page | Response:
    """Propose it to the other side."""
    introduction = _named_introduction()
    if introduction is None:
        return redirect(url_for("partnerships.new"), 303)
    form = PartnershipForm()
    if not form.is_whole():
        return _form_page(form, introduction), 422
    introduction = for_writing(Action.INTRODUCTION_ACT, load_introduction, introduction.id)
    standing = standing_between(db.session, introduction.asking_unit_id, introduction.asked_unit_id)
    if standing is None:
        standing = _proposal(form, introduction)
        event = note_event(standing, PartnershipEventKind.PROPOSED, standing.proposed_by)
        note_event(standing, PartnershipEventKind.STAGE, standing.proposed_by, PartnershipStage.SCOPING)
        note_action(db.session, current_person_id(), "partnership.propose", standing)
        news = _("we propose a partnership")
        tell_other_side(standing, standing.proposed_by, current_person(), event.id, news)
        flash(gettext("Proposed. It begins when they confirm it."), "success")
    else:
        flash(gettext("There is a partnership already. You find it here."), "info")
    target = url_for("partnerships.show", partnership_id=standing.id)
    db.session.commit()
    return redirect(target, 303)


def _proposal(form: PartnershipForm, introduction: Introduction) -> Partnership:
    kind = PartnershipKind(form.kind.data)
    partnership = Partnership(
        asking_organisation_id=introduction.asking_organisation_id,
        asking_unit_id=introduction.asking_unit_id,
        asked_organisation_id=introduction.asked_organisation_id,
        asked_unit_id=introduction.asked_unit_id,
        introduction_id=introduction.id,
        proposed_by=_side_in(introduction),
        proposed_by_id=current_person_id(),
        kind=kind,
        doing=_inside(form.doing.data),
        beneficiary=_inside(form.beneficiary.data),
        benefit=_inside(form.benefit.data),
        result=_inside(form.result.data),
        started_on=form.started_on.data,
        ends_on=form.ends_on.data if kind is PartnershipKind.PILOT else None,
    )
    db.session.add(partnership)
    db.session.flush()
    if not partner_sides_of(current_actor(), partnership):
        # They took part in the introduction without belonging to the unit, and would not see what they proposed.
        partnership.counterparts.append(
            Counterpart(side=partnership.proposed_by, person_id=partnership.proposed_by_id)
        )
    return partnership


def _inside(blank: str) -> str:
    """A blank of the sentence: its own full stop would end the sentence too early."""
    return blank.rstrip(" .")


def _named_introduction() -> Introduction | None:
    """The accepted introduction that the address names; 404 for one in which the person may not act."""
    introduction_id = id_in_address("introduction")
    if introduction_id is None:
        return None
    introduction = authorised(Action.INTRODUCTION_ACT, load_introduction, introduction_id)
    return introduction if introduction.state is IntroductionState.ACCEPTED else None


def _introductions_to_choose() -> list[tuple[str, str]]:
    """(name of the other side, address) of every accepted introduction, the newest first."""
    found = db.session.scalars(
        visible_introductions(current_actor())
        .where(Introduction.state == IntroductionState.ACCEPTED)
        .order_by(Introduction.id.desc())
    )
    return [
        (
            side_name(introduction, _side_in(introduction).other),
            url_for("partnerships.new", introduction=introduction.id),
        )
        for introduction in found
    ]


def _side_in(introduction: Introduction) -> Side:
    return side_among(sides_of(current_actor(), introduction), units_of(introduction))


def _form_page(form: PartnershipForm, introduction: Introduction) -> str:
    return render_template(
        "partnerships/new.html",
        form=form,
        introduction=introduction,
        their_name=side_name(introduction, _side_in(introduction).other),
    )

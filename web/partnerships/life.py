"""How a partnership goes on: its stage, a pilot that grows, and closing well."""

from flask import flash, redirect, render_template, url_for
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.partnership import (
    ClosingReason,
    Partnership,
    PartnershipEvent,
    PartnershipEventKind,
    PartnershipKind,
    PartnershipStage,
    PartnershipState,
)
from models.promises import promises_of
from models.side import Side
from web.access import allowed, current_person, current_person_id, for_writing
from web.database import db
from web.loaders import load_partnership
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm
from web.partnerships import blueprint
from web.partnerships.events import note_event
from web.partnerships.forms import CloseForm, StageForm
from web.partnerships.letters import tell_other_side
from web.partnerships.refusing import turned_away
from web.partnerships.sides import my_side
from web.partnerships.words import CLOSING_REASONS, STAGE_HINTS, STAGES
from web.sides import side_name


@blueprint.get("/partnerships/<int:partnership_id>/stage")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def stage(partnership: Partnership) -> Page | Response:
    """Ask for the stage."""
    if partnership.state is not PartnershipState.ACTIVE:
        return _not_active(partnership)
    return _stage_page(StageForm(formdata=None, stage=partnership.stage.value), partnership)


@blueprint.post("/partnerships/<int:partnership_id>/stage", endpoint="set_stage")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def set_stage(partnership: Partnership) -> Page | Response:
    """Keep the stage, with its date. Saying again the one it is in changes nothing."""
    form = StageForm()
    if not form.validate_on_submit():
        return _stage_page(form, partnership), 422
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    if partnership.state is not PartnershipState.ACTIVE:
        return _not_active(partnership)
    to_stage = PartnershipStage(form.stage.data)
    if to_stage is not partnership.stage:
        partnership.stage = to_stage
        side = my_side(partnership)
        note_event(partnership, PartnershipEventKind.STAGE, side, to_stage, form.text.data)
        note_action(db.session, current_person_id(), "partnership.stage", partnership)
    target = url_for("partnerships.show", partnership_id=partnership.id)
    db.session.commit()
    flash(gettext("The stage is now: %(stage)s.", stage=STAGES[to_stage]), "success")
    return redirect(target, 303)


@blueprint.post("/partnerships/<int:partnership_id>/grow/<any(ask, agree, refuse):growth>")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def grow(partnership: Partnership, growth: str) -> Response:
    """Turn the pilot into a full partnership: one side asks, the other agrees. Its history stays."""
    if not PageForm().validate_on_submit():
        why = gettext("The page was open too long. Press the button again.")
        return turned_away(partnership, why, "error")
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    side = my_side(partnership)
    obstacle = _obstacle_to_growth(partnership, growth, side)
    if obstacle:
        return turned_away(partnership, obstacle)
    target = url_for("partnerships.show", partnership_id=partnership.id)
    event, news, said = _grow(partnership, growth, side)
    note_action(db.session, current_person_id(), f"partnership.growth_{growth}", partnership)
    tell_other_side(partnership, side, current_person(), event.id, news)
    db.session.commit()
    flash(said, "success")
    return redirect(target, 303)


def _obstacle_to_growth(partnership: Partnership, growth: str, side: Side) -> str:
    if partnership.kind is not PartnershipKind.PILOT or partnership.state is not PartnershipState.ACTIVE:
        return str(gettext("Only a pilot that runs can grow."))
    asked_by = partnership.growth_asked_by
    if growth == "ask":
        return str(gettext("Somebody asked for it already.")) if asked_by else ""
    if asked_by is None:
        return str(gettext("Nobody asks to let it grow any more."))
    if asked_by is side or partnership.growth_asked_by_id == current_person_id():
        return str(gettext("Your side asked, so the other side has to answer."))
    return ""


def _grow(
    partnership: Partnership, growth: str, side: Side
) -> tuple[PartnershipEvent, LazyString, LazyString]:
    """Make the change; return its event, the news for the other side and what the person is told."""
    if growth == "ask":
        partnership.growth_asked_by = side
        partnership.growth_asked_by_id = current_person_id()
        event = note_event(partnership, PartnershipEventKind.GROWTH_ASKED, side)
        return event, _("we ask to turn the pilot into a full partnership"), _("Asked. They answer.")
    partnership.growth_asked_by = None
    partnership.growth_asked_by_id = None
    if growth == "refuse":
        event = note_event(partnership, PartnershipEventKind.GROWTH_REFUSED, side)
        return event, _("we would rather let the pilot stay a pilot"), _("It stays a pilot. They are told.")
    partnership.kind = PartnershipKind.FULL
    partnership.ends_on = None
    event = note_event(partnership, PartnershipEventKind.GROWN, side)
    return event, _("we agree: the pilot becomes a full partnership"), _("It is a full partnership now.")


@blueprint.get("/partnerships/<int:partnership_id>/close")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def close(partnership: Partnership) -> Page | Response:
    """Ask why it ends and what stays."""
    if partnership.state is not PartnershipState.ACTIVE:
        return _not_active(partnership)
    return _close_page(CloseForm(formdata=None), partnership)


@blueprint.post("/partnerships/<int:partnership_id>/close", endpoint="close_now")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def close_now(partnership: Partnership) -> Page | Response:
    """Close it well. The page, the promises and their history stay readable for both sides."""
    form = CloseForm()
    if not form.validate_on_submit():
        return _close_page(form, partnership), 422
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    if partnership.state is not PartnershipState.ACTIVE:
        return _not_active(partnership)
    reason = ClosingReason(form.reason.data)
    side = my_side(partnership)
    partnership.state = PartnershipState.CLOSED
    partnership.closed_at = utc_now()
    partnership.closing_reason = reason
    partnership.growth_asked_by = None
    partnership.growth_asked_by_id = None
    event = note_event(partnership, PartnershipEventKind.CLOSED, side, text=form.text.data)
    note_action(db.session, current_person_id(), "partnership.close", partnership)
    news = _("we close the partnership (%(reason)s)", reason=CLOSING_REASONS[reason])
    tell_other_side(partnership, side, current_person(), event.id, news, form.text.data)
    target = url_for("partnerships.show", partnership_id=partnership.id)
    db.session.commit()
    flash(gettext("Closed. Its history stays for both sides."), "success")
    return redirect(target, 303)


def _not_active(partnership: Partnership) -> Response:
    return turned_away(partnership, gettext("This is possible only while the partnership runs."))


def _stage_page(form: StageForm, partnership: Partnership) -> str:
    hints = [(str(STAGES[each]), str(STAGE_HINTS[each])) for each in PartnershipStage]
    return render_template("partnerships/stage.html", form=form, partnership=partnership, hints=hints)


def _close_page(form: CloseForm, partnership: Partnership) -> str:
    their_name = side_name(partnership, my_side(partnership).other)
    found = promises_of(db.session, [partnership.id], utc_now())
    return render_template(
        "partnerships/close.html",
        form=form,
        partnership=partnership,
        their_name=their_name,
        open_promises=sum(promise.standing.is_open for promise in found),
    )

""" "Not a fit, because …": hide an organisation from a unit's partners, with a reason, until undone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from matching.answers import Match
from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.dismissal import Dismissal, DismissalReason
from models.organisation import Organisation, Unit
from models.policy import visible_dismissals
from web.access import allowed, current_actor, current_person_id, for_writing
from web.addresses import id_in_address
from web.database import db
from web.labels import DISMISSAL_REASONS, day_words
from web.loaders import load_dismissal, load_organisation, load_unit
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.partners import blueprint
from web.partners.filters import carried_values
from web.partners.taste import taste_of
from web.text_fields import words_field

NOTE_LIMIT = 500
# Words of ours for where the way leads back to: an address in their place could lead anywhere.
ONE_WAY, PAIR, PUT_ASIDE = "one-way", "pair", "put-aside"


class DismissForm(PageForm):
    """Why an organisation is not a fit; only our side ever sees it."""

    reason = RadioField(
        _("Why is it not a fit?"),
        choices=[SelectChoice(reason.value, words) for reason, words in DISMISSAL_REASONS.items()],
        validators=[DataRequired(_("Choose the reason that comes closest."))],
    )
    note = words_field(_("Anything else to remember?"), NOTE_LIMIT)


@dataclass(frozen=True)
class UndoOffer:
    """What the Partners page says right after somebody dismissed an organisation."""

    dismissal_id: int
    name: str


@dataclass(frozen=True)
class DismissedLine:
    """One line of the list of dismissed organisations."""

    dismissal_id: int
    organisation_id: int
    name: str
    reason: str
    note: str
    since: str


@blueprint.get("/<int:organisation_id>/dismiss")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def dismiss(unit: Unit, organisation_id: int) -> str:
    """Ask for the reason."""
    organisation = _foreign_organisation(unit, organisation_id)
    return _dismiss_page(DismissForm(), unit, organisation)


@blueprint.post("/<int:organisation_id>/dismiss", endpoint="dismiss_now")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def dismiss_now(unit: Unit, organisation_id: int) -> Response | tuple[str, int]:
    """Keep the reason. Sent twice, it changes nothing the second time."""
    organisation = _foreign_organisation(unit, organisation_id)
    form = DismissForm()
    if not form.validate_on_submit():
        return _dismiss_page(form, unit, organisation), 422
    unit = for_writing(Action.UNIT_ACT, load_unit, unit.id)
    organisation = _foreign_organisation(unit, organisation_id)
    dismissal = _current_dismissal(unit.id, organisation.id)
    if dismissal is None:
        dismissal = Dismissal(
            organisation_id=unit.organisation_id,
            unit_id=unit.id,
            dismissed_id=organisation.id,
            person_id=current_person_id(),
            reason=DismissalReason(form.reason.data),
            note=form.note.data,
        )
        db.session.add(dismissal)
        db.session.flush()
        note_action(db.session, current_person_id(), "dismissal.add", dismissal, unit.id)
    target = list_url(unit.id, dismissal.id)
    db.session.commit()
    return redirect(target, 303)


@blueprint.post("/dismissed/<int:dismissal_id>/undo")
@allowed(Action.DISMISSAL_UNDO, load_dismissal, "dismissal_id")
def undo(dismissal: Dismissal, unit_id: int) -> Response:
    """Let the organisation be suggested again."""
    if dismissal.unit_id != unit_id:
        abort(404)
    dismissal = for_writing(Action.DISMISSAL_UNDO, load_dismissal, dismissal.id)
    name, target = dismissal.dismissed.name, _undo_target(dismissal)
    if dismissal.undone_at is None:
        dismissal.undone_at = utc_now()
        note_action(db.session, current_person_id(), "dismissal.undo", dismissal, unit_id)
    db.session.commit()
    flash(gettext("%(name)s can be suggested to you again.", name=name), "success")
    return redirect(target, 303)


@blueprint.get("/dismissed")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def dismissed(unit: Unit) -> str:
    """Everything this unit dismissed and has not undone, newest first, counted by reason."""
    rows = db.session.scalars(
        visible_dismissals(current_actor())
        .where(Dismissal.unit_id == unit.id, Dismissal.undone_at.is_(None))
        .options(joinedload(Dismissal.dismissed))
        .order_by(Dismissal.created_at.desc(), Dismissal.id.desc())
    ).all()
    counts = Counter(row.reason for row in rows).most_common()
    return render_template(
        "partners/dismissed.html",
        unit=unit,
        lines=[_line(row) for row in rows],
        counts=[(str(DISMISSAL_REASONS[reason]), count) for reason, count in counts],
        carried={"list": PUT_ASIDE},
    )


def dismiss_url(match: Match, carried: dict[str, Any]) -> str:
    """Where somebody says that this match is not a fit. ``carried`` are the filters of the list that led there."""
    is_one_way = (match.get is None) != (match.give is None)
    kept = carried | {"list": ONE_WAY} if is_one_way else carried
    return url_for("partners.dismiss", organisation_id=match.organisation_id, **kept)


def list_url(
    unit_id: int, dismissal_id: int | None = None, ticked: Sequence[int] = (), has_too_few: bool = False
) -> str:
    """The list that led here, with its filters and those who are ticked in it. It offers to undo the dismissal, if one
    is named, and says that too few are ticked to compare them, if they are.
    """
    endpoint = "partners.one_way" if request.args.get("list") == ONE_WAY else "partners.index"
    carried = carried_values(taste_of(request.args))
    few = 1 if has_too_few else None
    return url_for(
        endpoint, unit_id=unit_id, **carried, dismissed=dismissal_id, partner=list(ticked), few=few
    )


def carried_of_list() -> dict[str, Any]:
    """What the addresses keep of the list that led here: its filters, and which of the two it is."""
    kept = carried_values(taste_of(request.args))
    return kept | {"list": ONE_WAY} if request.args.get("list") == ONE_WAY else kept


def standing_dismissal(unit: Unit, organisation_id: int) -> DismissedLine | None:
    """Why and since when this unit does not want this organisation suggested; None if nobody said so."""
    dismissal = _current_dismissal(unit.id, organisation_id)
    return _line(dismissal) if dismissal else None


def undo_offer(unit: Unit) -> UndoOffer | None:
    """The offer to undo the dismissal that the address names, if it is this unit's and still stands."""
    dismissal_id = id_in_address("dismissed")
    if dismissal_id is None:
        return None
    dismissal = db.session.scalar(
        visible_dismissals(current_actor()).where(
            Dismissal.id == dismissal_id, Dismissal.unit_id == unit.id, Dismissal.undone_at.is_(None)
        )
    )
    if dismissal is None:
        return None
    return UndoOffer(dismissal_id=dismissal.id, name=dismissal.dismissed.name)


def _line(dismissal: Dismissal) -> DismissedLine:
    return DismissedLine(
        dismissal_id=dismissal.id,
        organisation_id=dismissal.dismissed_id,
        name=dismissal.dismissed.name,
        reason=str(DISMISSAL_REASONS[dismissal.reason]),
        note=dismissal.note,
        since=day_words(dismissal.created_at),
    )


def _dismiss_page(form: DismissForm, unit: Unit, organisation: Organisation) -> str:
    return render_template(
        "partners/dismiss.html",
        form=form,
        unit=unit,
        organisation=organisation,
        back_url=list_url(unit.id),
        action=url_for("partners.dismiss_now", organisation_id=organisation.id, **carried_of_list()),
    )


def _undo_target(dismissal: Dismissal) -> str:
    """Where somebody was who takes a dismissal back: the page of the pair, what was put aside, or the list."""
    unit_id, page = dismissal.unit_id, request.args.get("list")
    if page == PAIR:
        carried = carried_values(taste_of(request.args))
        return url_for("partners.show", unit_id=unit_id, organisation_id=dismissal.dismissed_id, **carried)
    if page == PUT_ASIDE:
        return url_for("partners.dismissed", unit_id=unit_id)
    return list_url(unit_id)


def _foreign_organisation(unit: Unit, organisation_id: int) -> Organisation:
    """Another organisation that the actor may see; nobody dismisses the own one."""
    if organisation_id == unit.organisation_id:
        abort(404)
    return load_organisation(current_actor(), organisation_id)


def _current_dismissal(unit_id: int, organisation_id: int) -> Dismissal | None:
    return db.session.scalar(
        select(Dismissal).where(
            Dismissal.unit_id == unit_id,
            Dismissal.dismissed_id == organisation_id,
            Dismissal.undone_at.is_(None),
        )
    )

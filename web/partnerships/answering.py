"""The other side confirms or declines a proposed partnership, or its author takes it back."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.partnership import Partnership, PartnershipEventKind, PartnershipState
from models.relationship import Stage, advance_stage, relationship_between
from models.side import Side
from web.access import allowed, current_person, current_person_id, for_writing
from web.database import db
from web.loaders import load_partnership
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.partnerships import blueprint
from web.partnerships.events import note_event
from web.partnerships.forms import AnswerForm
from web.partnerships.letters import tell_other_side
from web.partnerships.refusing import turned_away
from web.partnerships.sides import my_side


@blueprint.post("/partnerships/<int:partnership_id>/answer/<any(confirm, decline, withdraw):reply>")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def answer(partnership: Partnership, reply: str) -> Response:
    """Confirm or decline what the other side proposed, or take the own proposal back."""
    form = AnswerForm()
    if not form.validate_on_submit():
        why = gettext("Shorten your word to 500 characters and send it again.")
        return turned_away(partnership, why, "error")
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    side = my_side(partnership)
    obstacle = _obstacle(partnership, reply, side)
    if obstacle:
        return turned_away(partnership, obstacle)
    target = url_for("partnerships.show", partnership_id=partnership.id)
    _settle(partnership, reply, side, form.text.data)
    db.session.commit()
    flash(_said(reply), "success")
    return redirect(target, 303)


def _obstacle(partnership: Partnership, reply: str, side: Side) -> str:
    """Why this answer is not possible, or an empty string."""
    if partnership.state is not PartnershipState.PROPOSED:
        return str(gettext("It was answered already. This is how it stands now."))
    if reply == "withdraw":
        return (
            ""
            if side is partnership.proposed_by
            else str(gettext("Only the side that proposed it can take it back."))
        )
    if side is partnership.proposed_by:
        return str(gettext("Your side proposed it, so the other side has to answer."))
    if partnership.proposed_by_id == current_person_id():
        return str(gettext("You proposed it yourself. Somebody else has to answer for the other side."))
    return ""


def _settle(partnership: Partnership, reply: str, side: Side, text: str) -> None:
    now = utc_now()
    state, kind, news = {
        "confirm": (PartnershipState.ACTIVE, PartnershipEventKind.CONFIRMED, _("we confirm the partnership")),
        "decline": (
            PartnershipState.DECLINED,
            PartnershipEventKind.DECLINED,
            _("we do not go on with the partnership"),
        ),
        "withdraw": (
            PartnershipState.WITHDRAWN,
            PartnershipEventKind.WITHDRAWN,
            _("we take our proposal back"),
        ),
    }[reply]
    partnership.state = state
    partnership.answered_at = now
    event = note_event(partnership, kind, side, text=text)
    if state is PartnershipState.ACTIVE:
        for each in Side:
            ours = relationship_between(
                db.session, partnership.unit_of(each), partnership.unit_of(each.other)
            )
            advance_stage(db.session, ours, Stage.PARTNERSHIP, current_person_id(), now)
    note_action(db.session, current_person_id(), f"partnership.{reply}", partnership)
    tell_other_side(partnership, side, current_person(), event.id, news, text)


def _said(reply: str) -> str:
    words = {
        "confirm": gettext("Confirmed. Name your people and make the first promise."),
        "decline": gettext("Declined. They are told."),
        "withdraw": gettext("Taken back. They are told."),
    }
    return str(words[reply])

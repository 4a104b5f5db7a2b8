"""A promise is written: an offer of ours, or a request to them. It can wait as a draft."""

from collections.abc import Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.actor import Action
from models.base import utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import step_of
from models.commitment_standing import Step
from models.once import TWICE_WITHIN
from models.partnership import Partnership, PartnershipState
from models.partnership_people import workers_of
from models.side import Side
from web.access import allowed, current_person_id, for_writing
from web.commitments import blueprint
from web.commitments.forms import TermsForm, offer_people
from web.commitments.steps import record, step_from
from web.database import db
from web.loaders import load_partnership
from web.localisation import gettext
from web.moments import today
from web.page_form import Page
from web.partnerships.refusing import turned_away
from web.partnerships.sides import my_side
from web.sides import side_name


@blueprint.get("/partnerships/<int:partnership_id>/promises/<any(offer, request):promise_kind>")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def new(partnership: Partnership, promise_kind: str) -> Page | Response:
    """The form of an offer ("we will") or a request ("will you")."""
    if partnership.state is not PartnershipState.ACTIVE:
        return _not_active(partnership)
    form = TermsForm(formdata=None, responsible=str(current_person_id()), importance="2")
    return _page(form, partnership, promise_kind)


@blueprint.post(
    "/partnerships/<int:partnership_id>/promises/<any(offer, request):promise_kind>", endpoint="create"
)
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def create(partnership: Partnership, promise_kind: str) -> Page | Response:
    """Keep it as a draft, or send it at once."""
    form = TermsForm()
    form.today = today()
    offer_people(
        form, workers_of(db.session, partnership, my_side(partnership)) if promise_kind == "offer" else []
    )
    if not form.validate_on_submit():
        return _page(form, partnership, promise_kind), 422
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    if partnership.state is not PartnershipState.ACTIVE:
        return _not_active(partnership)
    side = my_side(partnership)
    now = utc_now()
    performer = side if promise_kind == "offer" else side.other
    draft = step_from(form, Move.DRAFT, side, None, now)
    is_sent = "draft" not in request.form
    steps = _steps(draft, is_sent)
    commitment = _written_before(partnership, performer, steps) or _written(partnership, performer, steps)
    target = url_for("commitments.show", commitment_id=commitment.id)
    db.session.commit()
    flash(gettext("Sent. They answer.") if is_sent else gettext("Saved. Only your side sees it."), "success")
    return redirect(target, 303)


def _written(partnership: Partnership, performer: Side, steps: Sequence[Step]) -> Commitment:
    commitment = Commitment(partnership=partnership, performer_side=performer)
    db.session.add(commitment)
    db.session.flush()
    for step in steps:
        record(commitment, step)
    return commitment


def _steps(draft: Step, is_sent: bool) -> list[Step]:
    """What one sending of the form does."""
    if not is_sent:
        return [draft]
    # A word to them goes with the sending: they never read what was said with a draft.
    return [
        replace(draft, text=""),
        Step(Move.SEND, draft.side, draft.person_id, draft.at, text=draft.text),
    ]


def _written_before(partnership: Partnership, performer: Side, steps: Sequence[Step]) -> Commitment | None:
    """The same promise, written moments ago by the same person, to which nothing has happened since: a button pressed
    twice, or a page gone back to.
    """
    now = steps[0].at
    recent = db.session.scalars(
        select(Commitment).where(
            Commitment.partnership_id == partnership.id,
            Commitment.performer_side == performer,
            Commitment.created_at > now - TWICE_WITHIN,
        )
    )
    return next(
        (each for each in recent if [replace(step_of(move), at=now) for move in each.moves] == list(steps)),
        None,
    )


def _not_active(partnership: Partnership) -> Response:
    return turned_away(partnership, gettext("Promises are made while the partnership runs."))


def _page(form: TermsForm, partnership: Partnership, promise_kind: str) -> str:
    side: Side = my_side(partnership)
    if form.responsible is not None and not form.responsible.choices:
        offer_people(form, workers_of(db.session, partnership, side) if promise_kind == "offer" else [])
    return render_template(
        "commitments/new.html",
        form=form,
        kind=promise_kind,
        partnership=partnership,
        their_name=side_name(partnership, side.other),
    )

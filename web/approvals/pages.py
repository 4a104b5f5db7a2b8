"""Which organisations others may see: those that wait, those that were decided, and the decision."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased, selectinload
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_organisation_change
from models.closing import can_be_closed, can_be_reopened
from models.joining import admins_of, domain_to_suggest_by, organisations_like
from models.merging import can_be_merged
from models.organisation import Organisation, OrganisationState, Unit
from models.person import Person
from models.separating import merged_into
from web.access import allowed, current_person_id, for_writing, operator_only
from web.approvals import blueprint
from web.approvals.forms import FindForm, ReasonForm, is_named
from web.database import db
from web.labels import ORGANISATION_KINDS, ORGANISATION_SIZES, SECTORS, place_words
from web.letters import write_letter
from web.loaders import load_organisation
from web.localisation import gettext
from web.localisation import lazy_gettext as _

MOST_DECIDED = 200
DATE_FORMAT = "d MMMM yyyy"
STATE_WORDS = {
    OrganisationState.PENDING: (_("waits"), "warning"),
    OrganisationState.APPROVED: (_("approved"), "ok"),
    OrganisationState.REFUSED: (_("not approved"), "danger"),
    OrganisationState.CLOSED: (_("closed"), "plain"),
}


@dataclass(frozen=True)
class OrganisationRow:
    name: str
    facts: str
    since: str
    state: str
    state_kind: str
    url: str


@dataclass(frozen=True)
class Applicant:
    """``shares_domain``: whether their confirmed address ends like the organisation's."""

    name: str
    email: str
    shares_domain: bool


@blueprint.get("/approvals")
@operator_only
def index() -> str:
    is_pending = request.args.get("state") != "decided"
    form = FindForm(request.args)
    named = is_named(form, Organisation.name)
    places = selectinload(Organisation.units).joinedload(Unit.place)
    statement = select(Organisation).where(Organisation.merged_into_id.is_(None)).options(places)
    if is_pending:
        statement = statement.where(Organisation.state == OrganisationState.PENDING)
        statement = statement.order_by(Organisation.created_at, Organisation.id)
    else:
        statement = statement.where(Organisation.state != OrganisationState.PENDING, named)
        newest = (Organisation.decided_at.desc(), Organisation.id.desc())
        # One more than is shown tells whether there are others.
        statement = statement.order_by(*newest).limit(MOST_DECIDED + 1)
    found = db.session.scalars(statement).all()
    is_cut = not is_pending and len(found) > MOST_DECIDED
    rows = [_organisation_row(organisation) for organisation in (found[:MOST_DECIDED] if is_cut else found)]
    if not is_pending and form.name.data:
        rows += _merged_rows(named)
    return render_template("approvals/index.html", form=form, rows=rows, is_pending=is_pending, is_cut=is_cut)


def _merged_rows(named: ColumnElement[bool]) -> list[OrganisationRow]:
    """Those that are part of another by now: they have no page but the one that takes the merger back."""
    target = aliased(Organisation)
    found = db.session.execute(
        select(Organisation, target.name)
        .join(target, target.id == Organisation.merged_into_id)
        .where(named)
        .order_by(Organisation.name, Organisation.id)
        .limit(MOST_DECIDED)
    )
    return [
        OrganisationRow(
            name=merged.name,
            facts=gettext("part of %(name)s", name=target_name),
            since=format_date(merged.decided_at, DATE_FORMAT),
            state=gettext("merged"),
            state_kind="plain",
            url=url_for("merging.separate", organisation_id=merged.id),
        )
        for merged, target_name in found
    ]


@blueprint.get("/approvals/<int:organisation_id>")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def show(organisation: Organisation) -> str:
    return _show_page(organisation, ReasonForm())


@blueprint.post("/approvals/<int:organisation_id>/approve")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def approve(organisation: Organisation) -> Response:
    organisation = for_writing(Action.ORGANISATION_DECIDE, load_organisation, organisation.id)
    if organisation.state is OrganisationState.CLOSED:
        return _is_closed(organisation)
    if organisation.state is not OrganisationState.APPROVED:
        _decide(organisation, OrganisationState.APPROVED, "")
        db.session.commit()
    flash(gettext("%(name)s is approved.", name=organisation.name), "success")
    return redirect(url_for("approvals.index"), 303)


@blueprint.post("/approvals/<int:organisation_id>/refuse")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def refuse(organisation: Organisation) -> Response | tuple[str, int]:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show_page(organisation, form), 422
    organisation = for_writing(Action.ORGANISATION_DECIDE, load_organisation, organisation.id)
    if organisation.state is OrganisationState.CLOSED:
        return _is_closed(organisation)
    if organisation.state is not OrganisationState.REFUSED:
        _decide(organisation, OrganisationState.REFUSED, form.reason.data)
        db.session.commit()
    flash(gettext("%(name)s is not approved.", name=organisation.name), "success")
    return redirect(url_for("approvals.index"), 303)


def _decide(organisation: Organisation, state: OrganisationState, reason: str) -> None:
    old = organisation.state
    organisation.state = state
    organisation.refusal_reason = reason
    organisation.decided_at = utc_now()
    note_organisation_change(db.session, organisation.id)
    changes = {"state": [old.value, state.value]}
    note_action(db.session, current_person_id(), "organisation.decide", organisation, None, changes)
    was_approved = old is OrganisationState.APPROVED
    if state is OrganisationState.APPROVED:
        subject = gettext("%(name)s is approved", name=organisation.name)
    elif was_approved:
        subject = gettext("%(name)s is not approved any more", name=organisation.name)
    else:
        subject = gettext("%(name)s is not approved", name=organisation.name)
    for admin in admins_of_whole(organisation):
        write_letter(
            kind="organisation.decided",
            record=organisation,
            recipient=admin,
            subject=subject,
            template="approvals/mail/decided.txt",
            values={"organisation": organisation, "was_approved": was_approved},
        )


def _is_closed(organisation: Organisation) -> Response:
    flash(gettext("%(name)s is closed already.", name=organisation.name), "info")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)


def admins_of_whole(organisation: Organisation) -> list[Person]:
    return admins_of(db.session, organisation.id, frozenset({organisation.root_unit.id}))


def _show_page(organisation: Organisation, form: ReasonForm) -> str:
    return render_template(
        "approvals/show.html",
        form=form,
        organisation=organisation,
        row=_organisation_row(organisation),
        kind=ORGANISATION_KINDS[organisation.kind],
        sector=SECTORS[organisation.sector],
        size=ORGANISATION_SIZES[organisation.size] if organisation.size else None,
        place=place_words(organisation.root_unit.place),
        domains=sorted(domain.domain for domain in organisation.domains),
        applicants=_applicants(organisation),
        may_approve=organisation.state in {OrganisationState.PENDING, OrganisationState.REFUSED},
        may_reopen=can_be_reopened(organisation),
        may_merge=can_be_merged(organisation),
        may_close=can_be_closed(organisation),
        merged=merged_into(db.session, organisation),
        alike=[_organisation_row(other) for other in organisations_like(db.session, organisation)],
    )


def _applicants(organisation: Organisation) -> list[Applicant]:
    domains = {domain.domain for domain in organisation.domains}
    return [
        Applicant(person.name, person.email, domain_to_suggest_by(person.email) in domains)
        for person in admins_of_whole(organisation)
    ]


def _organisation_row(organisation: Organisation) -> OrganisationRow:
    place = place_words(organisation.root_unit.place)
    facts = [str(ORGANISATION_KINDS[organisation.kind]), str(SECTORS[organisation.sector]), place]
    words, kind = STATE_WORDS[organisation.state]
    return OrganisationRow(
        name=organisation.name,
        facts=" · ".join(fact for fact in facts if fact),
        since=format_date(organisation.decided_at or organisation.created_at, DATE_FORMAT),
        state=str(words),
        state_kind=kind,
        url=url_for("approvals.show", organisation_id=organisation.id),
    )

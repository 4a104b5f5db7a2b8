"""Asking to join an organisation that is here already."""

from dataclasses import dataclass

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.joining import (
    admins_of,
    organisations_named,
    organisations_of_domain,
    organisations_with_domain,
    units_above,
)
from models.organisation import Organisation, OrganisationState, Unit, normalised_domain
from models.person import Membership, MembershipState, Person, Role
from web.access import allowed, current_actor, current_person, current_person_id, for_writing, signed_in
from web.database import db
from web.form_text import stripped
from web.joining import blueprint
from web.joining.forms import AskForm
from web.labels import ORGANISATION_KINDS, place_words
from web.letters import write_letter
from web.loaders import load_membership
from web.localisation import gettext
from web.page_form import Page

CURRENT = (MembershipState.REQUESTED, MembershipState.ACTIVE)
LONGEST_NAME = 150


@dataclass(frozen=True)
class Suggestion:
    """An organisation that the person may ask to join."""

    name: str
    kind: str
    place: str
    ask_url: str


@dataclass(frozen=True)
class Standing:
    """How the person stands with one organisation. ``withdraw_url`` is set while they may take it back, ``post_url``
    where they can write posts already while we look at it.
    """

    organisation: str
    unit: str
    words: str
    kind: str
    withdraw_url: str | None
    post_url: str | None


@blueprint.get("/join")
@signed_in
def index() -> str:
    name = stripped(request.args.get("name"))[:LONGEST_NAME]
    found = found_by_name(name)
    return render_template(
        "joining/index.html",
        email=current_user.email,
        standings=_standings(),
        suggestions=suggestions(organisations_of_domain(db.session, current_user.email), ""),
        name=name,
        found=suggestions(found, name),
        has_found=bool(found),
    )


@blueprint.route("/join/<int:organisation_id>", methods=["GET", "POST"])
@signed_in
def ask(organisation_id: int) -> Page | Response:
    form = AskForm(name=request.args.get("name", ""))
    organisation = _joinable(organisation_id, form.name.data)
    form.unit_id.choices = _unit_choices(organisation)
    if not form.validate_on_submit():
        page = render_template("joining/ask.html", form=form, organisation=organisation)
        return (page, 422) if form.is_submitted() else page
    begin_write(db.session)
    organisation = _joinable(organisation_id, form.name.data)
    if _current_membership(organisation) is None:
        unit = db.session.get_one(Unit, form.unit_id.data or organisation.root_unit.id)
        membership = Membership(
            person_id=current_person_id(),
            organisation_id=organisation.id,
            unit_id=unit.id,
            role=Role.MEMBER,
            note=form.note.data,
        )
        db.session.add(membership)
        db.session.flush()
        note_action(db.session, current_person_id(), "membership.request", membership)
        _tell_admins(membership, unit)
        db.session.commit()
    flash(gettext("Your request is on its way. You get a mail when it is decided."), "success")
    return redirect(url_for("joining.index"), 303)


@blueprint.post("/join/requests/<int:membership_id>/withdraw")
@allowed(Action.MEMBERSHIP_SEE, load_membership, "membership_id")
def withdraw(membership: Membership) -> Response:
    membership = for_writing(Action.MEMBERSHIP_SEE, load_membership, membership.id)
    if membership.person_id != current_person_id():
        abort(403)
    if membership.state is MembershipState.REQUESTED:
        membership.state = MembershipState.ENDED
        membership.decided_at = utc_now()
        note_action(db.session, membership.person_id, "membership.withdraw", membership)
        db.session.commit()
    flash(gettext("Your request is withdrawn."), "success")
    return redirect(url_for("joining.index"), 303)


def suggestions(organisations: list[Organisation], name: str) -> list[Suggestion]:
    """Those that the person has not asked to join yet. ``name`` is how they were found."""
    return [
        Suggestion(
            name=organisation.name,
            kind=str(ORGANISATION_KINDS[organisation.kind]),
            place=place_words(organisation.root_unit.place),
            ask_url=url_for("joining.ask", organisation_id=organisation.id, name=name or None),
        )
        for organisation in organisations
        if _current_membership(organisation) is None
    ]


def found_by_name(name: str) -> list[Organisation]:
    """Approved organisations with this name or this web address: who knows neither learns of none."""
    if not name:
        return []
    named = organisations_named(db.session, name)
    addressed = organisations_with_domain(db.session, normalised_domain(name)) if "." in name else []
    return named + [organisation for organisation in addressed if organisation not in named]


def operators() -> list[Person]:
    """Those who run the portal."""
    statement = select(Person).where(Person.is_operator, Person.left_at.is_(None))
    return list(db.session.scalars(statement.order_by(Person.id)))


def forget_actor() -> None:
    """Rights changed within this request: whoever asks next loads them again."""
    g.pop("actor", None)


def _joinable(organisation_id: int, name: str) -> Organisation:
    """The organisation, if it shares the person's mail domain or they know its name; else 404."""
    shared = organisations_of_domain(db.session, current_user.email)
    for organisation in shared + found_by_name(stripped(name)[:LONGEST_NAME]):
        if organisation.id == organisation_id:
            return organisation
    return abort(404)


def _unit_choices(organisation: Organisation) -> list[SelectChoice]:
    """The whole organisation and, for colleagues by mail domain, its open units."""
    choices = [SelectChoice("0", gettext("I am not sure, or the whole organisation"))]
    if organisation in organisations_of_domain(db.session, current_user.email):
        units = sorted(organisation.units, key=lambda unit: unit.name.casefold())
        choices += [
            SelectChoice(str(unit.id), unit.name)
            for unit in units
            if not unit.is_root and unit.closed_at is None
        ]
    return choices


def _current_membership(organisation: Organisation) -> Membership | None:
    statement = select(Membership).where(
        Membership.person_id == current_person_id(),
        Membership.organisation_id == organisation.id,
        Membership.state.in_(CURRENT),
    )
    return db.session.scalars(statement.limit(1)).first()


def _tell_admins(membership: Membership, unit: Unit) -> None:
    admins = admins_of(db.session, unit.organisation_id, units_above(unit))
    for admin in admins or operators():
        write_letter(
            kind="membership.requested",
            record=membership,
            recipient=admin,
            subject=gettext("%(person)s asks to join %(unit)s", person=current_person().name, unit=unit.name),
            template="joining/mail/requested.txt",
            values={"person": current_person(), "unit": unit, "membership": membership},
        )


def _standings() -> list[Standing]:
    statement = select(Membership).where(
        Membership.person_id == current_person_id(), Membership.state != MembershipState.ENDED
    )
    memberships = db.session.scalars(statement.order_by(Membership.id.desc()))
    # Two roles in one unit are one standing.
    return list(dict.fromkeys(_standing(membership) for membership in memberships))


def _standing(membership: Membership) -> Standing:
    organisation, post_url = membership.organisation, None
    is_waiting = membership.state is MembershipState.REQUESTED
    if is_waiting:
        kind, words = "info", gettext("Your request waits for an admin of the organisation.")
    elif membership.state is MembershipState.REFUSED:
        kind, words = "warning", gettext("Your request was declined.")
    elif organisation.state is OrganisationState.PENDING:
        kind, words = "info", gettext(
            "We look at your organisation. Until it is approved, nobody else sees the posts that you write."
        )  # fmt: skip
        if membership.unit_id in current_actor().units_written:
            post_url = url_for("posts.choose", unit_id=membership.unit_id)
    elif organisation.state is OrganisationState.REFUSED:
        kind, words = "warning", gettext("Not approved: %(reason)s", reason=organisation.refusal_reason)
    elif organisation.state is OrganisationState.CLOSED:
        kind, words = "warning", gettext("Closed: %(reason)s", reason=organisation.refusal_reason)
    else:
        kind, words = "success", gettext("You belong to it.")
    return Standing(
        organisation=organisation.name,
        unit=membership.unit.name,
        words=words,
        kind=kind,
        withdraw_url=url_for("joining.withdraw", membership_id=membership.id) if is_waiting else None,
        post_url=post_url,
    )

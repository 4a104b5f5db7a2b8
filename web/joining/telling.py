"""Telling us about an organisation that is not here yet."""

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.audit import note_action
from models.database import begin_write
from models.joining import (
    domain_to_suggest_by,
    folded_organisation_name,
    organisations_of_domain,
    organisations_with_domain,
)
from models.organisation import Organisation, OrganisationDomain, OrganisationState, Unit, normalised_domain
from models.person import Membership, MembershipState, Role
from web.access import current_person, current_person_id, signed_in
from web.database import db
from web.joining import blueprint
from web.joining.asking import Suggestion, forget_actor, found_by_name, operators, suggestions
from web.joining.forms import TellForm
from web.letters import write_letter
from web.localisation import gettext
from web.page_form import Page
from web.places import place_for


@blueprint.route("/join/new", methods=["GET", "POST"])
@signed_in
def tell() -> Page | Response:
    form = TellForm(domains=domain_to_suggest_by(current_user.email))
    is_valid = form.validate_on_submit()
    duplicates = _duplicates(form) if is_valid and not form.is_new.data else []
    if not is_valid or duplicates:
        page = render_template("joining/tell.html", form=form, duplicates=duplicates)
        return (page, 422) if form.is_submitted() else page
    begin_write(db.session)
    if not _was_told_already(form):
        organisation = _add_organisation(form)
        root = _add_root_unit(form, organisation)
        _add_memberships(organisation, root)
        note_action(db.session, current_person_id(), "organisation.tell", organisation, root.id)
        _tell_operators(organisation)
        db.session.commit()
        forget_actor()
    flash(
        gettext("Thank you. We look at it and write to you. Meanwhile you can write your first posts."),
        "success",
    )
    return redirect(url_for("joining.index"), 303)


def _duplicates(form: TellForm) -> list[Suggestion]:
    """Organisations that this one may be: same name, same web address, or the person's mail domain."""
    found: dict[int, tuple[Organisation, str]] = {}
    for organisation in organisations_of_domain(db.session, current_user.email):
        found[organisation.id] = (organisation, "")
    for organisation in found_by_name(form.name.data):
        found.setdefault(organisation.id, (organisation, form.name.data))
    for domain in _domains(form):
        for organisation in organisations_with_domain(db.session, domain):
            found.setdefault(organisation.id, (organisation, domain))
    return [
        suggestion
        for organisation, name in found.values()
        for suggestion in suggestions([organisation], name)
    ]


def _domains(form: TellForm) -> list[str]:
    domains = list(form.typed_domains)
    if form.website.data:
        domains.append(normalised_domain(form.website.data))
    return sorted({domain for domain in domains if domain_to_suggest_by(domain)})


def _was_told_already(form: TellForm) -> bool:
    """Whether this person told us of it before: the form was sent twice."""
    pending = (
        select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(
            Membership.person_id == current_person_id(),
            Membership.role == Role.ADMIN,
            Organisation.state == OrganisationState.PENDING,
        )
    )
    wanted = folded_organisation_name(form.name.data)
    return any(
        folded_organisation_name(organisation.name) == wanted for organisation in db.session.scalars(pending)
    )


def _add_organisation(form: TellForm) -> Organisation:
    organisation = Organisation(
        name=form.name.data,
        kind=form.kind.data,
        sector=form.chosen_sector,
        size=form.chosen_size,
        about=form.about.data,
        website=form.website_address,
        ror=form.ror_code,
        lei=form.lei_code,
        domains=[OrganisationDomain(domain=domain) for domain in _domains(form)],
    )
    db.session.add(organisation)
    db.session.flush()
    return organisation


def _add_root_unit(form: TellForm, organisation: Organisation) -> Unit:
    assert form.place.choice is not None, "the form asks for a place"
    place = place_for(db.session, form.place.choice.geoname_id)
    root = Unit(organisation_id=organisation.id, name=organisation.name, place=place)
    db.session.add(root)
    db.session.flush()
    return root


def _add_memberships(organisation: Organisation, root: Unit) -> None:
    """Whoever tells us looks after it and writes its posts: two roles, two memberships."""
    for role in (Role.ADMIN, Role.OFFICE):
        db.session.add(
            Membership(
                person_id=current_person_id(),
                organisation_id=organisation.id,
                unit_id=root.id,
                role=role,
                state=MembershipState.ACTIVE,
            )
        )


def _tell_operators(organisation: Organisation) -> None:
    for operator in operators():
        write_letter(
            kind="organisation.told",
            record=organisation,
            recipient=operator,
            subject=gettext("%(name)s waits for your approval", name=organisation.name),
            template="joining/mail/told.txt",
            values={"person": current_person(), "organisation": organisation},
        )

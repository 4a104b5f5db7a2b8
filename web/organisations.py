"""An organisation's profile: who they are, what they seek and can give, and its editing by their admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import Select, bindparam, select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_organisation_change
from models.database import rows_of
from models.organisation import Organisation, OrganisationDomain, OrganisationSize, Sector, Unit
from models.place import Place
from models.placeholders import AnyActorOfKinds, any_actor_like, moment_placeholder, values_of_actor
from models.policy import can, visible_posts
from models.post import Post, PostSide, is_open_at
from web.access import allowed, current_actor, current_person_id, for_writing
from web.acting import acting_unit
from web.addresses import record_url
from web.database import db
from web.labels import ORGANISATION_KINDS, ORGANISATION_SIZES, POST_KINDS, SECTORS, day_words, words_of_place
from web.loaders import load_organisation
from web.localisation import gettext
from web.organisation_form import OrganisationForm
from web.partners.contacts import ask_url

_UNITS = (
    select(Unit.name, Unit.parent_id, Unit.closed_at, Place.name.label("place"), Place.country)
    .outerjoin(Place, Place.id == Unit.place_id)
    .where(Unit.organisation_id == bindparam("organisation_id"))
    .order_by(Unit.id)
)

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations")


@dataclass(frozen=True)
class PostRow:
    """One open post of the profile."""

    title: str
    url: str
    kind: str
    unit_name: str
    place: str
    ends_on: str


@dataclass(frozen=True)
class Profile:
    """What the profile shows to this person. ``website_url`` is "" unless it may be linked."""

    organisation: Organisation
    facts: list[str]
    website_url: str
    website_label: str
    units: list[tuple[str, str]]
    needs: list[PostRow]
    capabilities: list[PostRow]
    is_own: bool
    may_edit: bool
    pair_url: str | None
    ask_url: str | None


@blueprint.get("/<int:organisation_id>")
@allowed(Action.ORGANISATION_SEE, load_organisation, "organisation_id")
def show(organisation: Organisation) -> str:
    """The profile with the open posts that this person may see."""
    return render_template("organisations/show.html", profile=_profile(organisation))


@blueprint.get("/<int:organisation_id>/edit")
@allowed(Action.ORGANISATION_MANAGE, load_organisation, "organisation_id")
def edit(organisation: Organisation) -> str:
    """The form, filled with what the profile says now."""
    form = OrganisationForm(data=OrganisationForm.values_of(organisation))
    return render_template("organisations/edit.html", form=form, organisation=organisation, changed=[])


@blueprint.post("/<int:organisation_id>/edit", endpoint="save")
@allowed(Action.ORGANISATION_MANAGE, load_organisation, "organisation_id")
def save(organisation: Organisation) -> Response | tuple[str, int]:
    """Keep the changes, unless somebody else changed the profile since this form was opened."""
    form = OrganisationForm()
    if not form.validate_on_submit():
        return render_template(
            "organisations/edit.html", form=form, organisation=organisation, changed=[]
        ), 422
    organisation = for_writing(Action.ORGANISATION_MANAGE, load_organisation, organisation.id)
    if form.version.data != str(organisation.version):
        return _crossed(form, organisation)
    changes = _changes(form, organisation)
    organisation.sector = Sector(form.sector.data)
    organisation.size = OrganisationSize(form.size.data) if form.size.data else None
    organisation.about = form.about.data
    organisation.website = form.website.data
    _set_domains(organisation, form.domain_list)
    note_action(db.session, current_person_id(), "organisation.edit", organisation, changes=changes)
    note_organisation_change(db.session, organisation.id)
    target = url_for("organisations.show", organisation_id=organisation.id)
    db.session.commit()
    flash(gettext("The profile is saved."), "success")
    return redirect(target, 303)


def _crossed(form: OrganisationForm, organisation: Organisation) -> tuple[str, int]:
    """The page again with what was typed, and what the profile says meanwhile."""
    now = OrganisationForm.values_of(organisation)
    changed = [
        (str(form[name].label.text), form.words_of(name, str(now[name])))
        for name in OrganisationForm.NAMES
        if str(now[name]) != str(form[name].data or "")
    ]
    # The next press of the button is decided in sight of the other's changes, so it may overwrite them.
    form.version.data = str(organisation.version)
    page = render_template(
        "organisations/edit.html", form=form, organisation=organisation, changed=changed, crossed=True
    )
    return page, 409


def _changes(form: OrganisationForm, organisation: Organisation) -> dict[str, list[str]]:
    before = OrganisationForm.values_of(organisation)
    after = {name: str(form[name].data or "") for name in OrganisationForm.NAMES}
    after["domains"] = "\n".join(form.domain_list)
    return {name: [str(before[name]), after[name]] for name in after if str(before[name]) != after[name]}


def _set_domains(organisation: Organisation, domains: list[str]) -> None:
    kept = {row.domain: row for row in organisation.domains}
    organisation.domains = [kept.get(domain) or OrganisationDomain(domain=domain) for domain in domains]


def _profile(organisation: Organisation) -> Profile:
    actor = current_actor()
    now = utc_now()
    values = values_of_actor(actor) | {"now": now, "organisation_id": organisation.id}
    posts = rows_of(db.session, _open_posts(any_actor_like(actor)), values)
    units = rows_of(db.session, _UNITS, {"organisation_id": organisation.id})
    unit = acting_unit()
    is_own = organisation.id in actor.organisation_ids
    can_pair = (
        unit is not None
        and not is_own
        and unit.organisation_id != organisation.id
        and organisation.is_approved
    )
    return Profile(
        organisation=organisation,
        facts=_facts(organisation, units),
        website_url=organisation.website if organisation.website.startswith(("https://", "http://")) else "",
        website_label=organisation.website.split("://")[-1].rstrip("/"),
        units=_units(units),
        needs=[_row(post) for post in posts if post.side is PostSide.NEED],
        capabilities=[_row(post) for post in posts if post.side is PostSide.CAPABILITY],
        is_own=is_own,
        may_edit=can(actor, Action.ORGANISATION_MANAGE, organisation, now),
        pair_url=url_for("partners.show", organisation_id=organisation.id) if can_pair else None,
        ask_url=ask_url(unit, organisation.id) if can_pair and unit is not None else None,
    )


@cache
def _open_posts(actor: AnyActorOfKinds) -> Select[Any]:
    """Those of the organisation ``organisation_id`` that are shown to the actor, with what the profile says of them."""
    now = moment_placeholder("now")
    columns: list[Any] = [
        Post.id,
        Post.side,
        Post.kind,
        Post.title,
        Post.ends_on,
        Post.is_remote,
        Unit.name.label("unit"),
        Unit.parent_id,
        Place.name.label("place"),
        Place.country,
    ]
    return (
        visible_posts(actor, now)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(Place, Place.id == Post.place_id)
        .where(Post.organisation_id == bindparam("organisation_id"), is_open_at(now))
        .with_only_columns(*columns)
        .order_by(Post.published_at.desc(), Post.id.desc())
    )


def _facts(organisation: Organisation, units: Sequence[Any]) -> list[str]:
    facts = [str(ORGANISATION_KINDS[organisation.kind]), str(SECTORS[organisation.sector])]
    place = next((_place(row) for row in units if row.parent_id is None), "")
    if place:
        facts.append(place)
    if organisation.size is not None:
        facts.append(str(ORGANISATION_SIZES[organisation.size]))
    return facts


def _units(units: Sequence[Any]) -> list[tuple[str, str]]:
    """Open units below the root as (name, place), in the order of the tree's making."""
    return [(row.name, _place(row)) for row in units if row.parent_id is not None and row.closed_at is None]


def _row(row: Any) -> PostRow:
    return PostRow(
        title=row.title,
        url=record_url("posts.show", "post_id", row.id),
        kind=str(POST_KINDS[row.kind]),
        unit_name="" if row.parent_id is None else row.unit,
        place=gettext("remote") if row.is_remote else _place(row),
        ends_on=gettext("until %(day)s", day=day_words(row.ends_on)) if row.ends_on else "",
    )


def _place(row: Any) -> str:
    """In words; nothing where a post or a unit has no place of its own."""
    return words_of_place(row.place, row.country) if row.place is not None else ""

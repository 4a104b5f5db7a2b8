"""The people of an organisation: who does what in which unit, and who asks to join."""

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.joining import is_last_admin
from models.organisation import Unit
from models.person import Membership, MembershipState, Role
from models.policy import can
from web.access import allowed, current_actor, current_person_id, for_writing
from web.choices import choices_of
from web.database import db
from web.joining.forms import NOTE_LIMIT
from web.leaving.meetings import hand_over_meetings_ahead
from web.loaders import load_membership, load_unit
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm
from web.people_letters import tell_decision, tell_role
from web.people_list import ROLES, left_behind, memberships_of, request_row, unit_rows
from web.text_fields import words_field

blueprint = Blueprint("people", __name__)

ROLE_HINTS = {
    Role.MEMBER.value: _("Writes the posts of this unit."),
    Role.OFFICE.value: _("Writes the posts of this unit and all below it."),
    Role.ADMIN.value: _(
        "Looks after people and units here and below. Writes no posts: give a second role for that."
    ),
}


class RoleForm(PageForm):
    """A role in a unit."""

    role = RadioField(
        _("Role"),
        choices=choices_of(ROLES),
        coerce=Role,
        validators=[InputRequired(_("Choose a role."))],
    )
    unit_id = SelectField(_("Unit"), coerce=int)


class MembershipForm(RoleForm):
    """``version`` is the one that the person saw: whoever was faster is not overwritten."""

    version = IntegerField()


class DecisionForm(MembershipForm):
    answer = words_field(_("A word to the person"), NOTE_LIMIT)
    decision = RadioField(
        choices=[SelectChoice("approve"), SelectChoice("refuse")],
        validators=[InputRequired(_("Press a button."))],
    )


@blueprint.get("/units/<int:unit_id>/people")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    memberships = memberships_of(unit.organisation_id)
    return render_template(
        "people/index.html",
        organisation=unit.organisation,
        units=unit_rows(unit, memberships),
        requests=[request_row(row) for row in memberships if row.state is MembershipState.REQUESTED],
        may_read_trail=can(current_actor(), Action.ORGANISATION_MANAGE, unit.organisation, utc_now()),
    )


@blueprint.route("/memberships/<int:membership_id>/decide", methods=["GET", "POST"])
@allowed(Action.MEMBERSHIP_DECIDE, load_membership, "membership_id")
def decide(membership: Membership) -> Page | Response:
    if membership.state is not MembershipState.REQUESTED:
        flash(gettext("This request is decided already."), "info")
        return redirect(url_for("people.index", unit_id=membership.unit_id), 303)
    form = DecisionForm(obj=membership)
    form.unit_id.choices = unit_choices(membership.organisation_id)
    if not form.validate_on_submit():
        return _form_page("people/decide.html", form, membership)
    membership = for_writing(Action.MEMBERSHIP_DECIDE, load_membership, membership.id)
    if membership.state is MembershipState.REQUESTED:
        if form.decision.data == "approve" and not _place_in(membership, form):
            db.session.rollback()
            return _form_page("people/decide.html", form, membership)
        _decide(membership, form)
        db.session.commit()
        flash(gettext("Decided. %(name)s gets a mail.", name=membership.person.name), "success")
    return redirect(url_for("people.index", unit_id=membership.unit_id), 303)


@blueprint.route("/memberships/<int:membership_id>", methods=["GET", "POST"])
@allowed(Action.MEMBERSHIP_DECIDE, load_membership, "membership_id")
def edit(membership: Membership) -> Page | Response:
    if membership.state is not MembershipState.ACTIVE:
        return _not_active(membership)
    form = MembershipForm(obj=membership)
    form.unit_id.choices = unit_choices(membership.organisation_id)
    if not form.validate_on_submit():
        return _form_page("people/edit.html", form, membership)
    membership = for_writing(Action.MEMBERSHIP_DECIDE, load_membership, membership.id)
    if form.version.data != membership.version:
        form.form_errors.append(_changed_meanwhile(membership))
        form.version.raw_data = None
        form.version.data = membership.version
        return _page("people/edit.html", form, membership), 409
    if not _move(membership, form):
        db.session.rollback()
        return _form_page("people/edit.html", form, membership)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("people.index", unit_id=membership.unit_id), 303)


@blueprint.route("/memberships/<int:membership_id>/another-role", methods=["GET", "POST"])
@allowed(Action.MEMBERSHIP_DECIDE, load_membership, "membership_id")
def add_role(membership: Membership) -> Page | Response:
    if membership.state is not MembershipState.ACTIVE:
        return _not_active(membership)
    form = RoleForm()
    form.unit_id.choices = unit_choices(membership.organisation_id)
    if not form.validate_on_submit():
        return _form_page("people/add_role.html", form, membership)
    membership = for_writing(Action.MEMBERSHIP_DECIDE, load_membership, membership.id)
    if membership.state is not MembershipState.ACTIVE:
        db.session.rollback()
        return _not_active(membership)
    if not _is_open_choice(membership.organisation_id, form) or _has_same_role(
        membership.person_id, form, None
    ):
        db.session.rollback()
        return _form_page("people/add_role.html", form, membership)
    _add_membership(membership, form)
    db.session.commit()
    flash(gettext("%(name)s has another role.", name=membership.person.name), "success")
    return redirect(url_for("people.index", unit_id=membership.unit_id), 303)


@blueprint.post("/memberships/<int:membership_id>/end")
@allowed(Action.MEMBERSHIP_DECIDE, load_membership, "membership_id")
def end(membership: Membership) -> Response:
    membership = for_writing(Action.MEMBERSHIP_DECIDE, load_membership, membership.id)
    if is_last_admin(db.session, membership):
        flash(_last_admin_words(), "error")
        return redirect(url_for("people.edit", membership_id=membership.id), 303)
    if membership.state is MembershipState.ACTIVE:
        membership.state = MembershipState.ENDED
        membership.decided_at = utc_now()
        note_action(db.session, current_person_id(), "membership.end", membership, membership.unit_id)
        tell_role(membership, "ended")
        db.session.flush()
        hand_over_meetings_ahead(
            db.session, membership.person, membership.organisation_id, current_person_id(), utc_now()
        )
        db.session.commit()
        flash(gettext("%(name)s no longer has this role.", name=membership.person.name), "success")
    is_own = membership.person_id == current_person_id()
    return redirect(
        url_for("home.show") if is_own else url_for("people.index", unit_id=membership.unit_id), 303
    )


def unit_choices(organisation_id: int) -> list[SelectChoice]:
    """The open units of the organisation that the actor manages: nobody is put anywhere else."""
    managed = select(Unit).where(
        Unit.id.in_(current_actor().units_managed),
        Unit.organisation_id == organisation_id,
        Unit.closed_at.is_(None),
    )
    return [
        SelectChoice(str(unit.id), unit.name)
        for unit in db.session.scalars(managed.order_by(Unit.parent_id.is_not(None), Unit.name))
    ]


def _move(membership: Membership, form: MembershipForm) -> bool:
    """Place an active membership, and tell its person if anything changed; False as for ``_place_in``."""
    before = (membership.role, membership.unit_id)
    if not _place_in(membership, form):
        return False
    if (membership.role, membership.unit_id) != before:
        tell_role(membership, "changed")
    return True


def _place_in(membership: Membership, form: MembershipForm) -> bool:
    """Give the membership the form's role and unit; False with an error on the form if a rule forbids it."""
    old = [membership.role.value, membership.unit_id]
    new = [form.role.data.value, form.unit_id.data]
    if not _is_open_choice(membership.organisation_id, form):
        return False
    if old != new and is_last_admin(db.session, membership):
        form.role.errors = [_last_admin_words()]
        return False
    if _has_same_role(membership.person_id, form, membership.id):
        return False
    membership.role = form.role.data
    membership.unit_id = form.unit_id.data
    changes = {"role_and_unit": [old, new]}
    note_action(db.session, current_person_id(), "membership.place", membership, membership.unit_id, changes)
    return True


def _is_open_choice(organisation_id: int, form: RoleForm) -> bool:
    """Whether the unit is still one to choose, asked within the write transaction; else an error on the form."""
    if str(form.unit_id.data) in {choice.value for choice in unit_choices(organisation_id)}:
        return True
    form.unit_id.errors = [gettext("Choose a unit from the list.")]
    return False


def _has_same_role(person_id: int, form: RoleForm, membership_id: int | None) -> bool:
    """Whether the person has this role already, but for the membership that is being changed; tells the form."""
    twin = select(Membership.id).where(
        Membership.id.is_distinct_from(membership_id),
        Membership.person_id == person_id,
        Membership.unit_id == form.unit_id.data,
        Membership.role == form.role.data,
        Membership.state.in_((MembershipState.REQUESTED, MembershipState.ACTIVE)),
    )
    if db.session.scalars(twin).first() is None:
        return False
    form.role.errors = [gettext("This person has this role in this unit already.")]
    return True


def _add_membership(membership: Membership, form: RoleForm) -> None:
    another = Membership(
        person_id=membership.person_id,
        organisation_id=membership.organisation_id,
        unit_id=form.unit_id.data,
        role=form.role.data,
        state=MembershipState.ACTIVE,
        decided_at=utc_now(),
    )
    db.session.add(another)
    db.session.flush()
    note_action(db.session, current_person_id(), "membership.add", another, another.unit_id)
    tell_role(another, "added")


def _not_active(membership: Membership) -> Response:
    if membership.state is MembershipState.REQUESTED:
        return redirect(url_for("people.decide", membership_id=membership.id), 303)
    flash(gettext("%(name)s no longer has this role.", name=membership.person.name), "info")
    return redirect(url_for("people.index", unit_id=membership.unit_id), 303)


def _decide(membership: Membership, form: DecisionForm) -> None:
    is_approved = form.decision.data == "approve"
    membership.state = MembershipState.ACTIVE if is_approved else MembershipState.REFUSED
    membership.decided_at = utc_now()
    action = "membership.approve" if is_approved else "membership.refuse"
    note_action(db.session, current_person_id(), action, membership, membership.unit_id)
    tell_decision(membership, is_approved, form.answer.data)


def _form_page(template: str, form: RoleForm, membership: Membership) -> Page:
    page = _page(template, form, membership)
    return (page, 422) if form.is_submitted() else page


def _page(template: str, form: RoleForm, membership: Membership) -> str:
    return render_template(
        template, form=form, membership=membership, role_hints=ROLE_HINTS, left=left_behind(membership)
    )


def _changed_meanwhile(membership: Membership) -> str:
    words: str = gettext(
        "Meanwhile somebody else changed this: the role is now “%(role)s” in %(unit)s. "
        "Your choice is still below; save again to use it.",
        role=ROLES[membership.role],
        unit=membership.unit.name,
    )
    return words


def _last_admin_words() -> str:
    words: str = gettext(
        "This is the last admin of the organisation. "
        "Make somebody else admin of the whole organisation first."
    )
    return words

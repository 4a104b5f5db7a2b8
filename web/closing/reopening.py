"""Opening a closed organisation again: a page that says what comes back and what does not, the deed, and letters."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_organisation_change
from models.closing import can_be_reopened, partners_to_tell_of_reopening, posts_withdrawn_by_closing
from models.organisation import Organisation, OrganisationState
from models.unit_people import people_of_organisation
from web.access import allowed, current_person_id, for_writing
from web.closing import blueprint
from web.closing.letters import tell_partner_of_reopening, tell_person_of_reopening
from web.database import db
from web.loaders import load_organisation
from web.localisation import gettext
from web.page_form import PageForm


@blueprint.get("/approvals/<int:organisation_id>/reopen", endpoint="reopen")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def show(organisation: Organisation) -> str | Response:
    if not can_be_reopened(organisation):
        return _is_not_closed(organisation)
    return render_template(
        "closing/reopen.html",
        form=PageForm(formdata=None),
        organisation=organisation,
        posts=posts_withdrawn_by_closing(db.session, organisation.id),
    )


@blueprint.post("/approvals/<int:organisation_id>/reopen")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def reopen_now(organisation: Organisation) -> Response:
    organisation = for_writing(Action.ORGANISATION_DECIDE, load_organisation, organisation.id)
    if not can_be_reopened(organisation):
        return _is_not_closed(organisation)
    _reopen(organisation)
    name = organisation.name
    db.session.commit()
    flash(gettext("%(name)s is open again. Everybody concerned gets a mail.", name=name), "success")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)


def _reopen(organisation: Organisation) -> None:
    changes = {"state": [organisation.state.value, OrganisationState.APPROVED.value]}
    organisation.state = OrganisationState.APPROVED
    organisation.refusal_reason = ""
    organisation.decided_at = utc_now()
    note_organisation_change(db.session, organisation.id)
    note_action(db.session, current_person_id(), "organisation.reopen", organisation, changes=changes)
    own = people_of_organisation(db.session, organisation.id)
    posts = posts_withdrawn_by_closing(db.session, organisation.id)
    for person in own:
        tell_person_of_reopening(organisation, person, posts)
    for person, cards in partners_to_tell_of_reopening(db.session, organisation.id).items():
        if person not in own:
            tell_partner_of_reopening(organisation, person, cards)


def _is_not_closed(organisation: Organisation) -> Response:
    flash(gettext("%(name)s is not closed.", name=organisation.name), "info")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)

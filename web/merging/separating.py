"""Taking a merger back: a page that says what goes, the deed, and letters."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import AuditEntry, note_action
from models.base import utc_now
from models.organisation import Organisation
from models.separating import (
    SEPARATED,
    Obstacle,
    entry_of_merger,
    obstacle_to_separating,
    separate,
    what_goes,
)
from web.access import allowed, current_person_id
from web.database import db
from web.loaders import load_organisation_to_merge
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.merging import blueprint
from web.merging.both import both_for_writing, people_concerned
from web.merging.letters import tell_separated
from web.page_form import PageForm

OBSTACLES = {
    Obstacle.NOT_NOTED: _("This merger was made before the portal kept what is needed to take it back."),
    Obstacle.TARGET_IS_MERGED: _(
        "The organisation that it is part of was merged itself. Take that back first."
    ),
    Obstacle.UNIT_IS_CLOSED: _("The unit that it became was closed meanwhile."),
}


@blueprint.get("/approvals/<int:organisation_id>/separate", endpoint="separate")
@allowed(Action.ORGANISATION_MERGE, load_organisation_to_merge, "organisation_id")
def show(organisation: Organisation) -> str | Response:
    if organisation.merged_into_id is None:
        return _is_its_own(organisation)
    entry = entry_of_merger(db.session, organisation)
    obstacle = obstacle_to_separating(db.session, organisation, entry)
    return render_template(
        "merging/separate.html",
        form=PageForm(formdata=None),
        organisation=organisation,
        target=db.session.get_one(Organisation, organisation.merged_into_id),
        obstacle=OBSTACLES[obstacle] if obstacle is not None else None,
        going=what_goes(db.session, entry) if entry is not None else None,
    )


@blueprint.post("/approvals/<int:organisation_id>/separate")
@allowed(Action.ORGANISATION_MERGE, load_organisation_to_merge, "organisation_id")
def separate_now(organisation: Organisation) -> Response:
    if organisation.merged_into_id is None:
        return _is_its_own(organisation)
    organisation, target = both_for_writing(organisation.id, organisation.merged_into_id)
    if organisation.merged_into_id != target.id:
        return _is_its_own(organisation)
    entry = entry_of_merger(db.session, organisation)
    if entry is None or obstacle_to_separating(db.session, organisation, entry) is not None:
        return redirect(url_for("merging.separate", organisation_id=organisation.id), 303)
    _separate(organisation, target, entry)
    names = {"name": organisation.name, "target": target.name}
    db.session.commit()
    flash(
        gettext("%(name)s is an organisation of its own again. Everybody concerned gets a mail.", **names),
        "success",
    )
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)


def _separate(organisation: Organisation, target: Organisation, entry: AuditEntry) -> None:
    root_id = entry.unit_id
    separate(db.session, organisation, entry, utc_now())
    changes = {"merged_into": [target.id, None]}
    note_action(db.session, current_person_id(), SEPARATED, organisation, root_id, changes)
    for person in people_concerned(organisation, target):
        tell_separated(organisation, target, person)


def _is_its_own(organisation: Organisation) -> Response:
    flash(gettext("%(name)s is an organisation of its own.", name=organisation.name), "info")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)

"""What closing an organisation will do, and doing it: in one transaction, with everybody told who is concerned."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.cadence import stop_cadence
from models.changelog import note_organisation_change, note_post_change
from models.closing import (
    POST_CLOSED,
    Closing,
    can_be_closed,
    end_request,
    partners_to_tell,
    side_of,
    what_ends,
    what_stays,
)
from models.introduction import Introduction
from models.meeting import Meeting
from models.organisation import Organisation, OrganisationState
from models.person import Person
from models.post import ORGANISATION_CLOSED, Post
from models.unit_people import people_of_organisation
from web.access import allowed, current_person_id, for_writing
from web.approvals.forms import ReasonForm
from web.closing import blueprint
from web.closing.letters import tell_partner, tell_person
from web.database import db
from web.introductions.letters import readers
from web.loaders import load_organisation
from web.localisation import gettext
from web.meetings.scheduling import cancel_meeting
from web.page_form import Page


@blueprint.get("/approvals/<int:organisation_id>/close")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def show(organisation: Organisation) -> str | Response:
    if not can_be_closed(organisation):
        return _not_to_close(organisation)
    return _page(organisation, ReasonForm(formdata=None))


@blueprint.post("/approvals/<int:organisation_id>/close", endpoint="close_now")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def close_now(organisation: Organisation) -> Page | Response:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(organisation, form), 422
    organisation = for_writing(Action.ORGANISATION_DECIDE, load_organisation, organisation.id)
    if not can_be_closed(organisation):
        return _not_to_close(organisation)
    ending = what_ends(db.session, organisation.id, utc_now())
    _end(organisation, ending, form.reason.data)
    name = organisation.name
    db.session.commit()
    flash(gettext("%(name)s is closed. Everybody concerned gets a mail.", name=name), "success")
    return redirect(url_for("approvals.index", state="decided"), 303)


def _end(organisation: Organisation, ending: Closing, reason: str) -> None:
    cards = partners_to_tell(db.session, organisation.id)
    told = {person.id: person for person in cards}
    for introduction in ending.introductions:
        told.update({person.id: person for person in _end_request(introduction, organisation)})
    for meeting in ending.meetings:
        _cancel(meeting, organisation)
    for post in ending.posts:
        _withdraw(post)
    for ours in ending.asked_again:
        stop_cadence(db.session, ours, utc_now())
    own = people_of_organisation(db.session, organisation.id)
    changes = {"state": [organisation.state.value, OrganisationState.CLOSED.value]}
    organisation.state = OrganisationState.CLOSED
    organisation.refusal_reason = reason
    organisation.decided_at = utc_now()
    note_organisation_change(db.session, organisation.id)
    note_action(db.session, current_person_id(), "organisation.close", organisation, changes=changes)
    for person in own:
        tell_person(organisation, person)
    for person in told.values():
        if person not in own:
            tell_partner(organisation, person, cards.get(person, []))


def _end_request(introduction: Introduction, organisation: Organisation) -> list[Person]:
    """End it, and return who on the other side waited for an answer or owed one."""
    side = side_of(introduction, organisation.id)
    if end_request(db.session, introduction, organisation.id, utc_now()) is None:
        return []
    unit_id = introduction.unit_id_of(side)
    note_action(db.session, current_person_id(), "introduction.end", introduction, unit_id)
    return readers(introduction, side.other)


def _cancel(meeting: Meeting, organisation: Organisation) -> None:
    canceller = db.session.get_one(Person, current_person_id())
    reason = gettext("%(name)s does not take part in this portal any more.", name=organisation.name)
    cancel_meeting(db.session, meeting, reason, canceller)


def _withdraw(post: Post) -> None:
    post.withdraw(utc_now(), ORGANISATION_CLOSED)
    note_post_change(db.session, post.id)
    note_action(db.session, current_person_id(), POST_CLOSED, post, post.unit_id)


def _page(organisation: Organisation, form: ReasonForm) -> str:
    ending = what_ends(db.session, organisation.id, utc_now())
    return render_template(
        "closing/show.html",
        form=form,
        organisation=organisation,
        posts=len(ending.posts),
        requests=len(ending.introductions),
        meetings=len(ending.meetings),
        asked_again=len(ending.asked_again),
        staying=what_stays(db.session, organisation.id),
    )


def _not_to_close(organisation: Organisation) -> Response:
    if organisation.state is OrganisationState.CLOSED:
        flash(gettext("%(name)s is closed already.", name=organisation.name), "info")
    else:
        flash(gettext("%(name)s still waits: approve it or not.", name=organisation.name), "info")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)

"""Stopping the digest by one click, without signing in: what the header of each of these mails points to (RFC 8058).

A GET only asks, because mail scanners follow links. The POST needs no forgery token: a mail program sends it, it does
nothing but stop, and the signed address is the permission.
"""

from flask import render_template
from flask.blueprints import BlueprintSetupState

from models.audit import note_action
from models.database import begin_write
from models.person import DigestFrequency, Person
from web.access import public
from web.database import db
from web.digest import blueprint
from web.digest.stop_link import read_stop_link
from web.page_form import Page


@blueprint.get("/digest/stop/<token>")
@public
def stop(token: str) -> Page:
    """Ask whether to stop."""
    return _page(token, _person(token))


@blueprint.post("/digest/stop/<token>", endpoint="stop_now")
@public
def stop_now(token: str) -> Page:
    """Stop. Sent twice, it changes nothing the second time."""
    begin_write(db.session)
    person = _person(token)
    if person is not None and person.digest is not DigestFrequency.OFF:
        changes = {"digest": [person.digest.value, DigestFrequency.OFF.value]}
        person.digest = DigestFrequency.OFF
        note_action(db.session, person.id, "person.stop_digest", person, None, changes)
    db.session.commit()
    return _page(token, person)


@blueprint.record
def _accept_without_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(stop_now)


def _person(token: str) -> Person | None:
    person_id = read_stop_link(token)
    return db.session.get(Person, person_id) if person_id is not None else None


def _page(token: str, person: Person | None) -> Page:
    if person is None:
        return render_template("digest/stop.html", token=None, is_stopped=False), 404
    is_stopped = person.digest is DigestFrequency.OFF
    return render_template("digest/stop.html", token=token, is_stopped=is_stopped)

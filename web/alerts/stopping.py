"""Stopping by one click, without signing in: what the header of each of these mails points to (RFC 8058).

A GET only asks, because mail scanners follow links. The POST needs no forgery token: a mail program sends it, it does
nothing but stop, and the signed address is the permission.
"""

from dataclasses import dataclass

from flask import abort, render_template
from flask.blueprints import BlueprintSetupState

from models.alert import AlertSetting, Frequency, SavedSearch
from models.audit import note_action
from models.database import begin_write
from web.access import public
from web.alerts import blueprint
from web.alerts.stop_links import StopLink, read_stop_link
from web.alerts.telling import drop_waiting
from web.database import db
from web.page_form import Page


@dataclass(frozen=True)
class StopView:
    """What the mails are about, by the name of the unit or the search, and whether they are stopped."""

    name: str
    is_search: bool
    is_stopped: bool


@blueprint.get("/alerts/stop/<token>")
@public
def stop(token: str) -> Page:
    """Ask whether to stop."""
    link = read_stop_link(token)
    if link is None:
        return render_template("alerts/stop.html", token=None, view=None), 404
    return render_template("alerts/stop.html", token=token, view=_view(link))


@blueprint.post("/alerts/stop/<token>", endpoint="stop_now")
@public
def stop_now(token: str) -> Page:
    """Stop. Sent twice, it changes nothing the second time."""
    link = read_stop_link(token)
    if link is None:
        return render_template("alerts/stop.html", token=None, view=None), 404
    begin_write(db.session)
    if link.kind == "setting":
        _stop_setting(link.record_id)
    else:
        _stop_search(link.record_id)
    db.session.commit()
    return render_template("alerts/stop.html", token=token, view=_view(link))


@blueprint.record
def _accept_without_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(stop_now)


def _view(link: StopLink) -> StopView:
    if link.kind == "setting":
        setting = db.session.get(AlertSetting, link.record_id) or abort(404)
        return StopView(setting.unit.name, is_search=False, is_stopped=setting.frequency is Frequency.OFF)
    search = db.session.get(SavedSearch, link.record_id) or abort(404)
    is_stopped = search.frequency is Frequency.OFF or search.deleted_at is not None
    return StopView(search.name, is_search=True, is_stopped=is_stopped)


def _stop_setting(setting_id: int) -> None:
    setting = db.session.get(AlertSetting, setting_id) or abort(404)
    if setting.frequency is not Frequency.OFF:
        changes = {"frequency": [setting.frequency.value, Frequency.OFF.value]}
        setting.frequency = Frequency.OFF
        drop_waiting(db.session, setting.id)
        note_action(db.session, setting.person_id, "alert_setting.stop", setting, setting.unit_id, changes)


def _stop_search(search_id: int) -> None:
    search = db.session.get(SavedSearch, search_id) or abort(404)
    if search.frequency is not Frequency.OFF:
        search.frequency = Frequency.OFF
        note_action(db.session, search.person_id, "saved_search.stop", search, search.unit_id)

"""The Alerts page: what fits our posts since lately, how often we write, and the saved searches."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from matching.demand import read_demand
from matching.passages import active_encoder
from models.alert import DEFAULT_FREQUENCY, Alert, AlertSetting, Frequency, SavedSearch
from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.organisation import Unit
from web.access import current_actor, current_person_id, signed_in
from web.addresses import id_in_address
from web.alerts import blueprint
from web.alerts.forms import FREQUENCIES, FrequencyForm, field_name, frequency_form
from web.alerts.lines import alert_lines, still_true, strongest_of_each_post
from web.alerts.readers import LOUDEST_FIRST
from web.alerts.saved import filter_words, search_url
from web.alerts.telling import drop_waiting
from web.database import db
from web.labels import day_words
from web.localisation import gettext

MOST_SHOWN = 20
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class FitView:
    """A post that fits one of ours, as the page shows it."""

    title: str
    organisation: str
    our_title: str
    is_need: bool
    grade: str | None
    their_sentence: str
    our_sentence: str
    shared_in_theirs: list[str]
    shared_in_ours: list[str]
    since: str
    pair_url: str
    post_url: str


@dataclass(frozen=True)
class SearchView:
    """A saved search as the page shows it. ``by_words_only``: its question was read by another encoder."""

    search_id: int
    name: str
    question: str
    filters: list[str]
    frequency: str
    url: str
    by_words_only: bool


@blueprint.get("/alerts")
@signed_in
def index() -> str:
    """Everything about alerts of this person in one place."""
    return _page(frequency_form(_chosen_frequencies()))


@blueprint.post("/alerts/frequencies")
@signed_in
def save_frequencies() -> Response | tuple[str, int]:
    """Keep how often the person wants to hear for each unit. Switched off, what waits is forgotten."""
    form = frequency_form(_chosen_frequencies())
    if not form.validate_on_submit():
        return _page(form), 422
    begin_write(db.session)
    person_id = current_person_id()
    for unit, frequency in _chosen_frequencies():
        wanted = Frequency(form[field_name(unit.id)].data)
        if wanted is not frequency:
            _set_frequency(person_id, unit, wanted, frequency)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("alerts.index"), 303)


def _page(form: FrequencyForm) -> str:
    deleted = id_in_address("deleted")
    return render_template(
        "alerts/index.html",
        form=form,
        fits=_fits(),
        searches=[_search_view(search) for search in _searches()],
        deleted=_deleted_search(deleted) if deleted else None,
    )


def _chosen_frequencies() -> list[tuple[Unit, Frequency]]:
    """Each unit in which the person has a role, with how often they hear for it."""
    defaults: dict[int, Frequency] = {}
    for right in current_actor().rights:
        offered = [DEFAULT_FREQUENCY[right.role]]
        if right.unit_id in defaults:
            offered.append(defaults[right.unit_id])
        defaults[right.unit_id] = min(offered, key=LOUDEST_FIRST.index)
    settings = {
        setting.unit_id: setting.frequency
        for setting in db.session.scalars(
            select(AlertSetting).where(AlertSetting.person_id == current_person_id())
        )
    }
    units = db.session.scalars(select(Unit).where(Unit.id.in_(defaults)).order_by(Unit.name, Unit.id))
    return [(unit, settings.get(unit.id, defaults[unit.id])) for unit in units]


def _set_frequency(person_id: int, unit: Unit, wanted: Frequency, before: Frequency) -> None:
    setting = db.session.scalar(
        select(AlertSetting).where(AlertSetting.person_id == person_id, AlertSetting.unit_id == unit.id)
    )
    if setting is None:
        setting = AlertSetting(
            person_id=person_id, organisation_id=unit.organisation_id, unit_id=unit.id, frequency=wanted
        )
        db.session.add(setting)
    setting.frequency = wanted
    db.session.flush()
    if wanted is Frequency.OFF:
        drop_waiting(db.session, setting.id)
    changes = {"frequency": [before.value, wanted.value]}
    note_action(db.session, person_id, "alert_setting.change", setting, unit.id, changes)


def _fits() -> list[FitView]:
    now, actor = utc_now(), current_actor()
    found = db.session.scalars(
        select(Alert)
        .where(Alert.person_id == current_person_id())
        .order_by(Alert.found_at.desc(), Alert.id.desc())
        .limit(MOST_LOOKED_AT)
    ).all()
    if not found:
        return []
    strongest = strongest_of_each_post(
        still_true(db.session, found, actor, read_demand(db.session, now), now)
    )
    newest = sorted(strongest, key=lambda alert: alert.found_at, reverse=True)[:MOST_SHOWN]
    return [
        FitView(
            title=line.their_title,
            organisation=line.organisation,
            our_title=line.our_title,
            is_need=line.is_need,
            grade=line.grade,
            their_sentence=line.their_sentence,
            our_sentence=line.our_sentence,
            shared_in_theirs=list(line.shared_in_theirs),
            shared_in_ours=list(line.shared_in_ours),
            since=day_words(line.found_at),
            pair_url=url_for("partners.show", unit_id=line.unit_id, organisation_id=line.organisation_id),
            post_url=url_for("posts.show", post_id=line.their_post_id, unit=line.unit_id),
        )
        for line in alert_lines(db.session, newest, actor, now)
    ]


def _searches() -> list[SavedSearch]:
    return list(
        db.session.scalars(
            select(SavedSearch)
            .where(SavedSearch.person_id == current_person_id(), SavedSearch.deleted_at.is_(None))
            .order_by(SavedSearch.name, SavedSearch.id)
        )
    )


def _search_view(search: SavedSearch) -> SearchView:
    encoder = active_encoder(db.session)
    return SearchView(
        search_id=search.id,
        name=search.name,
        question=search.question,
        filters=filter_words(search.filters),
        frequency=str(FREQUENCIES[search.frequency]),
        url=search_url(search),
        by_words_only=search.vector is None or encoder is None or encoder.key != search.encoder_key,
    )


def _deleted_search(search_id: int) -> SavedSearch | None:
    """The search that was just deleted, if it is this person's."""
    return db.session.scalar(
        select(SavedSearch).where(
            SavedSearch.id == search_id,
            SavedSearch.person_id == current_person_id(),
            SavedSearch.deleted_at.is_not(None),
        )
    )

"""Saving a search, and changing, deleting and bringing back a saved one. Each is its person's alone."""

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from matching.search import search_stored
from models.actor import Action
from models.alert import Frequency, SavedSearch
from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.organisation import Unit
from web.access import allowed, current_actor, current_person_id, for_writing, signed_in
from web.alerts import blueprint
from web.alerts.forms import SavedSearchForm, search_name_form
from web.alerts.saved import (
    filter_words,
    filters_from,
    note_known,
    search_url,
    stored_question,
    values_of,
)
from web.database import db
from web.loaders import load_unit
from web.localisation import gettext
from web.matcher import EncoderIsWarmingError, matcher
from web.page_form import Page
from web.search_form import SearchForm, search_form

MOST_SAVED = 50


@blueprint.get("/units/<int:unit_id>/search/save")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def save(unit: Unit) -> str | Response:
    """Ask for name and rhythm; question and filters come from the address of the search page."""
    asked = search_form()
    if not asked.validate() or not asked.q.data:
        return redirect(url_for("search.show", unit_id=unit.id), 303)
    return _save_page(search_name_form(name=asked.q.data[:60]), unit, asked)


@blueprint.post("/units/<int:unit_id>/search/save", endpoint="save_now")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def save_now(unit: Unit) -> Page | Response:
    """Keep the search with what its person has seen of it, so that only later posts are new."""
    asked = search_form()
    if not asked.validate() or not asked.q.data:
        return redirect(url_for("search.show", unit_id=unit.id), 303)
    form = search_name_form()
    if not form.validate_on_submit():
        return _save_page(form, unit, asked), 422
    if _count_of_saved() >= MOST_SAVED:
        form.form_errors.append(
            gettext("You have %(most)d saved searches. Delete one first.", most=MOST_SAVED)
        )
        return _save_page(form, unit, asked), 422
    search = SavedSearch(
        person_id=current_person_id(),
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        name=form.name.data,
        question=asked.q.data,
        filters=values_of(asked),
        frequency=Frequency(form.frequency.data),
    )
    search.encoder_key, search.vector = _encoded(search.question)
    seen = search_stored(
        db.session,
        matcher().index,
        stored_question(search),
        filters_from(search.filters),
        current_actor(),
        utc_now(),
    )
    unit = for_writing(Action.UNIT_ACT, load_unit, unit.id)
    db.session.add(search)
    db.session.flush()
    note_known(db.session, search.id, seen.post_ids)
    note_action(db.session, search.person_id, "saved_search.add", search, unit.id)
    db.session.commit()
    flash(gettext("Saved. We write to you only about posts that it did not find today."), "success")
    return redirect(url_for("alerts.index"), 303)


@blueprint.get("/alerts/searches/<int:saved_search_id>/edit")
@signed_in
def edit(saved_search_id: int) -> str:
    """Another name or rhythm."""
    search = _own_search(saved_search_id)
    return _edit_page(search_name_form(search.name, search.frequency, search.version), search)


@blueprint.post("/alerts/searches/<int:saved_search_id>/edit", endpoint="edit_now")
@signed_in
def edit_now(saved_search_id: int) -> Page | Response:
    """Keep the changes, and read the question anew if another encoder serves by now."""
    search = _own_search(saved_search_id)
    form = search_name_form()
    if not form.validate_on_submit():
        return _edit_page(form, search), 422
    encoder_key, vector = _encoded(search.question)
    begin_write(db.session)
    search = _own_search(saved_search_id)
    if form.version.data != search.version:
        form.form_errors.append(
            gettext("You changed this search elsewhere meanwhile. Check it and save again.")
        )
        form.version.raw_data = None
        form.version.data = search.version
        return _edit_page(form, search), 409
    before = search.frequency
    search.name = form.name.data
    search.frequency = Frequency(form.frequency.data)
    if before is Frequency.OFF and search.frequency is not Frequency.OFF:
        # The first round after a silence is the next one, not one that was missed.
        search.looked_at = utc_now()
    if vector is not None:
        search.encoder_key, search.vector = encoder_key, vector
    note_action(db.session, search.person_id, "saved_search.edit", search, search.unit_id)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("alerts.index"), 303)


@blueprint.post("/alerts/searches/<int:saved_search_id>/delete")
@signed_in
def delete(saved_search_id: int) -> Response:
    """Delete it; the next page offers to bring it back."""
    begin_write(db.session)
    search = _own_search(saved_search_id)
    if search.deleted_at is None:
        search.deleted_at = utc_now()
        note_action(db.session, search.person_id, "saved_search.delete", search, search.unit_id)
    db.session.commit()
    return redirect(url_for("alerts.index", deleted=saved_search_id), 303)


@blueprint.post("/alerts/searches/<int:saved_search_id>/undo")
@signed_in
def undo(saved_search_id: int) -> Response:
    """Bring a deleted search back as it was."""
    begin_write(db.session)
    search = _own_search(saved_search_id)
    if search.deleted_at is not None:
        search.deleted_at = None
        note_action(db.session, search.person_id, "saved_search.undo", search, search.unit_id)
    db.session.commit()
    flash(gettext("“%(name)s” is back.", name=search.name), "success")
    return redirect(url_for("alerts.index"), 303)


def _own_search(search_id: int) -> SavedSearch:
    """A search of the person who is signed in, deleted or not; anybody else's does not exist for them."""
    search = db.session.scalar(
        select(SavedSearch).where(SavedSearch.id == search_id, SavedSearch.person_id == current_person_id())
    )
    return search or abort(404)


def _count_of_saved() -> int:
    mine = select(func.count(SavedSearch.id)).where(
        SavedSearch.person_id == current_person_id(), SavedSearch.deleted_at.is_(None)
    )
    return db.session.scalar(mine) or 0


def _encoded(question: str) -> tuple[str, bytes | None]:
    """The question's vector with the encoder's key; without one as long as the encoder is not there."""
    try:
        encoder = matcher().encoder_after_waiting()
    except EncoderIsWarmingError:
        return "", None
    return encoder.key, encoder.encode([question])[0].astype("float32").tobytes()


def _save_page(form: SavedSearchForm, unit: Unit, asked: SearchForm) -> str:
    values = values_of(asked)
    address = {"unit_id": unit.id, "q": asked.q.data, **values}
    return render_template(
        "alerts/save.html",
        form=form,
        question=asked.q.data,
        filters=filter_words(values),
        action=url_for("alerts.save_now", **address),
        back_url=url_for("search.show", **address),
    )


def _edit_page(form: SavedSearchForm, search: SavedSearch) -> str:
    return render_template(
        "alerts/edit.html",
        form=form,
        search_id=search.id,
        question=search.question,
        filters=filter_words(search.filters),
        question_url=search_url(search),
    )

"""Saved views: filters under a name, one of which may be the one that the pipeline opens with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import bindparam, select, update
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.database import begin_write, rows_of
from models.organisation import Unit
from models.pipeline_view import PipelineView
from web.access import allowed, current_person_id, for_writing, signed_in
from web.addresses import id_in_address
from web.database import db
from web.loaders import load_unit
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.pipeline import blueprint
from web.pipeline.filters import known_query
from web.text_fields import line_field

NAME_LIMIT = 60
MOST_VIEWS = 30
# Asked by every look at the pipeline, so it is built once.
_VIEWS = (
    select(PipelineView.id, PipelineView.name, PipelineView.query, PipelineView.is_default)
    .where(PipelineView.person_id == bindparam("person_id"), PipelineView.removed_at.is_(None))
    .order_by(PipelineView.name)
)


class SaveViewForm(PageForm):
    """A name for the filters that are chosen now."""

    name = line_field(_("Name of the view"), NAME_LIMIT, missing=_("Give the view a name."))
    is_default = BooleanField(_("Open the pipeline with this view"))
    query = HiddenField()


@dataclass(frozen=True)
class ViewLine:
    id: int
    name: str
    url: str
    is_current: bool
    is_default: bool


@dataclass(frozen=True)
class SavedViews:
    """The person's views, and the filters that a new one would keep."""

    lines: list[ViewLine]
    query: str


def own_views() -> Sequence[Any]:
    """The views of whoever asks by name: ``id``, ``name``, ``query`` and ``is_default``."""
    return rows_of(db.session, _VIEWS, {"person_id": current_person_id()})


def saved_views(views: Sequence[Any], values: dict[str, Any]) -> SavedViews:
    """The person's own views; the one that stands in the address is marked."""
    query = urlencode(values)
    return SavedViews(lines=[_line(view, query) for view in views], query=query)


def default_view(views: Sequence[Any]) -> dict[str, Any]:
    """The filters that the pipeline opens with; empty: none were chosen."""
    return next((known_query(view.query) for view in views if view.is_default), {})


@blueprint.get("/units/<int:unit_id>/pipeline/views")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def views(unit: Unit) -> str:
    """All views of the person, to delete them or to choose the default."""
    views = saved_views(own_views(), {})
    return render_template("pipeline/views.html", unit=unit, views=views, deleted=_just_deleted())


@blueprint.post("/units/<int:unit_id>/pipeline/views", endpoint="save_view")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def save_view(unit: Unit) -> Response | tuple[str, int]:
    """Keep the filters under a name; the same name again replaces its filters."""
    form = SaveViewForm()
    values = known_query(form.query.data or "") or {"stage": ""}
    if not form.validate_on_submit():
        return render_template("pipeline/save_view.html", unit=unit, form=form), 422
    for_writing(Action.UNIT_ACT, load_unit, unit.id)
    if len(own_views()) >= MOST_VIEWS:
        db.session.rollback()
        flash(gettext("You have %(num)d views. Delete one first.", num=MOST_VIEWS), "error")
        return redirect(url_for("pipeline.views", unit_id=unit.id), 303)
    view = _named(form.name.data)
    view.query = urlencode(values)
    if view.removed_at is not None:
        view.removed_at, view.is_default = None, False
    db.session.flush()
    if form.is_default.data:
        _make_default(view)
    note_action(db.session, current_person_id(), "pipeline_view.save", view, unit.id)
    db.session.commit()
    flash(gettext("Saved as “%(name)s”.", name=form.name.data), "success")
    return redirect(url_for("pipeline.board", unit_id=unit.id, **values), 303)


@blueprint.post("/pipeline/views/<int:view_id>/default")
@signed_in
def choose_default(view_id: int) -> Response:
    """Open the pipeline with this view, or no longer with it."""
    view = _own_view_for_writing(view_id)
    if view.is_default:
        view.is_default = False
    else:
        _make_default(view)
    note_action(db.session, current_person_id(), "pipeline_view.default", view)
    db.session.commit()
    return redirect(url_for("pipeline.views"), 303)


@blueprint.post("/pipeline/views/<int:view_id>/delete")
@signed_in
def delete_view(view_id: int) -> Response:
    """Take the view away; the page offers to undo that."""
    view = _own_view_for_writing(view_id)
    view.removed_at = utc_now()
    note_action(db.session, current_person_id(), "pipeline_view.delete", view)
    db.session.commit()
    return redirect(url_for("pipeline.views", deleted=view_id), 303)


@blueprint.post("/pipeline/views/<int:view_id>/restore")
@signed_in
def restore_view(view_id: int) -> Response:
    """Undo a deletion."""
    view = _own_view_for_writing(view_id)
    view.removed_at = None
    note_action(db.session, current_person_id(), "pipeline_view.restore", view)
    db.session.commit()
    return redirect(url_for("pipeline.views"), 303)


def _just_deleted() -> PipelineView | None:
    """The view that the address names, if it was deleted and can come back."""
    view_id = id_in_address("deleted")
    if view_id is None:
        return None
    return db.session.scalar(
        select(PipelineView).where(
            PipelineView.id == view_id,
            PipelineView.person_id == current_person_id(),
            PipelineView.removed_at.is_not(None),
        )
    )


def _line(view: Any, query: str) -> ViewLine:
    return ViewLine(
        id=view.id,
        name=view.name,
        url=url_for("pipeline.board", **known_query(view.query)),
        is_current=view.query == query,
        is_default=view.is_default,
    )


def _own_view_for_writing(view_id: int) -> PipelineView:
    """Somebody else's view is no view."""
    begin_write(db.session)
    view = db.session.scalar(
        select(PipelineView).where(PipelineView.id == view_id, PipelineView.person_id == current_person_id())
    )
    if view is None:
        abort(404)
    return view


def _named(name: str) -> PipelineView:
    person_id = current_person_id()
    view = db.session.scalar(
        select(PipelineView).where(PipelineView.person_id == person_id, PipelineView.name == name)
    )
    if view is None:
        assert person_id is not None
        view = PipelineView(person_id=person_id, name=name)
        db.session.add(view)
    return view


def _make_default(view: PipelineView) -> None:
    others = update(PipelineView).where(PipelineView.person_id == view.person_id)
    db.session.execute(others.values(is_default=False))
    view.is_default = True

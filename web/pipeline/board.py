"""The board, and the table of the same query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from models.pipeline import board_rows, count_rows, table_rows
from models.pipeline_filters import Sort
from models.quietness import usual_times
from models.relationship import Stage
from web.access import allowed
from web.database import db
from web.loaders import load_unit
from web.paging import Paging, paging_of
from web.pipeline import blueprint
from web.pipeline.cards import Card, cards_of
from web.pipeline.filters import ChosenFilters, chosen_filters
from web.pipeline.undo import UndoOffer, undo_offer
from web.pipeline.views import SavedViews, default_view, own_views, saved_views
from web.pipeline.words import STAGES

CARDS_IN_A_COLUMN = 12
ROWS_ON_A_PAGE = 50


@dataclass(frozen=True)
class Column:
    """One stage of the board: its first cards, and how many there are."""

    stage: str
    word: str
    cards: list[Card]
    count: int
    all_url: str


@dataclass(frozen=True)
class PipelinePage:
    """What board and table share."""

    unit: Unit
    choice: ChosenFilters
    views: SavedViews
    undo: UndoOffer | None
    board_url: str
    table_url: str
    may_write: bool

    @property
    def is_filtered(self) -> bool:
        return bool(self.choice.chosen)


@dataclass(frozen=True)
class TablePage:
    """One page of the table. ``sorts`` are (code of the column, address that sorts by it, is it now)."""

    cards: list[Card]
    count: int
    paging: Paging
    sorts: dict[str, tuple[str, bool]]


@blueprint.get("/units/<int:unit_id>/pipeline/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def board(unit: Unit) -> str | Response:
    """The first cards of each stage. Without any filter in the address, the person's default view."""
    views = own_views()
    default = _default_address("pipeline.board", views)
    if default:
        return redirect(default, 303)
    choice = chosen_filters(unit, "pipeline.board")
    now = utc_now()
    usual = usual_times(db.session, unit.organisation_id)
    rows = board_rows(db.session, choice.scope, choice.filters, usual, now, CARDS_IN_A_COLUMN)
    counts = {row.stage: row.of for row in rows}
    cards = cards_of(rows, usual, now)
    columns = [_column(stage, cards, counts, choice) for stage in choice.filters.stages]
    return render_template(
        "pipeline/board.html",
        page=_page(unit, choice, views),
        columns=columns,
        form=choice.form,
        back="board",
    )


@blueprint.get("/units/<int:unit_id>/pipeline/table")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def table(unit: Unit) -> str | Response:
    """The same cards as rows, sorted and page by page, with bulk actions."""
    views = own_views()
    default = _default_address("pipeline.table", views)
    if default:
        return redirect(default, 303)
    choice = chosen_filters(unit, "pipeline.table")
    listing = _table(choice)
    return render_template(
        "pipeline/table.html", page=_page(unit, choice, views), table=listing, form=choice.form, back="table"
    )


def _default_address(endpoint: str, views: Sequence[Any]) -> str | None:
    """Where the default view stands, for somebody who comes without any filter; None: nowhere else."""
    if set(request.args) - {"unit", "done"}:
        return None
    values = default_view(views)
    done: dict[str, Any] = {"done": request.args["done"]} if "done" in request.args else {}
    return url_for(endpoint, **values, **done) if values else None


def _column(stage: Stage, cards: list[Card], counts: dict[Stage, int], choice: ChosenFilters) -> Column:
    return Column(
        stage=stage.value,
        word=str(STAGES[stage]),
        cards=[card for card in cards if card.stage == stage.value],
        count=counts.get(stage, 0),
        all_url=url_for("pipeline.table", **{**choice.values, "stage": stage.value}),
    )


def _table(choice: ChosenFilters) -> TablePage:
    now = utc_now()
    usual = usual_times(db.session, choice.scope.organisation_id)
    count = count_rows(db.session, choice.scope, choice.filters, usual, now)
    paging = paging_of(count, ROWS_ON_A_PAGE, lambda page: _page_url(choice, page))
    rows = table_rows(
        db.session,
        choice.scope,
        choice.filters,
        usual,
        now,
        choice.sort,
        ROWS_ON_A_PAGE,
        paging.skipped,
    )
    return TablePage(
        cards=cards_of(rows, usual, now),
        count=count,
        paging=paging,
        sorts={
            sort.value: (
                url_for("pipeline.table", **{**choice.values, "sort": sort.value}),
                sort is choice.sort,
            )
            for sort in Sort
        },
    )


def _page_url(choice: ChosenFilters, page: int) -> str:
    values = choice.values or {"stage": ""}
    return url_for("pipeline.table", **values, page=page)


def _page(unit: Unit, choice: ChosenFilters, views: Sequence[Any]) -> PipelinePage:
    values = choice.values or {"stage": ""}
    return PipelinePage(
        unit=unit,
        choice=choice,
        views=saved_views(views, values),
        undo=undo_offer(),
        board_url=url_for("pipeline.board", **values),
        table_url=url_for("pipeline.table", **values),
        may_write=unit.id in choice.scope.actor.units_written,
    )

"""Where somebody came from: a form carries the place and its filters, so that doing something loses neither."""

from flask import url_for
from wtforms import HiddenField

from web.page_form import PageForm
from web.pipeline.filters import known_query


class BackForm(PageForm):
    """``back`` is board, table or card; ``query`` holds the filters of board and table."""

    back = HiddenField()
    query = HiddenField()


def back_url(form: BackForm, relationship_id: int, done: str | None = None) -> str:
    """The page to go back to. ``done`` is the batch that the page offers to undo."""
    if form.back.data == "card":
        return url_for("relationships.show", relationship_id=relationship_id, done=done)
    endpoint = "pipeline.table" if form.back.data == "table" else "pipeline.board"
    values = known_query(form.query.data or "") or {"stage": ""}
    return url_for(endpoint, **values, done=done)

"""All partnerships of the units that the person works for, each with whose turn it is."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, url_for

from models.base import utc_now
from models.partnership import Partnership, PartnershipState
from models.partnership_policy import visible_partnerships
from models.promises import Promise, promises_of, record_of
from models.side import Side
from web.access import current_actor, signed_in
from web.database import db
from web.labels import day_words
from web.localisation import gettext, ngettext
from web.partnerships import blueprint
from web.partnerships.rows import PromiseRow, promise_rows
from web.partnerships.sides import my_side
from web.partnerships.words import KINDS, STAGES, STATES, on_time_words
from web.sides import side_name, with_sides

LIVE = frozenset({PartnershipState.PROPOSED, PartnershipState.ACTIVE})


@dataclass(frozen=True)
class PartnershipRow:
    name: str
    ours: str
    url: str
    kind: str
    stage: str
    state: str
    state_kind: str
    turn: str
    is_my_turn: bool
    next_due: str
    is_late: bool
    our_on_time: str
    their_on_time: str


@blueprint.get("/partnerships")
@signed_in
def index() -> str:
    """Those that live, what waits for us first; then those that are over."""
    now = utc_now()
    ours = with_sides(visible_partnerships(current_actor())).order_by(Partnership.id.desc())
    found = list(db.session.scalars(ours))
    by_partnership: dict[int, list[Promise]] = {partnership.id: [] for partnership in found}
    for promise in promises_of(db.session, by_partnership.keys(), now):
        by_partnership[promise.partnership_id].append(promise)
    living = [each for each in found if each.state in LIVE]
    rows = [_row(each, by_partnership[each.id], now) for each in living]
    rows.sort(key=lambda row: not row.is_my_turn)
    return render_template(
        "partnerships/index.html",
        rows=rows,
        over=[_row(each, by_partnership[each.id], now) for each in found if each.state not in LIVE],
    )


def _row(partnership: Partnership, promises: list[Promise], now: datetime) -> PartnershipRow:
    side = my_side(partnership)
    rows = promise_rows(partnership, promises, side, now)
    state, state_kind = STATES[partnership.state]
    turn = _turn(partnership, side, sum(row.is_my_turn for row in rows))
    due = [promise.standing.terms for promise in promises if promise.standing.is_open]
    first = min(due, key=lambda terms: terms.due_at, default=None)
    return PartnershipRow(
        name=side_name(partnership, side.other),
        ours=side_name(partnership, side),
        url=url_for("partnerships.show", partnership_id=partnership.id),
        kind=str(KINDS[partnership.kind]),
        stage=str(STAGES[partnership.stage]),
        state=str(state),
        state_kind=state_kind,
        turn=turn or _their_turn(partnership, side, rows) or gettext("Nothing waits for you"),
        is_my_turn=bool(turn),
        next_due=day_words(first.due_on) if first is not None else "",
        is_late=first is not None and first.due_at <= now,
        our_on_time=on_time_words(record_of(promises, side)),
        their_on_time=on_time_words(record_of(promises, side.other)),
    )


def _turn(partnership: Partnership, side: Side, waiting: int) -> str:
    """What waits for our side, or an empty string."""
    if partnership.turn is side:
        return str(gettext("They wait for your answer"))
    if waiting:
        return str(ngettext("One promise waits for you", "%(num)s promises wait for you", waiting))
    return ""


def _their_turn(partnership: Partnership, side: Side, rows: list[PromiseRow]) -> str:
    """That something waits for the other side, or an empty string."""
    if partnership.turn is side.other or any(row.is_their_turn for row in rows):
        return gettext("Their turn")
    return ""

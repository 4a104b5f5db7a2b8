"""Our posts: what we need and what we offer, and the choice of what to post next."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import ColumnElement, Select, bindparam, func

from models.actor import Action
from models.base import utc_now
from models.database import rows_of
from models.organisation import Unit
from models.place import Place
from models.placeholders import (
    AnyActorOfKinds,
    any_actor_like,
    ids_placeholder,
    moment_placeholder,
    values_of_actor,
    with_words_written,
)
from models.policy import can, visible_posts
from models.post import KINDS_OF_SIDE, Post, PostKind, PostSide, PostState, is_open_at
from web.access import allowed, current_actor
from web.addresses import record_url, with_query
from web.database import db
from web.labels import POST_KINDS, day_words, place_words, words_of_place
from web.loaders import load_unit
from web.localisation import gettext
from web.paging import Paging, paging_of
from web.posts import blueprint
from web.posts.words import KIND_LINES, State, state_of
from web.reach import units_below

POSTS_PER_PAGE = 50

Counts = Counter[tuple[PostSide, str]]


@dataclass(frozen=True)
class PostRow:
    """One line of the list."""

    title: str
    url: str
    kind: str
    state: State
    until: str
    place: str
    unit: str


@dataclass(frozen=True)
class PostList:
    """The list with its tabs and filter; ``tabs`` and ``states`` are (label, url, is_current, count)."""

    side: str
    rows: list[PostRow]
    tabs: list[tuple[str, str, bool, int]]
    states: list[tuple[str, str, bool, int]]
    has_posts: bool
    has_units: bool
    may_post: bool
    paging: Paging


@blueprint.get("/units/<int:unit_id>/posts/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """Posts of the unit and of all units below that the person may see."""
    side = PostSide.CAPABILITY if request.args.get("side") == PostSide.CAPABILITY else PostSide.NEED
    return render_template("posts/index.html", unit=unit, list=_post_list(unit, side, utc_now()))


@blueprint.get("/units/<int:unit_id>/posts/choose")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def choose(unit: Unit) -> str:
    """Need or capability, and of which kind: each a link to its form."""
    kinds = {
        side.value: [_kind_choice(unit, side, kind) for kind in KINDS_OF_SIDE[side]] for side in PostSide
    }
    return render_template("posts/choose.html", unit=unit, kinds=kinds)


def _kind_choice(unit: Unit, side: PostSide, kind: PostKind) -> tuple[str, str, str]:
    url = url_for("posts.new", unit_id=unit.id, side=side.value, kind=kind.value)
    return str(POST_KINDS[kind]), str(KIND_LINES[kind]), url


def _post_list(unit: Unit, side: PostSide, now: datetime) -> PostList:
    actor = current_actor()
    like, reach = any_actor_like(actor), units_below(unit, actor)
    values = values_of_actor(actor) | {"now": now, "reach": list(reach)}
    chosen = request.args.get("state", "")
    chosen = chosen if chosen in _conditions() else ""
    counts = _counts(like, values)
    address = url_for("posts.index", unit_id=unit.id)
    paging = paging_of(
        counts[side, chosen], POSTS_PER_PAGE, lambda page: _page_url(address, side, chosen, page)
    )
    rows = rows_of(db.session, _page(like, side, chosen), values | {"skipped": paging.skipped})
    return PostList(
        side=side.value,
        rows=[_row(row, now) for row in rows],
        tabs=_tabs(address, counts, side),
        states=_states(address, counts, side, chosen),
        has_posts=counts[side, ""] > 0,
        has_units=len(reach) > 1,
        may_post=can(actor, Action.UNIT_POST, unit, now),
        paging=paging,
    )


def _row(row: Any, now: datetime) -> PostRow:
    return PostRow(
        title=row.title,
        url=record_url("posts.show", "post_id", row.id),
        kind=str(POST_KINDS[row.kind]),
        state=state_of(row.state, row.closes_at, now),
        until=day_words(row.ends_on) if row.ends_on else "",
        place=gettext("anywhere") if row.is_remote else _place(row),
        unit=row.unit,
    )


def _place(row: Any) -> str:
    """The post's place or its unit's; only where neither has one, the units above are looked at."""
    if row.place is not None:
        return words_of_place(row.place, row.country)
    unit = db.session.get_one(Unit, row.unit_id)
    return place_words(unit.effective_place)


def _tabs(address: str, counts: Counts, side: PostSide) -> list[tuple[str, str, bool, int]]:
    labels = {
        PostSide.NEED: gettext("What we need"),
        PostSide.CAPABILITY: gettext("What we offer"),
    }
    return [
        (labels[one], with_query(address, {"side": one.value}), one is side, counts[one, ""])
        for one in PostSide
    ]


def _states(address: str, counts: Counts, side: PostSide, chosen: str) -> list[tuple[str, str, bool, int]]:
    labels = {
        "": gettext("All"),
        "open": gettext("Open"),
        "draft": gettext("Drafts"),
        "expired": gettext("Expired"),
        "withdrawn": gettext("Withdrawn"),
    }
    return [
        (label, _page_url(address, side, state, 1), state == chosen, counts[side, state])
        for state, label in labels.items()
    ]


@cache
def _ours(actor: AnyActorOfKinds) -> Select[Post]:
    """Posts of the units ``reach``, as far as the actor may see them."""
    shown = visible_posts(actor, moment_placeholder("now"))
    return shown.where(Post.unit_id.in_(ids_placeholder("reach")))


@cache
def _conditions() -> dict[str, ColumnElement[bool]]:
    now = moment_placeholder("now")
    return {
        "open": is_open_at(now),
        "draft": Post.state == PostState.DRAFT,
        "expired": (Post.state == PostState.PUBLISHED) & (Post.closes_at <= now),
        "withdrawn": Post.state == PostState.WITHDRAWN,
    }


@cache
def _page(actor: AnyActorOfKinds, side: PostSide, chosen: str) -> Select[Any]:
    """One page, with what is shown of a post and no more. ``place`` is its own or that of its unit."""
    of_side = _ours(actor).where(Post.side == side)
    wanted = of_side.where(_conditions()[chosen]) if chosen else of_side
    columns: list[Any] = [
        Post.id,
        Post.kind,
        Post.title,
        Post.ends_on,
        Post.closes_at,
        Post.is_remote,
        Post.state,
        Post.unit_id,
        Unit.name.label("unit"),
        Place.name.label("place"),
        Place.country,
    ]
    in_order = (
        wanted.join(Unit, Unit.id == Post.unit_id)
        .outerjoin(Place, Place.id == func.coalesce(Post.place_id, Unit.place_id))
        .with_only_columns(*columns)
        .order_by(Post.created_at.desc(), Post.id.desc())
        .limit(POSTS_PER_PAGE)
        .offset(bindparam("skipped"))
    )
    return with_words_written(in_order)


@cache
def _numbers(actor: AnyActorOfKinds) -> Select[Any]:
    of_states = [func.count().filter(condition) for condition in _conditions().values()]
    columns: list[Any] = [Post.side, func.count(), *of_states]
    return with_words_written(_ours(actor).with_only_columns(*columns).group_by(Post.side))


def _page_url(address: str, side: PostSide, state: str, page: int) -> str:
    return with_query(
        address, {"side": side.value, "state": state or None, "page": page if page > 1 else None}
    )


def _counts(actor: AnyActorOfKinds, values: dict[str, Any]) -> Counts:
    """How many posts there are by side and state, "" being all: in one statement, for every number of the page."""
    counts: Counts = Counter()
    for side, total, *found in rows_of(db.session, _numbers(actor), values):
        counts[side, ""] = total
        for state, number in zip(_conditions(), found, strict=True):
            counts[side, state] = number
    return counts

"""Our posts: what we need and what we offer, and the choice of what to post next."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import joinedload

from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from models.policy import can, visible_posts
from models.post import KINDS_OF_SIDE, Post, PostKind, PostSide, PostState, is_open_at
from web.access import allowed, current_actor
from web.addresses import record_url
from web.database import db
from web.labels import POST_KINDS, day_words, place_words
from web.loaders import load_unit
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
    page: int
    pages: int
    previous_url: str | None
    next_url: str | None


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
    reach = units_below(unit, current_actor())
    ours = visible_posts(current_actor(), now).where(Post.unit_id.in_(reach))
    conditions = _conditions(now)
    chosen = request.args.get("state", "")
    chosen = chosen if chosen in conditions else ""
    of_side = ours.where(Post.side == side)
    shown = of_side.where(conditions[chosen]) if chosen else of_side
    counts = _counts(ours, now)
    total = counts[side, chosen]
    pages = max(1, -(-total // POSTS_PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    rows = db.session.scalars(
        shown.options(joinedload(Post.place), joinedload(Post.unit))
        .order_by(Post.created_at.desc(), Post.id.desc())
        .limit(POSTS_PER_PAGE)
        .offset((page - 1) * POSTS_PER_PAGE)
    ).all()
    return PostList(
        side=side.value,
        rows=[_row(post, now) for post in rows],
        tabs=_tabs(unit, counts, side),
        states=_states(unit, counts, side, chosen),
        has_posts=counts[side, ""] > 0,
        has_units=len(reach) > 1,
        may_post=can(current_actor(), Action.UNIT_POST, unit, now),
        page=page,
        pages=pages,
        previous_url=_page_url(unit, side, chosen, page - 1) if page > 1 else None,
        next_url=_page_url(unit, side, chosen, page + 1) if page < pages else None,
    )


def _row(post: Post, now: datetime) -> PostRow:
    return PostRow(
        title=post.title,
        url=record_url("posts.show", "post_id", post.id),
        kind=str(POST_KINDS[post.kind]),
        state=state_of(post, now),
        until=day_words(post.ends_on) if post.ends_on else "",
        place=gettext("anywhere") if post.is_remote else place_words(post.effective_place),
        unit=post.unit.name,
    )


def _tabs(unit: Unit, counts: Counts, side: PostSide) -> list[tuple[str, str, bool, int]]:
    labels = {
        PostSide.NEED: gettext("What we need"),
        PostSide.CAPABILITY: gettext("What we offer"),
    }
    return [
        (
            labels[one],
            url_for("posts.index", unit_id=unit.id, side=one.value),
            one is side,
            counts[one, ""],
        )
        for one in PostSide
    ]


def _states(unit: Unit, counts: Counts, side: PostSide, chosen: str) -> list[tuple[str, str, bool, int]]:
    labels = {
        "": gettext("All"),
        "open": gettext("Open"),
        "draft": gettext("Drafts"),
        "expired": gettext("Expired"),
        "withdrawn": gettext("Withdrawn"),
    }
    return [
        (label, _page_url(unit, side, state, 1), state == chosen, counts[side, state])
        for state, label in labels.items()
    ]


def _conditions(now: datetime) -> dict[str, ColumnElement[bool]]:
    return {
        "open": is_open_at(now),
        "draft": Post.state == PostState.DRAFT,
        "expired": (Post.state == PostState.PUBLISHED) & (Post.closes_at <= now),
        "withdrawn": Post.state == PostState.WITHDRAWN,
    }


def _page_url(unit: Unit, side: PostSide, state: str, page: int) -> str:
    return url_for(
        "posts.index",
        unit_id=unit.id,
        side=side.value,
        state=state or None,
        page=page if page > 1 else None,
    )


def _counts(ours: Select[Post], now: datetime) -> Counts:
    """How many posts there are by side and state, "" being all: in one statement, for every number of the page."""
    conditions = _conditions(now)
    of_states = [func.count().filter(condition) for condition in conditions.values()]
    rows = db.session.execute(ours.with_only_columns(Post.side, func.count(), *of_states).group_by(Post.side))
    counts: Counts = Counter()
    for side, total, *found in rows:
        counts[side, ""] = total
        for state, number in zip(conditions, found, strict=True):
            counts[side, state] = number
    return counts

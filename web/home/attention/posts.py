"""Posts that need a hand: such as end soon, drafts, and what leaves a reader guessing."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from models.coaching import Hint, coach
from models.database import rows_of
from models.organisation import Unit
from models.placeholders import ids_placeholder, moment_placeholder
from models.post import Post, PostKind, PostSide, PostState, is_open_at
from web.addresses import record_url
from web.database import db
from web.home.attention.line import MOST_LINES_OF_A_KIND, AttentionLine, since
from web.labels import day_words
from web.localisation import gettext

EXPIRES_SOON = timedelta(days=14)
LONG_A_DRAFT = timedelta(days=3)
# Only what leaves a reader guessing is worth a line; the other hints stand beside the form.
SERIOUS_HINTS = frozenset({Hint.MORE_WORDS, Hint.SKILLS})
# Short ones, of a few hundred bytes each.
MOST_TEXTS_KEPT = 10_000

_COLUMNS: list[Any] = [
    Post.id,
    Post.title,
    Post.ends_on,
    Post.created_at,
    Post.published_at,
    Unit.name.label("unit"),
]
_OURS = (
    select(*_COLUMNS).join(Unit, Unit.id == Post.unit_id).where(Post.unit_id.in_(ids_placeholder("unit_ids")))
)
_OPEN = _OURS.where(is_open_at(moment_placeholder("now")))
_EXPIRING = (
    _OPEN.where(Post.closes_at <= moment_placeholder("soon"))
    .order_by(Post.closes_at)
    .limit(MOST_LINES_OF_A_KIND)
)
_OLD_DRAFTS = (
    _OURS.where(Post.state == PostState.DRAFT, Post.created_at <= moment_placeholder("long_ago"))
    .order_by(Post.created_at)
    .limit(MOST_LINES_OF_A_KIND)
)
_SHORT = (
    _OPEN.add_columns(Post.side, Post.kind, Post.text, Post.quantity)
    .where(func.length(Post.text) < 400)
    .order_by(Post.published_at.desc())
)


def expiring_posts(unit_ids: frozenset[int], now: datetime) -> list[AttentionLine]:
    values = {"unit_ids": list(unit_ids), "now": now, "soon": now + EXPIRES_SOON}
    posts = rows_of(db.session, _EXPIRING, values)
    return [
        _post_line(
            post,
            gettext("“%(title)s” ends on %(day)s", title=post.title, day=_last_day(post)),
            gettext("Change the date"),
            "calendar",
        )
        for post in posts
    ]


def old_drafts(unit_ids: frozenset[int], now: datetime) -> list[AttentionLine]:
    values = {"unit_ids": list(unit_ids), "long_ago": now - LONG_A_DRAFT}
    posts = rows_of(db.session, _OLD_DRAFTS, values)
    return [
        _post_line(
            post, gettext("“%(title)s” is still a draft", title=post.title), gettext("Finish it"), "pencil"
        )
        for post in posts
    ]


def vague_posts(unit_ids: frozenset[int], now: datetime) -> list[AttentionLine]:
    """Open posts that leave a reader guessing, as coaching judges them."""
    posts = rows_of(db.session, _SHORT, {"unit_ids": list(unit_ids), "now": now})
    vague = [post for post in posts if _is_vague(post.side, post.kind, post.title, post.text, post.quantity)]
    return [
        _post_line(
            post, gettext("“%(title)s” could say more", title=post.title), gettext("Add detail"), "sparkles"
        )
        for post in vague[:MOST_LINES_OF_A_KIND]
    ]


# The same few texts are looked through whenever somebody of the unit opens Home.
@lru_cache(MOST_TEXTS_KEPT)
def _is_vague(side: PostSide, kind: PostKind, title: str, text: str, quantity: int | None) -> bool:
    # Dates and places are not serious here, so they need not be looked up.
    hints = coach(side, kind, title, text, quantity, has_dates=True, has_place=True)
    return not SERIOUS_HINTS.isdisjoint(hints)


def _post_line(post: Any, what: str, action_label: str, icon: str) -> AttentionLine:
    return AttentionLine(
        what=what,
        who=post.unit,
        since=since(post.published_at or post.created_at),
        action_label=action_label,
        action_url=record_url("posts.edit", "post_id", post.id),
        icon=icon,
    )


def _last_day(post: Any) -> str:
    return day_words(post.ends_on) if post.ends_on else ""

"""What an import has to do: rows that are new, rows that say something else than their post, and the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.post import Post, PostSide, PostState
from web.posts.import_rows import ImportedPost, RowError, late_errors
from web.posts.records import today_at


@dataclass(frozen=True)
class Plan:
    """The rows to add, to change and to encode; how many need nothing; and what is wrong with late dates."""

    added: list[ImportedPost]
    changed: list[ImportedPost]
    unchanged: int
    to_encode: list[ImportedPost]
    errors: list[RowError]


def plan_of(session: Session, organisation_id: int, posts: Sequence[ImportedPost]) -> Plan:
    """Compare the rows with what is there. Dates are judged here, because an unchanged row may be old."""
    there = posts_there(session, organisation_id)
    added: list[ImportedPost] = []
    changed: list[ImportedPost] = []
    to_encode: list[ImportedPost] = []
    errors: list[RowError] = []
    unchanged = 0
    for row in posts:
        post = there.get(row.identity)
        if post is not None and not differs(post, row):
            unchanged += 1
            continue
        late = late_errors(row, today_at(None))
        if late:
            errors += late
            continue
        (added if post is None else changed).append(row)
        if needs_passages(post, row):
            to_encode.append(row)
    return Plan(added, changed, unchanged, to_encode, errors)


def posts_there(session: Session, organisation_id: int) -> dict[tuple[PostSide, str], Post]:
    """The imported posts of the organisation by side and external id."""
    statement = select(Post).where(Post.organisation_id == organisation_id, Post.external_id.is_not(None))
    return {(post.side, post.external_id or ""): post for post in session.scalars(statement)}


def differs(post: Post, row: ImportedPost) -> bool:
    """Whether the row says something else than the post."""
    stored = (
        (post.unit_id, post.kind, post.title, post.text, post.language),
        (post.quantity, post.partner_limit, post.starts_on, post.ends_on),
        (post.place.geoname_id if post.place else None, post.is_remote),
        (post.urgency, post.importance, post.visibility),
    )
    wanted = (
        (row.unit_id, row.kind, row.title, row.text, row.language),
        (row.quantity, row.partner_limit, row.starts_on, row.ends_on),
        (row.place.geoname_id if row.place else None, row.is_remote),
        (row.urgency, row.importance, row.visibility),
    )
    return stored != wanted


def needs_passages(post: Post | None, row: ImportedPost) -> bool:
    """New posts are published; a changed one keeps its state, and only a published one has passages."""
    if post is None:
        return True
    has_same_text = post.matching_text == row.matching_text and post.language == row.language
    return post.state is PostState.PUBLISHED and not has_same_text

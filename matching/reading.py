"""Read posts, organisations and places for the index: a few hundred posts a query, never one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from sqlalchemy import BindParameter, Row, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from matching.nearness import Place as NearPlace
from matching.passages import vectors_of
from models.changelog import Change
from models.organisation import Organisation, OrganisationState, Unit
from models.passage import Passage
from models.place import Place
from models.post import Post, PostSide, PostState, Visibility, matching_text_of

POSTS_PER_QUERY = 500
# The ids that a query names, filled in when it is sent: named one by one in the query they take longer than its rows.
NAMED: BindParameter[Any] = bindparam("named", expanding=True)

# What `post_columns` reads of a post, and whose it is.
POST_COLUMNS: tuple[Any, ...] = (
    Post.id,
    Post.organisation_id,
    Post.unit_id,
    Post.side,
    Post.kind,
    Post.language,
    Post.visibility,
    Post.starts_on,
    Post.ends_on,
    Post.closes_at,
    Post.place_id,
    Post.is_remote,
    Post.urgency,
    Post.importance,
)

# What `organisation_columns` reads.
ORGANISATION_COLUMNS: tuple[Any, ...] = (
    Organisation.id,
    Organisation.kind,
    Organisation.sector,
    Organisation.activity,
)

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class ReadPosts:
    """Some posts as they are read: rows of `_post_query`, their effective places, and their passages' vectors.

    Those of post i, by position, are `passages[first[i]:first[i + 1]]`: none if it has none of the serving encoder.
    """

    rows: list[Row[Any]]
    place_ids: list[int | None]
    passages: npt.NDArray[np.float32]
    first: npt.NDArray[np.int64]


def changed_posts(session: Session, after: int, upto: int) -> tuple[set[int], set[int]]:
    """Return the ids of posts and of organisations that the changelog names after `after`, up to `upto`."""
    rows = session.execute(
        select(Change.post_id, Change.organisation_id).where(Change.seq > after, Change.seq <= upto)
    ).all()
    post_ids = {row.post_id for row in rows if row.post_id is not None}
    return post_ids, {row.organisation_id for row in rows if row.organisation_id is not None}


def matched_post_ids(session: Session, organisation_ids: Iterable[int] | None = None) -> list[int]:
    """Return the ids of all posts that belong into the index, or of those of some organisations."""
    query = _only_matched(select(Post.id).join(Organisation, Organisation.id == Post.organisation_id))
    if organisation_ids is None:
        return list(session.scalars(query.order_by(Post.id)))
    found: list[int] = []
    for some in parts(organisation_ids):
        found += session.scalars(query.where(Post.organisation_id.in_(some)))
    return sorted(found)


def largest_matched_id(session: Session) -> int:
    """Return the largest id of a post that belongs into the index, 0 where there is none."""
    ids = select(Post.id).join(Organisation, Organisation.id == Post.organisation_id)
    # The greatest of all would be told from all of them.
    return session.scalar(_only_matched(ids).order_by(Post.id.desc()).limit(1)) or 0


def shown_texts(session: Session, side: PostSide, post_ids: Collection[int]) -> list[tuple[str, str]]:
    """Return matching text and language of those of these posts that are of one side and that others may see."""
    texts = select(Post.title, Post.text, Post.language)
    query = _only_matched(texts.join(Organisation, Organisation.id == Post.organisation_id)).where(
        Post.id.in_(post_ids), Post.side == side, Post.visibility != Visibility.OWN_ORGANISATION
    )
    return [(matching_text_of(row.title, row.text), row.language) for row in session.execute(query)]


def read_posts(session: Session, post_ids: Iterable[int], encoder_id: int) -> Iterator[ReadPosts]:
    """Yield the posts that belong into the index in the order of their ids, some hundreds at a time."""
    # Of each organisation once: posts of the same ones come again and again, and each may have hundreds of units.
    places: dict[int, int | None] = {}
    owners: set[int] = set()
    for some in parts(post_ids):
        read = session.connection().execute(_post_query().where(Post.id.in_(NAMED)), {"named": some})
        rows = [row for row in read if _is_matched(row)]
        new = {row.organisation_id for row in rows} - owners
        places |= _effective_places(session, new)
        owners |= new
        place_ids = [row.place_id or places.get(row.unit_id) for row in rows]
        yield ReadPosts(rows, place_ids, *_passages(session, [row.id for row in rows], encoder_id))


def read_organisations(session: Session, organisation_ids: Iterable[int]) -> list[Row[Any]]:
    """Return what `organisation_columns` reads of these organisations, as far as they exist, and the place of each."""
    found: list[Row[Any]] = []
    for some in parts(organisation_ids):
        is_root = and_(Unit.organisation_id == Organisation.id, Unit.parent_id.is_(None))
        query = select(*ORGANISATION_COLUMNS, Unit.place_id).outerjoin(Unit, is_root)
        found += session.execute(query.where(Organisation.id.in_(some)).order_by(Organisation.id))
    return found


def read_places(session: Session, place_ids: Iterable[int]) -> dict[int, NearPlace]:
    """Return these places as nearness compares them."""
    found: dict[int, NearPlace] = {}
    for some in parts(place_ids):
        columns = select(Place.id, Place.country, Place.region, Place.latitude, Place.longitude)
        for place in session.execute(columns.where(Place.id.in_(some))):
            found[place.id] = NearPlace(place.country, place.region, place.latitude, place.longitude)
    return found


def effective_places(units: Sequence[Any]) -> dict[int, int | None]:
    """Return each unit's place id, its own or the nearest one up the tree; rows of (id, parent_id, place_id)."""
    parents = {unit.id: unit.parent_id for unit in units}
    own = {unit.id: unit.place_id for unit in units}
    places: dict[int, int | None] = {}
    for unit_id in own:
        at: int | None = unit_id
        while at is not None and own.get(at) is None:
            at = parents.get(at)
        places[unit_id] = None if at is None else own[at]
    return places


def parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """Yield the ids in order, in lists of no more than one query may name."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), POSTS_PER_QUERY):
        yield ordered[start : start + POSTS_PER_QUERY]


def _effective_places(session: Session, organisation_ids: set[int]) -> dict[int, int | None]:
    query = select(Unit.id, Unit.parent_id, Unit.place_id).where(Unit.organisation_id.in_(NAMED))
    return effective_places(session.connection().execute(query, {"named": list(organisation_ids)}).all())


def _passages(
    session: Session, post_ids: Sequence[int], encoder_id: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return the vectors of these posts' passages, and where those of each post begin; the last entry is their end."""
    query = select(Passage.post_id, Passage.vector).order_by(Passage.post_id, Passage.position)
    wanted = query.where(Passage.post_id.in_(NAMED), Passage.encoder_id == encoder_id)
    # Of the connection: the session would do nothing for columns but take half of the time of so many rows.
    rows = session.connection().execute(wanted, {"named": post_ids}).all()
    owners = np.array([post_id for post_id, _ in rows], dtype=np.int64)
    first = np.append(np.searchsorted(owners, post_ids), len(owners))
    return vectors_of([vector for _, vector in rows]), first


def _post_query() -> Select[Any]:
    columns: list[Any] = [
        *POST_COLUMNS,
        Post.title,
        Post.text,
        Organisation.state.label("organisation_state"),
        Organisation.merged_into_id,
    ]
    # The organisation is judged by `_is_matched`: asked for its state, SQLite looks through all approved organisations
    # for every few hundred posts, which takes longer than everything else.
    return (
        select(*columns)
        .join(Organisation, Organisation.id == Post.organisation_id)
        .where(Post.state == PostState.PUBLISHED)
        .order_by(Post.id)
    )


def _is_matched(row: Row[Any]) -> bool:
    """The twin of `_only_matched` for a row of `_post_query`."""
    return row.organisation_state is OrganisationState.APPROVED and row.merged_into_id is None


def _only_matched(query: Query) -> Query:
    return query.where(
        Post.state == PostState.PUBLISHED,
        Organisation.state == OrganisationState.APPROVED,
        Organisation.merged_into_id.is_(None),
    )

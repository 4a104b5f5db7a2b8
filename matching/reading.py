"""Read posts, organisations and places for the index: a few hundred posts a query, never one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from matching.nearness import Place as NearPlace
from matching.passages import vectors_of
from models.changelog import Change
from models.organisation import Organisation, OrganisationState, Unit
from models.passage import Passage
from models.place import Place
from models.post import Post, PostState

POSTS_PER_QUERY = 500

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


@dataclass(frozen=True)
class ReadPost:
    """One post as it is read: the row of `_post_query`, its passages' vectors by position, and its effective place.

    `passages` has no rows if the post has none of the serving encoder.
    """

    row: Row[Any]
    passages: npt.NDArray[np.float32]
    place_id: int | None


@dataclass(frozen=True)
class ReadOrganisation:
    """An organisation with the place of its root unit."""

    organisation: Organisation
    place_id: int | None


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


def read_posts(session: Session, post_ids: Iterable[int], encoder_id: int) -> Iterator[list[ReadPost]]:
    """Yield the posts that belong into the index, in lists."""
    for some in parts(post_ids):
        rows = [row for row in session.execute(_post_query().where(Post.id.in_(some))) if _is_matched(row)]
        passages = _passages(session, some, encoder_id)
        places = _effective_places(session, {row.organisation_id for row in rows})
        yield [
            ReadPost(row, vectors_of(passages.get(row.id, [])), row.place_id or places.get(row.unit_id))
            for row in rows
        ]


def read_organisations(session: Session, organisation_ids: Iterable[int]) -> list[ReadOrganisation]:
    """Return these organisations, as far as they exist."""
    found: list[ReadOrganisation] = []
    for some in parts(organisation_ids):
        is_root = and_(Unit.organisation_id == Organisation.id, Unit.parent_id.is_(None))
        query = select(Organisation, Unit.place_id).outerjoin(Unit, is_root)
        rows = session.execute(query.where(Organisation.id.in_(some)).order_by(Organisation.id))
        found += [ReadOrganisation(row.Organisation, row.place_id) for row in rows]
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
    query = select(Unit.id, Unit.parent_id, Unit.place_id).where(Unit.organisation_id.in_(organisation_ids))
    return effective_places(session.execute(query).all())


def _passages(session: Session, post_ids: Sequence[int], encoder_id: int) -> dict[int, list[bytes]]:
    rows = session.execute(
        select(Passage.post_id, Passage.vector)
        .where(Passage.post_id.in_(post_ids), Passage.encoder_id == encoder_id)
        .order_by(Passage.post_id, Passage.position)
    )
    by_post: dict[int, list[bytes]] = {}
    for row in rows:
        by_post.setdefault(row.post_id, []).append(row.vector)
    return by_post


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


def _only_matched(query: Select[Any]) -> Select[Any]:
    return query.where(
        Post.state == PostState.PUBLISHED,
        Organisation.state == OrganisationState.APPROVED,
        Organisation.merged_into_id.is_(None),
    )

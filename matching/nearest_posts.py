"""Ask PostgreSQL which posts are near, hard filters within the question: candidates, which are scored elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ARRAY, ColumnElement, Select, Text, and_, cast, func, literal, not_, or_, select, text
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from matching.answers import Filters
from matching.candidates import Acting
from matching.demand import Demand
from matching.nearness import Place as NearPlace
from matching.nearness import PlaceTable, distances_km
from matching.search import LEAST_SHARE_OF_WORDS, SearchFilters
from models.organisation import Organisation, OrganisationState, Unit
from models.place import Place
from models.post import Post, PostSide, Visibility, is_open_at
from models.post_vector import PostVector

# How many neighbours the index keeps in view, and after how many rows that the filters refuse it gives up. Whatever it
# then lacks is looked for exactly.
SEARCH_WIDTH = 200
MOST_SCANNED = 40_000
# So many of a text's weightiest words are looked up, and so many posts that have one of them.
RAREST_WORDS = 8
MOST_SHARING = 2000

Vectors = npt.NDArray[np.float32]
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Stored:
    """Which stored vectors are asked: those of one recipe, of one width."""

    recipe: str
    dimensions: int
    languages: frozenset[str]


@dataclass(frozen=True)
class Near:
    """A post that is near: `similarity` is the cosine, or that of the words."""

    post_id: int
    organisation_id: int
    similarity: float


def is_matched() -> ColumnElement[bool]:
    """Whose posts are matched at all; the twin of the index's rule, without the post's own state."""
    return and_(Organisation.state == OrganisationState.APPROVED, Organisation.merged_into_id.is_(None))


def allowed(
    session: Session, acting: Acting | None, filters: Filters, now: datetime, demand: Demand
) -> list[ColumnElement[bool]]:
    """Return the hard filters of a ranking as SQL, the twin of `candidates.eligible`."""
    conditions = [is_matched(), is_open_at(now), Post.visibility != Visibility.OWN_ORGANISATION]
    if demand.full_posts:
        conditions.append(Post.id.not_in(sorted(demand.full_posts)))
    if acting is None:
        return conditions
    conditions.append(Post.organisation_id.not_in([acting.organisation_id, *sorted(acting.dismissed)]))
    hidden = and_(Post.visibility == Visibility.OTHER_KINDS, Organisation.kind == acting.kind)
    conditions.append(not_(hidden))
    if filters.kinds:
        conditions.append(Organisation.kind.in_(filters.kinds))
    if filters.sectors:
        conditions.append(Organisation.sector.in_(filters.sectors))
    if filters.post_kinds:
        conditions.append(_has_posted(acting, filters))
    return conditions + _at_places(session, acting.places, filters.countries, filters.within_km)


def searched(session: Session, filters: SearchFilters, now: datetime) -> list[ColumnElement[bool]]:
    """Return the hard filters of a search as SQL."""
    conditions = [is_matched(), is_open_at(now)]
    if filters.kinds:
        conditions.append(Post.kind.in_(filters.kinds))
    if filters.sectors:
        conditions.append(Organisation.sector.in_(filters.sectors))
    if filters.organisation_kinds:
        conditions.append(Organisation.kind.in_(filters.organisation_kinds))
    first, last = filters.from_day or filters.open_on, filters.until_day or filters.open_on
    if first is not None:
        conditions.append(or_(Post.ends_on.is_(None), Post.ends_on >= first))
    if last is not None:
        conditions.append(or_(Post.starts_on.is_(None), Post.starts_on <= last))
    return conditions + _at_places(session, filters.near, filters.countries, filters.within_km)


def nearest(
    session: Session, stored: Stored, side: PostSide, vector: Vectors, conditions: Conditions, most: int
) -> list[Near]:
    """Return about the nearest posts in meaning, at most `most`; never fewer than pass the filters and `most` allow."""
    found = nearest_by_index(session, stored, side, vector, conditions, most)
    if len(found) < most:
        # The index gave up among rows that the filters refused. Few pass, so that all of them can be looked at.
        found = _rows_near(session, _nearest(stored, side, vector, conditions, most, is_exact=True))
    return found


def nearest_by_index(
    session: Session, stored: Stored, side: PostSide, vector: Vectors, conditions: Conditions, most: int
) -> list[Near]:
    """Return the same as far as the index tells it, which goes on looking while the filters refuse what it finds."""
    # Without this a filtered question is silently answered with too few rows.
    session.execute(text("SET LOCAL hnsw.iterative_scan = relaxed_order"))
    session.execute(text(f"SET LOCAL hnsw.ef_search = {SEARCH_WIDTH}"))
    session.execute(text(f"SET LOCAL hnsw.max_scan_tuples = {MOST_SCANNED}"))
    return _rows_near(session, _nearest(stored, side, vector, conditions, most, is_exact=False))


def sharing_words(
    session: Session,
    stored: Stored,
    side: PostSide,
    words: Mapping[str, float],
    conditions: Conditions,
    most: int,
    is_unknown_only: bool,
) -> list[Near]:
    """Return posts that share the weightiest words, best first; `is_unknown_only`: those without a usable vector."""
    if not words:
        return []
    rarest = sorted(words, key=lambda stem: -words[stem])[:RAREST_WORDS]
    query = with_any_word(_of_side(stored, side, conditions), rarest)
    if is_unknown_only:
        query = query.where(~_is_known(stored))
    columns = (PostVector.post_id, Post.organisation_id, PostVector.stems, PostVector.weights)
    found = []
    for row in session.execute(query.with_only_columns(*columns).limit(MOST_SHARING)):
        theirs = zip(row.stems.split(" "), np.frombuffer(row.weights, dtype=np.float32).tolist(), strict=True)
        similarity = sum(words.get(stem, 0.0) * weight for stem, weight in theirs)
        found.append(Near(row.post_id, row.organisation_id, similarity))
    return sorted(found, key=lambda one: (-one.similarity, one.post_id))[:most]


def posts_with_words(
    session: Session, stored: Stored, side: PostSide, stems: Sequence[str], conditions: Conditions, most: int
) -> list[int]:
    """Return ids of posts in which one of these words stands, the newest first."""
    query = with_any_word(_of_side(stored, side, conditions), stems)
    ids = query.with_only_columns(PostVector.post_id).order_by(PostVector.post_id.desc()).limit(most)
    return list(session.scalars(ids))


def needed_stems(words: Mapping[str, float]) -> list[str]:
    """Return the weightiest stems of a question: a post without any of them lacks too much of it to be found."""
    needed: list[str] = []
    missing = 0.0
    for stem in sorted(words, key=lambda one: -words[one]):
        needed.append(stem)
        missing += words[stem] ** 2
        if missing > 1 - LEAST_SHARE_OF_WORDS:
            break
    return needed


def with_any_word(query: Select[Any], stems: Sequence[str]) -> Select[Any]:
    """Keep posts in which one of these stems stands."""
    there = func.string_to_array(PostVector.stems, literal(" ", literal_execute=True))
    wanted = cast(array([literal(stem) for stem in stems]), ARRAY(Text))
    return query.where(there.op("&&")(wanted))


def _of_side(stored: Stored, side: PostSide, conditions: Conditions) -> Select[Any]:
    return (
        select(PostVector)
        .join(Post, Post.id == PostVector.post_id)
        .join(Organisation, Organisation.id == Post.organisation_id)
        # Written out, so that the planner sees that the index of this side and width will do.
        .where(
            PostVector.recipe == stored.recipe,
            PostVector.side == literal(side, PostVector.side.type, literal_execute=True),
            *conditions,
        )
    )


def _nearest(
    stored: Stored, side: PostSide, vector: Vectors, conditions: Conditions, most: int, is_exact: bool
) -> Select[Any]:
    distance = cast(PostVector.vector, VECTOR(stored.dimensions)).max_inner_product(vector)
    return (
        _of_side(stored, side, conditions)
        .where(PostVector.dimensions == literal(stored.dimensions, literal_execute=True), _is_known(stored))
        .with_only_columns(PostVector.post_id, Post.organisation_id, (-distance).label("similarity"))
        # No index answers a sum.
        .order_by(distance + 0 if is_exact else distance)
        .limit(most)
    )


def _rows_near(session: Session, query: Select[Any]) -> list[Near]:
    return [Near(row.post_id, row.organisation_id, row.similarity) for row in session.execute(query)]


def _is_known(stored: Stored) -> ColumnElement[bool]:
    is_known_language = func.left(func.lower(Post.language), 2).in_(sorted(stored.languages))
    return and_(PostVector.vector.is_not(None), is_known_language)


def _has_posted(acting: Acting, filters: Filters) -> ColumnElement[bool]:
    post, owner = aliased(Post), aliased(Organisation)
    shown = or_(post.visibility == Visibility.NETWORK, owner.kind != acting.kind)
    ids = select(post.organisation_id).join(owner, owner.id == post.organisation_id)
    return Post.organisation_id.in_(
        ids.where(
            post.state == "published",
            post.kind.in_(filters.post_kinds),
            post.visibility != Visibility.OWN_ORGANISATION,
            shown,
        )
    )


def _at_places(
    session: Session, near: Sequence[NearPlace], countries: frozenset[str], within_km: float | None
) -> list[ColumnElement[bool]]:
    """Where a post is: at its own place, or at that of its unit or of the nearest one above it."""
    if not countries and within_km is None:
        return []
    rows = session.execute(
        select(Place.id, Place.country, Place.region, Place.latitude, Place.longitude).order_by(Place.id)
    ).all()
    place = func.coalesce(Post.place_id, _place_of_unit())
    conditions: list[ColumnElement[bool]] = []
    if countries:
        conditions.append(place.in_([row.id for row in rows if row.country in countries]))
    if within_km is not None:
        table = PlaceTable(NearPlace(row.country, row.region, row.latitude, row.longitude) for row in rows)
        kilometres = np.full(len(rows), np.nan)
        for seeker in near:
            np.fmin(kilometres, distances_km(seeker, table), out=kilometres)
        close = [rows[number].id for number in np.flatnonzero(kilometres <= within_km).tolist()]
        conditions.append(or_(place.in_(close), Post.is_remote))
    return conditions


def _place_of_unit() -> ColumnElement[int | None]:
    """The place of the post's unit: a walk up the tree from it, as far as the first that has one."""
    start = (
        select(Unit.id, Unit.parent_id, Unit.place_id)
        .where(Unit.id == Post.unit_id)
        .correlate(Post)
        .cte("climb", recursive=True, nesting=True)
    )
    above = aliased(Unit)
    climb = start.union_all(
        select(above.id, above.parent_id, above.place_id)
        .join(start, above.id == start.c.parent_id)
        .where(start.c.place_id.is_(None))
    )
    found = select(climb.c.place_id).where(climb.c.place_id.is_not(None)).limit(1)
    return found.correlate(Post).scalar_subquery()

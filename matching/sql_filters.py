"""The hard filters of rankings and searches as SQL: twins of those that are asked of the columns in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ARRAY, ColumnElement, Integer, and_, any_, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from matching.answers import Filters
from matching.candidates import Acting
from matching.demand import Demand
from matching.nearness import Place as NearPlace
from matching.nearness import PlaceTable, distances_km
from matching.packed_columns import (
    doubles,
    integers,
    packed_doubles,
    packed_integers,
    packed_row,
    packed_words,
    words,
)
from matching.search import SearchFilters
from models.organisation import Organisation, OrganisationKind, OrganisationState, Unit
from models.place import Place
from models.post import Post, Visibility, is_open_at


def is_matched() -> ColumnElement[bool]:
    """Whose posts are matched at all; the twin of the index's rule, without the post's own state."""
    return and_(Organisation.state == OrganisationState.APPROVED, Organisation.merged_into_id.is_(None))


def is_shown_to(kind: OrganisationKind) -> ColumnElement[bool]:
    """Whether organisations of a kind may see a post of another one at all."""
    hidden = and_(Post.visibility == Visibility.OTHER_KINDS, Organisation.kind == kind)
    return and_(Post.visibility != Visibility.OWN_ORGANISATION, not_(hidden))


def allowed(
    session: Session, acting: Acting | None, filters: Filters, now: datetime, demand: Demand
) -> list[ColumnElement[bool]]:
    """Return the hard filters of a ranking as SQL, the twin of `candidates.eligible`."""
    conditions = [is_matched(), is_open_at(now)]
    if demand.full_posts:
        conditions.append(Post.id.not_in(sorted(demand.full_posts)))
    if acting is None:
        return [*conditions, Post.visibility != Visibility.OWN_ORGANISATION]
    unwanted = is_one_of(Post.organisation_id, {acting.organisation_id, *acting.dismissed})
    conditions += [not_(unwanted), is_shown_to(acting.kind)]
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


def is_one_of(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """The same as `in_`, as one parameter: a thousand of them take longer to write than to answer."""
    is_one: ColumnElement[bool] = column == any_(literal(sorted(ids), ARRAY(Integer)))
    return is_one


def is_at(session: Session, place_ids: Collection[int]) -> ColumnElement[bool]:
    """Where a post is: at its own place, or at that of its unit or of the nearest one above it."""
    # Walked down from the units that stand at these places, once a question and not once a post.
    here = select(Unit.id).where(is_one_of(Unit.place_id, place_ids)).cte("here", recursive=True)
    below = aliased(Unit)
    here = here.union_all(
        select(below.id).join(here, below.parent_id == here.c.id).where(below.place_id.is_(None))
    )
    units = session.scalars(select(here.c.id)).all()
    return or_(
        is_one_of(Post.place_id, place_ids), and_(Post.place_id.is_(None), is_one_of(Post.unit_id, units))
    )


def all_places(session: Session) -> tuple[npt.NDArray[np.int64], PlaceTable]:
    """Return the ids of all places, rising, and the places, in this order."""
    columns = (packed_integers(Place.id), packed_words(Place.country), packed_words(Place.region))
    degrees = (packed_doubles(Place.latitude), packed_doubles(Place.longitude))
    ids, countries, regions, north, east = packed_row(session, select(*columns, *degrees))
    order = np.argsort(integers(ids), kind="stable")
    table = PlaceTable.of_columns(
        np.array(words(countries), dtype=np.str_)[order],
        np.array(words(regions), dtype=np.str_)[order],
        np.stack([doubles(north), doubles(east)], axis=1)[order],
    )
    return integers(ids)[order], table


def _at_places(
    session: Session, near: Sequence[NearPlace], countries: frozenset[str], within_km: float | None
) -> list[ColumnElement[bool]]:
    if not countries and within_km is None:
        return []
    ids, places = all_places(session)
    conditions: list[ColumnElement[bool]] = []
    if countries:
        there = np.flatnonzero(np.isin(places.countries, sorted(countries)))
        conditions.append(is_at(session, ids[there].tolist()))
    if within_km is not None:
        kilometres = np.full(len(ids), np.nan)
        for seeker in near:
            np.fmin(kilometres, distances_km(seeker, places), out=kilometres)
        close = ids[kilometres <= within_km].tolist()
        conditions.append(or_(is_at(session, close), Post.is_remote))
    return conditions

"""The home of the vectors where PostgreSQL holds them: each question reads what it needs, and nothing is kept.

So every process and every machine tells what was committed last. A small market is read whole. Of a large one those
organisations are read, with all their posts, whose posts are near to ours; they are then scored by the same code as
those of the index in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, LargeBinary, Row, Select, and_, func, select, true
from sqlalchemy.orm import Session

from matching import reading
from matching.answers import Filters
from matching.calibration import load_calibration
from matching.candidates import Acting, OwnPosts
from matching.columns import POST, Columns, post_columns
from matching.demand import Demand
from matching.market import Market
from matching.nearest_posts import (
    Near,
    Stored,
    allowed,
    is_matched,
    nearest,
    needed_stems,
    posts_with_words,
    searched,
    sharing_words,
)
from matching.passages import active_encoder
from matching.search import SearchFilters
from matching.side_table import SideTable
from matching.stored_vectors import MadeVector, made_vectors, missing_posts, recipe_of, sent_vectors
from models.changelog import Change
from models.organisation import Organisation, Unit
from models.passage import EncoderRecord
from models.post import Post, PostSide, PostState
from models.post_vector import PostVector

# A market of so many posts is read whole: reading it costs about as much as asking for neighbours.
SMALL_MARKET = 2000
# For each of our posts so many neighbours, in meaning and by words; and in all so many organisations.
NEIGHBOURS = 200
MOST_ORGANISATIONS = 600
MOST_FOUND = 1000
# After the constants of the ranking changed all vectors are missing until the worker has made them; a page that made
# more than so many for itself would never end.
MOST_MISSING = 5000

logger = logging.getLogger("counterpart.matching")

Vectors = npt.NDArray[np.float32]
Texts = list[tuple[int, dict[str, float]]]
Part = tuple[Columns, Vectors, Texts]


class DatabaseHome:
    """Opens a market for each question. Holds nothing of the database but which recipes are complete."""

    def __init__(self, languages: frozenset[str] = frozenset({"en"})) -> None:
        """`languages` are those that the encoder knows (ISO 639-1); other posts are compared by words only."""
        self._languages = languages
        self._complete: set[str] = set()

    def knows(self, language: str) -> bool:
        """Whether the encoder understands a text in this language."""
        return language[:2].lower() in self._languages

    @contextmanager
    def fresh(self, session: Session) -> Iterator[DatabaseMarket]:
        """A market that is as true as the database, good inside the block."""
        encoder = active_encoder(session)
        waiting: set[int] = set() if encoder is None else self._waiting(session, encoder)
        yield DatabaseMarket(session, self._languages, encoder, waiting)

    def refresh(self, session: Session) -> None:
        """There is nothing to do before the first question."""

    def _waiting(self, session: Session, encoder: EncoderRecord) -> set[int]:
        """Posts whose stored vector must not be believed: changed since, or never made."""
        changed = select(Change.post_id).where(~Change.is_taken_in, Change.post_id.is_not(None))
        waiting = {post_id for post_id in session.scalars(changed) if post_id is not None}
        recipe = recipe_of(encoder)
        if recipe not in self._complete:
            # Once nothing is missing nothing will be: every later post has its row in the changelog.
            missing = set(session.scalars(missing_posts(encoder).limit(MOST_MISSING)))
            if len(missing) == MOST_MISSING:
                logger.warning("many posts have no vector yet; they are found when the worker has made them")
            if missing <= waiting:
                self._complete.add(recipe)
            waiting |= missing
        return waiting


class DatabaseMarket(Market):
    """What was read for one question."""

    def __init__(
        self,
        session: Session,
        languages: frozenset[str],
        encoder: EncoderRecord | None,
        waiting: set[int],
    ) -> None:
        super().__init__(languages)
        self._session = session
        self._encoder = encoder
        self._waiting = waiting
        dimensions = 1
        if encoder is not None:
            dimensions = encoder.dimensions
            self.encoder_id, self.encoder_key = encoder.id, encoder.key
            self.calibration = load_calibration(encoder.key, encoder.dimensions)
            self._stored = Stored(recipe_of(encoder), dimensions, languages)
        self.sides: dict[PostSide, SideTable] = {side: SideTable(dimensions) for side in PostSide}
        self._parts: dict[PostSide, list[Part]] = {side: [] for side in PostSide}
        self._held: set[int] = set()

    def hold(self, post_ids: Iterable[int]) -> None:
        """Read these posts, as far as they are matched."""
        wanted = sorted(set(post_ids) - self._held)
        if wanted:
            self._read(Post.id.in_(wanted))

    def gather(
        self, own: Sequence[OwnPosts], acting: Acting | None, filters: Filters, now: datetime, demand: Demand
    ) -> None:
        """Read the organisations that may answer our posts, with all their posts."""
        if self._encoder is None:
            return
        if self._is_small():
            self._read(true())
            return
        conditions = allowed(self._session, acting, filters, now, demand)
        near = [self._neighbours(posts, conditions) for posts in own]
        ids = _strongest([self._strengths(*one) for one in zip(own, near, strict=True)])
        waiting = select(Post.organisation_id).where(Post.id.in_(sorted(self._waiting)))
        ids |= set(self._session.scalars(waiting)) if self._waiting else set()
        ids |= frozenset() if acting is None else acting.always
        self._read(Post.organisation_id.in_(sorted(ids)))

    def gather_found(
        self, vector: Vectors | None, words: Mapping[str, float], filters: SearchFilters, now: datetime
    ) -> None:
        """Read the posts that a question may find."""
        if self._encoder is None:
            return
        if self._is_small():
            self._read(true())
            return
        conditions = searched(self._session, filters, now)
        found: set[int] = set(self._waiting)
        for side in filters.sides or PostSide:
            if vector is not None:
                placed = self.calibration.facing(vector, side)
                near = nearest(self._session, self._stored, side, placed, conditions, MOST_FOUND)
                found |= {one.post_id for one in near}
            stems = needed_stems(words)
            found |= set(posts_with_words(self._session, self._stored, side, stems, conditions, MOST_FOUND))
        self.hold(found)

    def _is_small(self) -> bool:
        some = select(PostVector.post_id).where(PostVector.recipe == self._stored.recipe)
        counted = select(func.count()).select_from(some.limit(SMALL_MARKET + 1).subquery())
        return (self._session.scalar(counted) or 0) + len(self._waiting) <= SMALL_MARKET

    def _neighbours(self, own: OwnPosts, conditions: Sequence[ColumnElement[bool]]) -> list[list[Near]]:
        """Return, for each of our posts, who is near: in meaning, and by words where meaning is not compared."""
        found = []
        side = own.side.opposite
        for row in range(len(own.posts)):
            is_comparable = bool(own.is_comparable[row])
            near: list[Near] = []
            if is_comparable:
                near = nearest(self._session, self._stored, side, own.vectors[row], conditions, NEIGHBOURS)
            near += sharing_words(
                self._session, self._stored, side, own.words[row], conditions, NEIGHBOURS, is_comparable
            )
            found.append(near)
        return found

    def _strengths(self, own: OwnPosts, near: list[list[Near]]) -> dict[int, float]:
        """Return, for each organisation that is near, how well its best posts fit ours, weighed, in [0, 1]."""
        weights = own.posts["weight"] / max(float(own.posts["weight"].sum()), 1e-9)
        strengths: dict[int, float] = {}
        for weight, some in zip(weights.tolist(), near, strict=True):
            best: dict[int, float] = {}
            for one in some:
                best[one.organisation_id] = max(best.get(one.organisation_id, -1.0), one.similarity)
            cosines = np.array(list(best.values()), dtype=np.float32)
            fits = self.calibration.probability(cosines, np.zeros_like(cosines))
            for organisation_id, fit in zip(best, fits.tolist(), strict=True):
                strengths[organisation_id] = strengths.get(organisation_id, 0.0) + weight * fit
        return strengths

    def _read(self, wanted: ColumnElement[bool]) -> None:
        """Read posts with their organisations and places, besides those that are held already."""
        session = self._session
        if self._encoder is None:
            return
        rows = [row for row in session.execute(self._query(wanted)) if row.id not in self._held]
        if not rows:
            return
        owners = {row.organisation_id for row in rows}
        self.take_in_organisations(session, owners - self._owners.keys())
        units = select(Unit.id, Unit.parent_id, Unit.place_id).where(Unit.organisation_id.in_(owners))
        places = reading.effective_places(session.execute(units).all())
        place_ids = {row.id: row.place_id or places.get(row.unit_id) for row in rows}
        self.take_in_places(session, set(place_ids.values()))
        unstored = {row.id for row in rows if row.recipe is None or row.id in self._waiting}
        made = made_vectors(session, unstored, self._encoder, self.calibration)
        for side in PostSide:
            self._put(side, [row for row in rows if row.side is side], made, place_ids)
        self._held |= {row.id for row in rows}

    def _put(
        self,
        side: PostSide,
        rows: Sequence[Row[Any]],
        made: Mapping[int, MadeVector],
        place_ids: Mapping[int, int | None],
    ) -> None:
        if not rows:
            return
        rows = sorted(rows, key=lambda row: (self._owners[row.organisation_id], row.id))
        vectors = np.zeros((len(rows), self._stored.dimensions), dtype=np.float32)
        stored = [number for number, row in enumerate(rows) if row.id not in made and row.sent is not None]
        if stored:
            vectors[stored] = sent_vectors((rows[number].sent for number in stored), vectors.shape[1])
        has_vector = np.zeros(len(rows), dtype=np.bool_)
        has_vector[stored] = True
        texts: Texts = []
        for number, row in enumerate(rows):
            one = made.get(row.id)
            if one is None:
                texts.append((row.id, _words_of(row)))
                continue
            texts.append((row.id, dict(one.words)))
            if one.vector is not None:
                vectors[number], has_vector[number] = one.vector, True
        columns = [
            post_columns(
                row,
                self._owners[row.organisation_id],
                self.place_row(place_ids[row.id]),
                bool(has_vector[number]) and self.knows(row.language),
            )
            for number, row in enumerate(rows)
        ]
        parts = self._parts[side]
        parts.append((np.array(columns, dtype=POST), vectors, texts))
        table = SideTable(vectors.shape[1])
        table.fill(
            np.concatenate([posts for posts, _, _ in parts]),
            np.concatenate([some for _, some, _ in parts]),
            [text for _, _, some_texts in parts for text in some_texts],
        )
        self.sides[side] = table

    def _query(self, wanted: ColumnElement[bool]) -> Select[Any]:
        of_recipe = and_(PostVector.post_id == Post.id, PostVector.recipe == self._stored.recipe)
        return (
            select(
                *reading.POST_COLUMNS,
                PostVector.recipe,
                PostVector.stems,
                PostVector.weights,
                func.vector_send(PostVector.vector, type_=LargeBinary).label("sent"),
            )
            .join(Organisation, Organisation.id == Post.organisation_id)
            .outerjoin(PostVector, of_recipe)
            .where(Post.state == PostState.PUBLISHED, is_matched(), wanted)
        )


def _words_of(row: Row[Any]) -> dict[str, float]:
    stems = row.stems.split(" ") if row.stems else []
    return dict(zip(stems, np.frombuffer(row.weights, dtype=np.float32).tolist(), strict=True))


def _strongest(directions: Sequence[Mapping[int, float]]) -> set[int]:
    """Return the organisations that are strong one way, or both ways together."""
    everybody = {organisation_id for strengths in directions for organisation_id in strengths}
    if len(everybody) <= MOST_ORGANISATIONS:
        return everybody
    chosen: set[int] = set()
    lists = [dict(strengths) for strengths in directions]
    lists.append({one: min(s.get(one, 0.0) for s in directions) for one in everybody})
    for strengths in lists:
        best = sorted(strengths, key=lambda one: (-strengths[one], one))
        chosen |= set(best[: MOST_ORGANISATIONS // len(lists)])
    return chosen

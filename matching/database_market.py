"""The home of the vectors where PostgreSQL holds them: each question reads what it needs, and nothing is kept.

So every process and every machine tells what was committed last. A small market is read whole. In a larger one the
database compares meanings, and those organisations are read, with all posts that we may see, that may be among the
first of a list; they are then scored by the same code as those of the index in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true
from sqlalchemy.orm import Session

from matching import reading
from matching.answers import Filters
from matching.calibration import load_calibration
from matching.candidates import OwnPosts, Question
from matching.columns import SIDES
from matching.demand import NO_DEMAND
from matching.first_look import Looked, best_organisations, look, places_of_units
from matching.looked_vectors import ReadPosts, side_table
from matching.market import Market, Readings
from matching.named_organisations import (
    NEIGHBOURS,
    named_by_meaning,
    named_by_standing,
    named_by_words,
    named_only_by_words,
)
from matching.nearest_posts import (
    Stored,
    nearest,
    needed_stems,
    posts_with_words,
    settle,
)
from matching.nearness import nearness
from matching.passages import active_encoder
from matching.search import SearchFilters
from matching.side_table import SideTable
from matching.sql_filters import all_places, allowed, is_one_of, is_shown_to, searched
from matching.stored_posts import StoredPosts, read_stored, read_vectors, spread_words, words_of_rows
from matching.stored_vectors import MadeVector, made_vectors, missing_posts, recipe_of
from matching.usual_words import mean_weights
from models.changelog import Change
from models.organisation import Organisation, Unit
from models.passage import EncoderRecord
from models.post import Post, PostSide
from models.post_vector import PostVector

# A market of so many posts is read whole: reading it costs about as much as asking for neighbours.
SMALL_MARKET = 2000
# Where at most so many posts pass the filters, all of them are looked at; of more, those of named organisations.
MOST_LOOKED_AT = 250_000
# A search finds at most so many posts of a side in meaning, and as many by words.
MOST_FOUND = 1000
# After the constants of the ranking changed all vectors are missing until the worker has made them; a page that made
# more than so many for itself would never end.
MOST_MISSING = 5000

logger = logging.getLogger("counterpart.matching")

Vectors = npt.NDArray[np.float32]


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
        self._parts: dict[PostSide, list[ReadPosts]] = {side: [] for side in PostSide}
        self._looked: dict[PostSide, Looked] = {}
        self._held: set[int] = set()

    def hold(self, post_ids: Iterable[int]) -> None:
        """Read these posts, as far as they are matched."""
        wanted = set(post_ids) - self._held
        if wanted:
            self._read(is_one_of(Post.id, wanted))

    def gather(self, own: Sequence[OwnPosts], question: Question) -> None:
        """Read the organisations that may be among the first answers to our posts, with all posts that they show us."""
        if self._read_if_small():
            return
        settle(self._session)
        ids = self._worth_comparing(own, question) | question.acting.always | question.recorded.between.keys()
        waiting = select(Post.organisation_id).where(is_one_of(Post.id, self._waiting))
        ids |= set(self._session.scalars(waiting)) if self._waiting else set()
        ids -= question.acting.dismissed
        # What they do not show to us is compared with nothing: it may be a third of what they have.
        seen = or_(is_shown_to(question.acting.kind), is_one_of(Post.organisation_id, question.acting.always))
        self._read(and_(is_one_of(Post.organisation_id, ids), seen), with_vectors=False)

    def gather_near(self, own: Sequence[OwnPosts], now: datetime) -> None:
        """Read the open posts that are nearest to these, whoever looks."""
        if self._read_if_small():
            return
        settle(self._session)
        conditions = allowed(self._session, None, Filters(), now, NO_DEMAND)
        found: set[int] = set()
        for posts in own:
            vectors = posts.vectors[posts.is_comparable]
            side = posts.side.opposite
            near = nearest(self._session, self._stored, side, vectors, conditions, NEIGHBOURS)
            found |= {one.post_id for one in near}
        self.hold(found)

    def usual_words(self, side: PostSide) -> dict[str, float]:
        """Return the mean weight of each stem in posts of one side that are spread over all that others may see."""
        return mean_weights(spread_words(self._session, self._stored, side, self._waiting))

    def gather_found(
        self, vector: Vectors | None, readings: Readings, filters: SearchFilters, now: datetime
    ) -> None:
        """Read the posts that a question may find."""
        if self._read_if_small():
            return
        settle(self._session)
        conditions = searched(self._session, filters, now)
        stems = sorted({stem for words in readings for stem in needed_stems(words)})
        found: set[int] = set(self._waiting)
        for side in filters.sides or PostSide:
            if vector is not None:
                placed = self.calibration.facing(vector, side).reshape(1, -1)
                near = nearest(self._session, self._stored, side, placed, conditions, MOST_FOUND)
                found |= {one.post_id for one in near}
            found |= set(posts_with_words(self._session, self._stored, side, stems, conditions, MOST_FOUND))
        self.hold(found)

    def _read_if_small(self) -> bool:
        """Read a small market whole, and return whether there is nothing more to read."""
        if self._encoder is not None and self._is_small():
            self._read(true())
            return True
        return self._encoder is None

    def _is_small(self) -> bool:
        return self._counts(self._all_stored(), SMALL_MARKET - len(self._waiting))

    def _is_looked_at_whole(self, passing: Select[Any]) -> bool:
        """Whether no more posts are stored, or pass the filters, than are ever looked at."""
        # Ids count up from 1. The greatest is told at once, while counting reads all of them.
        greatest = select(PostVector.post_id).order_by(PostVector.post_id.desc()).limit(1)
        if (self._session.scalar(greatest) or 0) <= MOST_LOOKED_AT:
            return True
        return self._counts(self._all_stored(), MOST_LOOKED_AT) or self._counts(passing, MOST_LOOKED_AT)

    def _all_stored(self) -> Select[Any]:
        return select(PostVector.post_id).where(PostVector.recipe == self._stored.recipe)

    def _counts(self, query: Select[Any], most: int) -> bool:
        """Whether a query has at most so many rows."""
        counted = select(func.count()).select_from(query.limit(max(most, 0) + 1).subquery())
        return (self._session.scalar(counted) or 0) <= most

    def _worth_comparing(self, own: Sequence[OwnPosts], question: Question) -> set[int]:
        """Return the organisations that may be among the first of a list."""
        session, stored, acting = self._session, self._stored, question.acting
        conditions = allowed(session, acting, question.filters, question.now, question.demand)
        ids, places = all_places(session)
        near = (ids, nearness(acting.places, places, acting.named))
        by_words = named_only_by_words(session, stored, own, conditions)
        passing = (
            select(Post.id).join(Organisation, Organisation.id == Post.organisation_id).where(*conditions)
        )
        if not self._is_looked_at_whole(passing):
            by_words |= named_by_words(session, stored, own, conditions)
            named = by_words | named_by_meaning(session, stored, own, conditions)
            named |= named_by_standing(session, near, conditions, question.weights)
            conditions = [*conditions, is_one_of(Post.organisation_id, named)]
        units = places_of_units(session)
        looked = [look(session, stored, posts, conditions, units) for posts in own]
        self._looked = {posts.side.opposite: one for posts, one in zip(own, looked, strict=True)}
        return by_words | best_organisations(self.calibration, own, looked, near, question.weights)

    def _read(self, wanted: ColumnElement[bool], with_vectors: bool = True) -> None:
        """Read posts with their organisations and places, besides those that are held already."""
        session = self._session
        if self._encoder is None:
            return
        unheld = and_(wanted, not_(is_one_of(Post.id, self._held)))
        found = read_stored(session, self._stored, unheld, with_vectors)
        if not len(found):
            return
        owners, owner_rows = np.unique(found.organisation_ids, return_inverse=True)
        columns = found.columns
        columns["place"] = self._place_rows_of(found, owners.tolist())
        self.take_in_organisations(session, set(owners.tolist()) - self._owners.keys())
        columns["owner"] = np.array([self._owners[one] for one in owners.tolist()])[owner_rows]
        unstored = ~found.has_row | np.isin(columns["id"], sorted(self._waiting))
        made: dict[int, MadeVector] = {}
        if unstored.any():
            made = made_vectors(session, columns["id"][unstored].tolist(), self._encoder, self.calibration)
        has_vector, vectors = found.has_vector, found.vectors
        if vectors is None:
            vectors = np.zeros((len(found), self._stored.dimensions), dtype=np.float32)
        for row in np.flatnonzero(unstored).tolist():
            one = made.get(int(columns["id"][row]))
            if one is not None:
                has_vector[row] = one.vector is not None
                vectors[row] = 0 if one.vector is None else one.vector
        columns["is_known_language"] &= has_vector
        # No vector is needed of posts whose meaning is not compared.
        is_read = unstored | ~columns["is_known_language"] | with_vectors
        for number, side in enumerate(SIDES):
            rows = np.flatnonzero(found.sides == number)
            if len(rows):
                rows = rows[np.lexsort((columns["id"][rows], columns["owner"][rows]))]
                words = words_of_rows(found.words, rows)
                texts = [(post_id, dict(one.words)) for post_id, one in made.items() if one.side is side]
                read = is_read[rows]
                self._put(side, ReadPosts(columns[rows], vectors[rows[read]], read, words, texts))
        self._held |= set(columns["id"].tolist())

    def _place_rows_of(self, found: StoredPosts, owners: list[int]) -> npt.NDArray[np.int64]:
        """Return the row of each post's place: its own, or that of its unit or of the nearest one above it.

        The places of all their units are read with them, so that those of the organisations are known then.
        """
        units = select(Unit.id, Unit.parent_id, Unit.place_id).where(is_one_of(Unit.organisation_id, owners))
        of_units = reading.effective_places(self._session.execute(units).all())
        place_ids = [
            of_units.get(unit_id) if own < 0 else own
            for own, unit_id in zip(found.place_ids.tolist(), found.columns["unit_id"].tolist(), strict=True)
        ]
        self.take_in_places(self._session, {*place_ids, *of_units.values()})
        return np.array([self.place_row(one) for one in place_ids])

    def _read_vectors(self, post_ids: npt.NDArray[np.int64]) -> Vectors:
        return read_vectors(self._session, self._stored, post_ids)

    def _put(self, side: PostSide, part: ReadPosts) -> None:
        parts = self._parts[side]
        parts.append(part)
        self.sides[side] = side_table(
            parts, self._stored.dimensions, self._looked.get(side), self._read_vectors
        )

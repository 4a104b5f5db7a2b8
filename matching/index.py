"""The index: vectors, words and filter columns of all matched posts, in memory, kept true through the changelog.

The database is the truth and this can be thrown away at any time. One index serves one process: create it after the
fork, share it between threads. It answers with ids only; whoever shows a record loads it through its policy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching import reading
from matching.calibration import load_calibration, post_vectors
from matching.candidates import OWN_ORGANISATION
from matching.columns import POST, Columns, post_columns
from matching.index_file import Belonging, KeptIndex, read_index, write_index
from matching.market import Market, Readings, Vectors
from matching.passages import active_encoder
from matching.recipe import fingerprint
from matching.shortlist import Shortlist, shortlist
from matching.side_table import SideTable
from matching.usual_words import spread_ids
from matching.words import packed_weights
from models.changelog import Change
from models.database import is_writing
from models.passage import EncoderRecord
from models.post import PostSide, matching_text_of

logger = logging.getLogger(__name__)

# From so many posts on, an index is kept on disk: fewer are read in two seconds. After a start that had to catch up
# with so many changes it is kept anew.
KEPT_FROM = 5_000
MANY_CHANGES = 2_000
# So many posts are read before they are taken in: what is read of them is far larger than what is kept.
POSTS_AT_ONCE = 10_000
# A side of so many posts gets a coarse copy of its vectors, so that a ranking need not compare all of them.
COARSE_FROM = 60_000

if TYPE_CHECKING:
    from matching.candidates import OwnPosts, Question
    from matching.search import SearchFilters


class Index(Market):
    """Posts of both sides, their organisations and places. Read it only inside `fresh`, which holds the lock."""

    def __init__(
        self,
        languages: frozenset[str] = frozenset({"en"}),
        folder: Path | None = None,
        kept_from: int = KEPT_FROM,
    ) -> None:
        """`languages` are those that the encoder knows (ISO 639-1); other posts are compared by words only.

        In `folder` an index of at least `kept_from` posts is kept for the next start; None: nowhere.
        """
        super().__init__(languages)
        self._folder = folder
        self._kept_from = kept_from
        self._lock = RLock()
        self._sequence = 0
        self.sides: dict[PostSide, SideTable] = {}
        self._usual_words: dict[PostSide, dict[str, float]] = {}
        self._empty(dimensions=1)

    def __len__(self) -> int:
        return sum(len(table.posts) for table in self.sides.values())

    @contextmanager
    def fresh(self, session: Session) -> Iterator[Market]:
        """Take in what the changelog says changed, and hold the lock while the caller reads."""
        with self._lock:
            self._refresh(session)
            yield self

    def refresh(self, session: Session) -> None:
        """Take in what the changelog says changed, as the session's snapshot shows it."""
        with self.fresh(session):
            pass

    def hold(self, post_ids: Iterable[int]) -> None:
        """Every matched post is at hand."""

    def gather(self, own: Sequence[OwnPosts], question: Question) -> None:
        """Every matched post is at hand."""

    def gather_near(self, own: Sequence[OwnPosts], now: datetime) -> None:
        """Every matched post is at hand."""

    def shortlist(self, own: Sequence[OwnPosts], question: Question) -> Shortlist | None:
        """Return who may be among the best, by a coarse look; None in a smaller market."""
        tables = [self.sides[posts.side.opposite] for posts in own]
        return shortlist(self, tables, own, question)

    def usual_words(self, side: PostSide) -> dict[str, float]:
        """Return the mean weight of each stem in posts of one side that are spread over all that others may see."""
        if side not in self._usual_words:
            largest = max(int(table.column("id").max(initial=0)) for table in self.sides.values())
            table = self.sides[side]
            is_spread = np.isin(table.column("id"), spread_ids(largest))
            is_spread &= table.column("visibility") != OWN_ORGANISATION
            self._usual_words[side] = table.words.mean_of(table.word_rows[is_spread])
        return self._usual_words[side]

    def gather_found(
        self, vector: Vectors | None, readings: Readings, filters: SearchFilters, now: datetime
    ) -> None:
        """Every matched post is at hand."""

    def _refresh(self, session: Session) -> None:
        if is_writing(session):
            raise RuntimeError("the index must not take in what may still be rolled back")
        encoder = active_encoder(session)
        # The last change is read before the posts: what is committed in between is then read again next time.
        latest = session.scalar(select(func.max(Change.seq))) or 0
        if encoder is None:
            return
        if encoder.id != self.encoder_id:
            self._fill(session, encoder, latest)
        if latest > self._sequence:
            self._apply(session, encoder, latest)
        self._sequence = max(self._sequence, latest)

    def _fill(self, session: Session, encoder: EncoderRecord, latest: int) -> None:
        self._empty(encoder.dimensions)
        # Named at the end only: a filling that failed half-way is begun again at the next look.
        self.encoder_id, self.encoder_key = None, ""
        self.calibration = load_calibration(encoder.key, encoder.dimensions)
        self._sequence = 0
        if not self._start_from_folder(session, encoder):
            self._take_in_all(session, encoder)
            self._sequence = latest
            self._keep(session, encoder)
        elif latest - self._sequence > MANY_CHANGES:
            self._apply(session, encoder, latest)
            self._sequence = latest
            self._keep(session, encoder)
        self.encoder_id, self.encoder_key = encoder.id, encoder.key

    def _take_in_all(self, session: Session, encoder: EncoderRecord) -> None:
        wanted = reading.matched_post_ids(session)
        for start in range(0, len(wanted), POSTS_AT_ONCE):
            self._take_in(session, encoder, [], wanted[start : start + POSTS_AT_ONCE])
        for table in self.sides.values():
            table.order_by_owner()
        self._keep_coarse()

    def _start_from_folder(self, session: Session, encoder: EncoderRecord) -> bool:
        """Begin with what was kept, if it was kept from this database."""
        kept = None if self._folder is None else read_index(self._folder, self._belonging(encoder))
        if kept is None or kept.last_change != last_change(session, kept.sequence):
            return False
        self.sides, self.organisations = kept.sides, kept.organisations
        self.know(kept.place_rows, kept.places)
        self._sequence = kept.sequence
        return True

    def _keep(self, session: Session, encoder: EncoderRecord) -> None:
        # Without a change, nothing tells this database from another.
        if self._folder is None or len(self) < self._kept_from or not self._sequence:
            return
        place_rows, places = self.known_places()
        kept = KeptIndex(
            sequence=self._sequence,
            last_change=last_change(session, self._sequence),
            sides=self.sides,
            organisations=self.organisations,
            place_rows=place_rows,
            places=places,
        )
        try:
            write_index(self._folder, self._belonging(encoder), kept)
        except OSError:
            # A full disk makes the next start slow, which is no reason to refuse this one.
            logger.exception("the index could not be kept in %s", self._folder)

    def _belonging(self, encoder: EncoderRecord) -> Belonging:
        return Belonging(
            encoder_id=encoder.id,
            encoder_key=encoder.key,
            calibration=fingerprint(self.calibration),
            languages=" ".join(sorted(self.languages)),
        )

    def _apply(self, session: Session, encoder: EncoderRecord, latest: int) -> None:
        post_ids, organisation_ids = reading.changed_posts(session, self._sequence, latest)
        if organisation_ids:
            post_ids |= set(reading.matched_post_ids(session, organisation_ids))
            for table in self.sides.values():
                owners = self.organisations["id"][table.posts["owner"]]
                post_ids |= set(table.posts["id"][np.isin(owners, list(organisation_ids))].tolist())
            known = organisation_ids & self._owners.keys()
            self.take_in_organisations(session, known)
        self._take_in(session, encoder, list(post_ids), post_ids)
        self._keep_coarse()

    def _take_in(
        self, session: Session, encoder: EncoderRecord, gone: Sequence[int], wanted: Iterable[int]
    ) -> None:
        """Read everything first and change the tables afterwards, so that a failing query leaves them as they were."""
        self._usual_words = {}
        added = {side: _Added(self._dimensions) for side in PostSide}
        for read in reading.read_posts(session, wanted, encoder.id):
            owners = {row.organisation_id for row in read.rows}
            self.take_in_organisations(session, owners - self._owners.keys())
            self.take_in_places(session, set(read.place_ids))
            columns, vectors = self._columns(read), self._vectors(read)
            for side, posts in added.items():
                numbers = [number for number, row in enumerate(read.rows) if row.side is side]
                of_side = columns[numbers]
                posts.columns.append(of_side)
                posts.vectors.append(self.calibration.placed(vectors[numbers], side, of_side["kind"]))
                posts.texts += [
                    (matching_text_of(row.title, row.text), row.language)
                    for row in (read.rows[number] for number in numbers)
                ]
        for side, posts in added.items():
            words = packed_weights(posts.texts)
            self.sides[side].replace(
                gone, np.concatenate(posts.columns), np.concatenate(posts.vectors), words
            )

    def _keep_coarse(self) -> None:
        """Have a coarse copy beside a large table, made anew when most of what is in it is of the past."""
        for table in self.sides.values():
            if len(table) >= COARSE_FROM and (table.coarse is None or len(table.coarse) > 2 * len(table)):
                table.make_coarse()

    def _columns(self, read: reading.ReadPosts) -> Columns:
        has_passages = np.diff(read.first) > 0
        rows = [
            post_columns(
                row,
                self._owners[row.organisation_id],
                self.place_row(place_id),
                # A post that still waits for the serving encoder is compared like one in a language it does not know.
                bool(has_some) and self.knows(row.language),
            )
            for row, place_id, has_some in zip(read.rows, read.place_ids, has_passages, strict=True)
        ]
        return np.array(rows, dtype=POST)

    def _vectors(self, read: reading.ReadPosts) -> Vectors:
        """Return the vector that stands for each post, not yet placed; of zeros where it has no passages."""
        has_passages = np.diff(read.first) > 0
        vectors = np.zeros((len(read.rows), self._dimensions), dtype=np.float32)
        if has_passages.any():
            first = np.append(read.first[:-1][has_passages], read.first[-1])
            vectors[has_passages] = post_vectors(read.passages, first)
        return vectors

    def _empty(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self.sides = {side: SideTable(dimensions) for side in PostSide}
        self._usual_words = {}
        self.forget_everyone()


class _Added:
    """Posts of one side that were read and wait to be taken in."""

    def __init__(self, dimensions: int) -> None:
        self.columns: list[Columns] = [np.empty(0, dtype=POST)]
        self.vectors: list[Vectors] = [np.empty((0, dimensions), dtype=np.float32)]
        self.texts: list[tuple[str, str]] = []


def last_change(session: Session, sequence: int) -> str:
    """Return what tells this change of the changelog apart from one of the same number in another database."""
    row = session.execute(
        select(Change.post_id, Change.organisation_id, Change.at).where(Change.seq == sequence)
    ).one_or_none()
    return "" if row is None else f"{row.post_id} {row.organisation_id} {row.at.isoformat()}"

"""What a ranking looks at: posts of both sides with their organisations and places, wherever they were read from.

Two homes fill it: `matching.index` keeps every post in memory, `matching.database_market` reads those that a question
needs from PostgreSQL. Everything that scores them is the same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from matching import reading
from matching.calibration import Calibration, load_calibration
from matching.columns import ORGANISATION, Columns, organisation_columns
from matching.nearness import Place, PlaceTable
from models.post import PostSide

if TYPE_CHECKING:
    from matching.candidates import OwnPosts, Question
    from matching.search import SearchFilters
    from matching.shortlist import Shortlist

Vectors = npt.NDArray[np.float32]
# The weights of a question's words, in each language in which it is read.
Readings = Sequence[Mapping[str, float]]


class Rows(Protocol):
    """The vectors of one side; row i is that of the i-th post."""

    dimensions: int

    def rows(self, numbers: npt.NDArray[np.intp]) -> Vectors: ...

    def products(self, vectors: Vectors, rows: npt.NDArray[np.intp] | None = None) -> Vectors: ...


class Words(Protocol):
    """The word weights of one side, as `WordTable` answers for them."""

    def similarities_of_all(self, weights: dict[str, float]) -> Vectors: ...

    def similarities_of_each(self, texts: Sequence[dict[str, float]]) -> Vectors: ...

    def similarities_of_rows(
        self, texts: Sequence[dict[str, float]], rows: npt.NDArray[np.int64]
    ) -> Vectors: ...

    def rows(self, identities: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]: ...


class Side(Protocol):
    """Posts of one side; `word_rows[i]` is the row of the i-th post in `words`."""

    @property
    def posts(self) -> Columns: ...

    @property
    def word_rows(self) -> npt.NDArray[np.int64]: ...

    @property
    def vectors(self) -> Rows: ...

    @property
    def words(self) -> Words: ...

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column of the posts on its own; not to be changed."""

    def rows_of(self, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """The wanted rows in the order of their owners."""


class Market(ABC):
    """Posts by side, and the organisations and places that their columns count."""

    sides: Mapping[PostSide, Side]

    def __init__(self, languages: frozenset[str]) -> None:
        """`languages` are those that the encoder knows (ISO 639-1); other posts are compared by words only."""
        self.languages = languages
        self.encoder_id: int | None = None
        self.encoder_key = ""
        self.calibration: Calibration = load_calibration("", 1)
        self.forget_everyone()

    def knows(self, language: str) -> bool:
        """Whether the encoder understands a text in this language."""
        return language[:2].lower() in self.languages

    @abstractmethod
    def hold(self, post_ids: Iterable[int]) -> None:
        """Have these posts at hand, as far as they are matched."""

    @abstractmethod
    def gather(self, own: Sequence[OwnPosts], question: Question) -> None:
        """Have at hand, with all posts that we see, the organisations that may be among the first answers to ours."""

    @abstractmethod
    def gather_near(self, own: Sequence[OwnPosts], now: datetime) -> None:
        """Have at hand the open posts that are nearest to these, whoever looks."""

    @abstractmethod
    def usual_words(self, side: PostSide) -> dict[str, float]:
        """Return the mean weight of each stem in posts of one side that are spread over the whole market."""
        return {}

    def shortlist(self, own: Sequence[OwnPosts], question: Question) -> Shortlist | None:
        """Return who may be among the best for our needs and capabilities; None: all at hand."""
        return None

    @abstractmethod
    def gather_found(
        self, vector: Vectors | None, readings: Readings, filters: SearchFilters, now: datetime
    ) -> None:
        """Have at hand the posts that a question may find; `vector` is centred."""

    def place_row(self, place_id: int | None) -> int:
        """Return the row of a place in `places`, -1 where it is unknown."""
        return -1 if place_id is None else self._place_rows.get(place_id, -1)

    def forget_everyone(self) -> None:
        """Forget organisations and places."""
        self.organisations: Columns = np.empty(0, dtype=ORGANISATION)
        self._owners: dict[int, int] = {}
        self._place_rows: dict[int, int] = {}
        self._places: list[Place] = []
        self._place_table: PlaceTable | None = None

    @property
    def places(self) -> PlaceTable:
        """The places that posts and organisations count."""
        # Made when it is asked for: while many posts are read, places come in again and again.
        if self._place_table is None:
            self._place_table = PlaceTable(self._places)
        return self._place_table

    def known_places(self) -> tuple[dict[int, int], list[Place]]:
        """Return the row of each place by its id, and the places in the order of their rows."""
        return self._place_rows, self._places

    def know(self, place_rows: dict[int, int], places: list[Place]) -> None:
        """Begin with places that were kept, and with the organisations that are there."""
        self._place_rows, self._places, self._place_table = place_rows, places, None
        self._owners = {int(one): number for number, one in enumerate(self.organisations["id"])}

    def take_in_organisations(self, session: Session, organisation_ids: Iterable[int]) -> None:
        """Read these organisations; one that is known keeps its number."""
        read = reading.read_organisations(session, organisation_ids)
        self.take_in_places(session, {one.place_id for one in read})
        new: list[tuple[object, ...]] = []
        for one in read:
            columns = organisation_columns(one, self.place_row(one.place_id))
            number = self._owners.get(one.id)
            if number is None:
                self._owners[one.id] = len(self.organisations) + len(new)
                new.append(columns)
            else:
                self.organisations[number] = columns
        if new:
            self.organisations = np.concatenate([self.organisations, np.array(new, dtype=ORGANISATION)])

    def take_in_places(self, session: Session, place_ids: set[int | None]) -> None:
        """Read those of these places that are not known yet."""
        new = {one for one in place_ids if one is not None} - self._place_rows.keys()
        if not new:
            return
        for place_id, place in reading.read_places(session, new).items():
            self._place_rows[place_id] = len(self._places)
            self._places.append(place)
        self._place_table = None


class Home(Protocol):
    """Where the vectors live: what a process asks for a market."""

    def knows(self, language: str) -> bool: ...

    def fresh(self, session: Session) -> AbstractContextManager[Market]:
        """A market as true as the session's database, good inside the block."""

    def refresh(self, session: Session) -> None:
        """Do now what the first question would have to wait for."""

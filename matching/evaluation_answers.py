"""What the pages would answer to labelled queries: their own functions, over a market that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from matching.answers import Draft, Filters, Request
from matching.encoder import Encoder, Progress
from matching.evaluation_market import KIND_OF_POST, LoadedMarket, load_market
from matching.exposure import FIRST_PAGE
from matching.index import Index
from matching.labelled_data import LabelledData
from matching.ranking import rank_for_text, rank_partners
from matching.scoring import Grade
from models.base import Base, utc_now
from models.database import prepare_engine


@dataclass(frozen=True)
class Answer:
    """Who is listed for one query, best first, and the grade of each; without those that the labels exclude."""

    identities: list[str]
    grades: list[Grade | None]


class Portal:
    """Labelled data as a portal, with what its pages would answer."""

    def __init__(self, session: Session, data: LabelledData, market: LoadedMarket, encoder: Encoder) -> None:
        self.data = data
        self.market = market
        self.index = Index(encoder.languages)
        self.session = session
        self._encoder = encoder
        self._now: datetime = utc_now()

    def answers(self, filters: Filters, limit: int, on_progress: Progress) -> list[Answer]:
        """Rank for each query by the function of the Partners page; at most `limit` of those who are not excluded."""
        answers: list[Answer] = []
        for number, query in enumerate(self.data.queries, start=1):
            seeker = self.market.seekers[query.identity]
            excluded = self.data.excluded.get(query.identity, frozenset())
            request = Request(
                unit_id=seeker.unit_id, filters=filters, limit=limit + len(excluded), explained=0
            )
            ranking = rank_partners(self.session, self.index, request, seeker.actor, self._now)
            matches = [*ranking.best, *ranking.others, *ranking.one_way]
            labelled = [(self.market.labels[match.organisation_id], match.grade) for match in matches]
            kept = [(label, grade) for label, grade in labelled if label not in excluded][:limit]
            answers.append(Answer([label for label, _ in kept], [grade for _, grade in kept]))
            on_progress(number, len(self.data.queries))
        return answers

    def first_page(self, query_id: str, text: str) -> list[str]:
        """Rank a text as the form of a post does while it is being written, by whoever asks the query."""
        seeker = self.market.seekers[query_id]
        side = self.data.query_side
        draft = Draft(seeker.unit_id, side, KIND_OF_POST[side], "", text)
        matches = rank_for_text(
            self.session, self.index, self._encoder, draft, seeker.actor, self._now, FIRST_PAGE
        )
        return [self.market.labels[match.organisation_id] for match in matches]


@contextmanager
def open_portal(data: LabelledData, encoder: Encoder, on_progress: Progress) -> Iterator[Portal]:
    """Encode the texts and load them into a database that is thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="counterpart-evaluation-") as folder:
        engine = create_engine(f"sqlite:///{folder}/evaluation.sqlite3")
        Base.metadata.create_all(engine)
        prepare_engine(engine)
        try:
            with Session(engine) as session:
                yield Portal(session, data, load_market(session, data, encoder, on_progress), encoder)
        finally:
            engine.dispose()

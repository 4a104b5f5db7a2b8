"""The side that looks for partners: its units, places, open posts and dismissals, or a draft that is being written."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching import reading
from matching.answers import Draft, PostLine
from matching.calibration import post_vector
from matching.candidates import Acting, OwnPosts, weights_of
from matching.columns import EARLIEST_DAY, LATEST_DAY, POST
from matching.encoder import Encoder
from matching.explanation import ReadText
from matching.index import Index
from matching.passages import spans_of
from models.dismissal import Dismissal
from models.organisation import Unit, reach_of
from models.post import Post, PostSide, is_open_at

Texts = dict[int, tuple[str, str]]


def acting_for(session: Session, unit_id: int, places_of: frozenset[int] | None = None) -> Acting:
    """Return who looks for partners. `places_of` are the units whose places count, None the unit and those below."""
    unit = session.get_one(Unit, unit_id)
    reach = places_of if places_of is not None else reach_below(session, unit_id)
    place_ids = _unit_places(session, unit.organisation_id, reach) | _post_places(session, reach)
    places = reading.read_places(session, place_ids)
    dismissed = select(Dismissal.dismissed_id).where(
        Dismissal.unit_id == unit_id, Dismissal.undone_at.is_(None)
    )
    return Acting(
        organisation_id=unit.organisation_id,
        kind=unit.organisation.kind,
        places=tuple(places[place_id] for place_id in sorted(places)),
        dismissed=frozenset(session.scalars(dismissed)),
    )


def reach_below(session: Session, unit_id: int) -> frozenset[int]:
    """Return the unit and every unit below it; the root reaches the whole organisation."""
    unit = session.get_one(Unit, unit_id)
    rows = session.execute(
        select(Unit.id, Unit.parent_id).where(Unit.organisation_id == unit.organisation_id)
    ).all()
    return reach_of(unit_id, {row.id: row.parent_id for row in rows})


def own_texts(session: Session, unit_ids: frozenset[int], now: datetime) -> dict[PostSide, Texts]:
    """Return matching text and language of the open posts of these units, by side and post id."""
    rows = session.execute(
        select(Post.id, Post.side, Post.title, Post.text, Post.language)
        .where(Post.unit_id.in_(unit_ids), is_open_at(now))
        .order_by(Post.id)
    )
    texts: dict[PostSide, Texts] = {side: {} for side in PostSide}
    for row in rows:
        # The same string as Post.matching_text.
        matching_text = f"{row.title}\n{row.text}" if row.title else row.text
        texts[row.side][row.id] = (matching_text, row.language)
    return texts


def no_posts(index: Index, side: PostSide) -> OwnPosts:
    """Return an own side that posted nothing."""
    width = index.sides[side].vectors.dimensions
    nothing = np.empty(0, dtype=POST)
    return OwnPosts(side, nothing, np.zeros((0, width), dtype=np.float32), [], nothing["is_known_language"])


def draft_posts(index: Index, draft: Draft, text: ReadText | None) -> OwnPosts:
    """Return a draft as the one post of its side; without an encoded text only its words are compared."""
    width = index.sides[draft.side].vectors.dimensions
    is_comparable = text is not None and index.knows(draft.language)
    vectors = np.zeros((1, width), dtype=np.float32)
    if text is not None:
        vectors[0] = index.calibration.centred(post_vector(text.passages))
    posts = np.zeros(1, dtype=POST)
    posts["starts"], posts["ends"] = EARLIEST_DAY, LATEST_DAY
    posts["place"], posts["weight"] = -1, 1
    posts["is_known_language"] = is_comparable
    words = [weights_of(draft.matching_text, draft.language)]
    return OwnPosts(draft.side, posts, vectors, words, np.array([is_comparable]))


def encode_draft(draft: Draft, encoder: Encoder) -> ReadText:
    """Encode a draft's whole text and sentences, as they would be stored if it were published."""
    spans = spans_of(draft.matching_text, draft.language)
    passages = encoder.encode([draft.matching_text[span.start : span.stop] for span in spans])
    line = PostLine(None, draft.unit_id, draft.side, None, draft.title)
    return ReadText(line, draft.matching_text, draft.language, spans[1:], passages)


def _unit_places(session: Session, organisation_id: int, unit_ids: frozenset[int]) -> set[int]:
    rows = session.execute(
        select(Unit.id, Unit.parent_id, Unit.place_id).where(Unit.organisation_id == organisation_id)
    ).all()
    effective = reading.effective_places(rows)
    return {place for unit_id, place in effective.items() if unit_id in unit_ids and place is not None}


def _post_places(session: Session, unit_ids: frozenset[int]) -> set[int]:
    rows = session.scalars(
        select(Post.place_id).where(Post.unit_id.in_(unit_ids), Post.place_id.is_not(None)).distinct()
    )
    return {place_id for place_id in rows if place_id is not None}

"""The side that looks for partners: its units, places, open posts and dismissals, or a draft that is being written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching import reading
from matching.answers import Draft, PostLine
from matching.calibration import post_vector
from matching.candidates import Acting, OwnPosts, weights_of
from matching.columns import EARLIEST_DAY, LATEST_DAY, POST, POST_KINDS, code
from matching.encoder import Encoder
from matching.explanation import ReadText
from matching.market import Market
from matching.named_countries import countries_named
from matching.passages import spans_of
from models.dismissal import Dismissal
from models.organisation import Organisation, OrganisationKind, Unit, reach_of
from models.post import Post, PostSide, Visibility, is_open_at, matching_text_of

Texts = dict[int, tuple[str, str]]


@dataclass(frozen=True)
class OwnSide:
    """A unit with all below it: who it is, and matching text and language of its open posts, by side and post id.

    Posts for the own organisation alone are left out: nobody outside can answer what nobody outside may see.
    """

    acting: Acting
    texts: dict[PostSide, Texts]


def own_side(
    session: Session, unit_id: int, now: datetime, full_posts: frozenset[int] = frozenset()
) -> OwnSide:
    """Read the unit, its posts and those of every unit below; the root stands for the whole organisation.

    Those among `full_posts` have all the partners that they want and seek no more.
    """
    unit = session.execute(
        select(Unit.organisation_id, Organisation.kind)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .where(Unit.id == unit_id)
    ).one()
    units = session.execute(
        select(Unit.id, Unit.parent_id, Unit.place_id).where(Unit.organisation_id == unit.organisation_id)
    ).all()
    reach = reach_of(unit_id, {one.id: one.parent_id for one in units})
    posts = session.execute(
        select(Post.id, Post.side, Post.title, Post.text, Post.language, Post.place_id)
        .where(Post.unit_id.in_(reach), is_open_at(now), Post.visibility != Visibility.OWN_ORGANISATION)
        .order_by(Post.id)
    ).all()
    places = {place for one, place in reading.effective_places(units).items() if one in reach}
    places |= {post.place_id for post in posts}
    texts: dict[PostSide, Texts] = {side: {} for side in PostSide}
    for post in posts:
        if post.id in full_posts:
            continue
        texts[post.side][post.id] = (matching_text_of(post.title, post.text), post.language)
    acting = _acting(session, unit_id, unit.organisation_id, unit.kind, places - {None})
    return OwnSide(looking(acting, texts[PostSide.NEED]), texts)


def looking(acting: Acting, needs: Texts) -> Acting:
    """Return who looks for partners with the countries that these needs name; in its own, distance says more."""
    named = frozenset[str]().union(*(countries_named(text, language) for text, language in needs.values()))
    return replace(acting, named=named - {place.country for place in acting.places})


def _acting(
    session: Session, unit_id: int, organisation_id: int, kind: OrganisationKind, place_ids: set[int | None]
) -> Acting:
    places = reading.read_places(session, {one for one in place_ids if one is not None})
    dismissed = select(Dismissal.dismissed_id).where(
        Dismissal.unit_id == unit_id, Dismissal.undone_at.is_(None)
    )
    return Acting(
        organisation_id=organisation_id,
        kind=kind,
        places=tuple(places[place_id] for place_id in sorted(places)),
        dismissed=frozenset(session.scalars(dismissed)),
    )


def no_posts(index: Market, side: PostSide) -> OwnPosts:
    """Return an own side that posted nothing."""
    width = index.sides[side].vectors.dimensions
    nothing = np.empty(0, dtype=POST)
    return OwnPosts(side, nothing, np.zeros((0, width), dtype=np.float32), [], nothing["is_known_language"])


def draft_posts(index: Market, draft: Draft, text: ReadText | None) -> OwnPosts:
    """Return a draft as the one post of its side; without an encoded text only its words are compared."""
    width = index.sides[draft.side].vectors.dimensions
    is_comparable = text is not None and index.knows(draft.language)
    vectors = np.zeros((1, width), dtype=np.float32)
    if text is not None:
        vectors[0] = index.calibration.placed(
            post_vector(text.passages), draft.side, code(POST_KINDS, draft.kind)
        )
    posts = np.zeros(1, dtype=POST)
    posts["starts"], posts["ends"] = EARLIEST_DAY, LATEST_DAY
    posts["place"], posts["weight"] = -1, 1
    posts["kind"] = code(POST_KINDS, draft.kind)
    posts["is_known_language"] = is_comparable
    words = [weights_of(draft.matching_text, draft.language)]
    return OwnPosts(draft.side, posts, vectors, words, np.array([is_comparable]))


def encode_draft(draft: Draft, encoder: Encoder) -> ReadText:
    """Encode a draft's whole text and sentences, as they would be stored if it were published."""
    spans = spans_of(draft.matching_text, draft.language)
    passages = encoder.encode([draft.matching_text[span.start : span.stop] for span in spans])
    line = PostLine(None, draft.unit_id, draft.side, draft.kind, draft.title)
    return ReadText(line, draft.matching_text, draft.language, spans[1:], passages)

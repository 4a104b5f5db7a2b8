"""Find posts by meaning and by word, among those that the actor may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select
from sqlalchemy.orm import Session, joinedload

from matching.encoder import Encoder
from matching.found_posts import posts_about
from matching.market import Home, Market
from matching.nearness import Place
from matching.words import SharedWord, shared_words
from models.actor import Actor
from models.organisation import OrganisationKind, Sector, Unit
from models.policy import visible_posts
from models.post import Post, PostKind, PostSide

ROWS_OF_ONE_LOOK = 200


@dataclass(frozen=True)
class SearchFilters:
    """Hard filters of a search; an empty set or None lets everything pass.

    `near` with `within_km` asks for the distance from these places; remote posts pass it. `open_on` keeps posts whose
    period includes that day, `from_day` and `until_day` those whose period meets the days between.
    """

    sides: frozenset[PostSide] = frozenset()
    kinds: frozenset[PostKind] = frozenset()
    sectors: frozenset[Sector] = frozenset()
    countries: frozenset[str] = frozenset()
    near: tuple[Place, ...] = ()
    within_km: float | None = None
    open_on: date | None = None
    organisation_kinds: frozenset[OrganisationKind] = frozenset()
    from_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True)
class SearchHit:
    """One post. Without any of `shared_words` it was found by its meaning alone."""

    post: Post
    similarity: float
    question: str

    @property
    def shared_words(self) -> tuple[SharedWord, ...]:
        """Words that stand in the query and in the post."""
        return tuple(shared_words(self.question, self.post.matching_text, self.post.language))


@dataclass(frozen=True)
class StoredQuestion:
    """A question as it was saved: `vector` is what the encoder `encoder_key` made of it, float32 bytes, or None."""

    text: str
    encoder_key: str
    vector: bytes | None


@dataclass(frozen=True)
class SearchAnswer:
    """Hits, best first, and `count`, how many were found before a page of them was taken.

    `page` is the one that `hits` are: the last one for whoever asks for a page beyond it, and 1 of 1 without a size.
    `by_words_only`: there was no encoder for the query, so only words were compared. `question` holds what the encoder
    made of the query. `is_faint`: something was found, but nothing that is clearly about the query.
    """

    hits: tuple[SearchHit, ...]
    count: int
    by_words_only: bool
    question: StoredQuestion
    page: int = 1
    pages: int = 1
    is_faint: bool = False


def search_posts(
    session: Session,
    home: Home,
    encoder: Encoder | None,
    text: str,
    filters: SearchFilters,
    actor: Actor,
    now: datetime,
    limit: int = 50,
    page: int = 1,
    page_size: int | None = None,
) -> SearchAnswer:
    """Return the posts nearest to a query in meaning or in words; a blank query finds nothing.

    At most `limit` are counted, and those of `page` (from 1) of `page_size` are returned, all without a size. Whatever
    the index suggests is asked for through the actor's policy, and more is looked for while some is refused.
    """
    if not text.strip():
        return SearchAnswer((), 0, encoder is None, StoredQuestion(text, "", None))
    vector = encoder.encode([text])[0].astype(np.float32).tobytes() if encoder is not None else None
    question = StoredQuestion(text, encoder.key if encoder is not None else "", vector)
    with home.fresh(session) as index:
        centred = comparable(index, question)
        found = posts_about(index, centred, text, filters, now)
    ids, clear = found.ids, set(found.ids[found.are_clear].tolist())
    shown: dict[int, float] = {}
    for start in range(0, len(ids), ROWS_OF_ONE_LOOK):
        look = slice(start, start + ROWS_OF_ONE_LOOK)
        some = dict(zip(ids[look].tolist(), found.similarities[look].tolist(), strict=True))
        visible = set(session.scalars(_visible_ids(actor, now, list(some))))
        shown |= {post_id: similarity for post_id, similarity in some.items() if post_id in visible}
        if len(shown) >= limit:
            break
    counted = list(shown.items())[:limit]
    size = page_size or limit
    pages = max(1, -(-len(counted) // size))
    page = min(page, pages)
    return SearchAnswer(
        hits=_hits(session, actor, now, text, dict(counted[(page - 1) * size : page * size])),
        count=len(counted),
        by_words_only=centred is None,
        question=question,
        page=page,
        pages=pages,
        is_faint=bool(counted) and centred is not None and clear.isdisjoint(shown),
    )


def _hits(
    session: Session, actor: Actor, now: datetime, text: str, similarities: Mapping[int, float]
) -> tuple[SearchHit, ...]:
    """The posts of these ids, in their order, with what a line of a list says."""
    statement = (
        visible_posts(actor, now)
        .where(Post.id.in_(similarities))
        .options(
            joinedload(Post.organisation),
            joinedload(Post.place),
            joinedload(Post.unit).joinedload(Unit.place),
        )
    )
    posts = {post.id: post for post in session.scalars(statement)}
    return tuple(
        SearchHit(posts[post_id], similarity, text)
        for post_id, similarity in similarities.items()
        if post_id in posts
    )


def _visible_ids(actor: Actor, now: datetime, ids: Sequence[int]) -> Select[int]:
    return visible_posts(actor, now).where(Post.id.in_(ids)).with_only_columns(Post.id)


def comparable(index: Market, question: StoredQuestion) -> npt.NDArray[np.float32] | None:
    """Return the question's vector as the index compares it; None where it has none, or another encoder's, because
    vectors of different encoders must never be compared. Call it inside the index's lock.
    """
    if question.vector is None or question.encoder_key != index.encoder_key:
        return None
    return index.calibration.centred(np.frombuffer(question.vector, dtype=np.float32))


@dataclass(frozen=True)
class FoundIds:
    """Ids of posts, best first. `by_words_only`: the question's vector is missing or another encoder's."""

    post_ids: tuple[int, ...]
    by_words_only: bool


def search_stored(
    session: Session,
    home: Home,
    question: StoredQuestion,
    filters: SearchFilters,
    actor: Actor,
    now: datetime,
    known: frozenset[int] = frozenset(),
) -> FoundIds:
    """Return what `search_posts` finds for a question saved earlier, without the posts `known`; needs no encoder."""
    with home.fresh(session) as index:
        vector = comparable(index, question)
        found = posts_about(index, vector, question.text, filters, now)
    wanted = [post_id for post_id in found.ids.tolist() if post_id not in known]
    shown: set[int] = set()
    for start in range(0, len(wanted), ROWS_OF_ONE_LOOK):
        some = wanted[start : start + ROWS_OF_ONE_LOOK]
        shown.update(session.scalars(_visible_ids(actor, now, some)))
    ids = tuple(post_id for post_id in wanted if post_id in shown)
    return FoundIds(ids, by_words_only=vector is None)

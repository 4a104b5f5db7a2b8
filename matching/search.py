"""Find posts by meaning and by word, among those that the actor may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select
from sqlalchemy.orm import Session, joinedload

from matching.answers import Filters
from matching.candidates import Mask, at_places, weights_of
from matching.columns import KINDS, POST_KINDS, SECTORS, codes
from matching.encoder import Encoder
from matching.market import Home, Market, Side
from matching.nearness import Place
from matching.words import SharedWord, shared_words
from models.actor import Actor
from models.organisation import OrganisationKind, Sector, Unit
from models.policy import visible_posts
from models.post import Post, PostKind, PostSide

# Less similar texts are about other subjects, and without a word in common it takes more: letters without sense are as
# near as 0.34 to some post or other. `_is_found` says what was measured.
LEAST_COSINE = 0.25
LEAST_COSINE_WITHOUT_A_WORD = 0.35
# A post is found, whatever its meaning, if this share of the query's words stands in it.
LEAST_SHARE_OF_WORDS = 0.8
# All words of the query count as much as this cosine: enough that exact words come first among texts of the same
# subject, too little for one common word to carry a post about something else past them.
WORD_WEIGHT = 0.4
# What is less similar, words counted, is not clearly about the query: so far stay the best hits of 3 % of the titles of
# occupations among programmes, and of 9 in 12 sentences about quite other things that find any.
CLEAR_SIMILARITY = 0.45
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
    language: str = "en",
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
        ids, similarities, are_clear = _found(index, centred, text, filters, now, language)
    clear = set(ids[are_clear].tolist())
    shown: dict[int, float] = {}
    for start in range(0, len(ids), ROWS_OF_ONE_LOOK):
        look = slice(start, start + ROWS_OF_ONE_LOOK)
        some = dict(zip(ids[look].tolist(), similarities[look].tolist(), strict=True))
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
    language: str = "en",
) -> FoundIds:
    """Return what `search_posts` finds for a question saved earlier, without the posts `known`; needs no encoder."""
    with home.fresh(session) as index:
        vector = comparable(index, question)
        found, _, _ = _found(index, vector, question.text, filters, now, language)
    wanted = [post_id for post_id in found.tolist() if post_id not in known]
    shown: set[int] = set()
    for start in range(0, len(wanted), ROWS_OF_ONE_LOOK):
        some = wanted[start : start + ROWS_OF_ONE_LOOK]
        shown.update(session.scalars(_visible_ids(actor, now, some)))
    ids = tuple(post_id for post_id in wanted if post_id in shown)
    return FoundIds(ids, by_words_only=vector is None)


def _found(
    index: Market,
    vector: npt.NDArray[np.float32] | None,
    text: str,
    filters: SearchFilters,
    now: datetime,
    language: str,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], Mask]:
    """Return of every post that passes the filters and is similar at all id and similarity, best first, and which are
    clearly about the query."""
    index.gather_found(vector, weights_of(text, language), filters, now)
    ids, similarities = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
    have_words = [np.empty(0, dtype=np.bool_)]
    for side, table in index.sides.items():
        if filters.sides and side not in filters.sides:
            continue
        wanted = np.nonzero(_passes(index, table, filters, now))[0]
        cosines = _cosines(index, side, vector)[wanted]
        words = _shares_of_words(table, text, language)[wanted]
        found = _is_found(cosines, words)
        ids.append(table.posts["id"][wanted[found]])
        similarities.append(cosines[found] + np.float32(WORD_WEIGHT) * words[found])
        have_words.append(words[found] >= LEAST_SHARE_OF_WORDS)
    all_ids, all_similarities = np.concatenate(ids), np.concatenate(similarities)
    are_clear = np.concatenate(have_words) | (all_similarities >= CLEAR_SIMILARITY)
    order = np.lexsort((all_ids, -all_similarities))
    return all_ids[order], all_similarities[order], are_clear[order]


def _is_found(cosines: npt.NDArray[np.float32], words: npt.NDArray[np.float32]) -> Mask:
    """Return which posts are about the query, by their cosines with it and the shares of its words in them.

    Measured on the dev queries of labelled occupations and programmes (155 queries, 659 programmes) and on 410 strings
    of random letters: with 0.25 for all, 42 % of the strings found something, and 92 % of the programmes labelled as
    answers to an occupation's title were found. With 0.35 where no word is shared, 1.5 % and 88 %. Of the pairs from
    0.25 to 0.33 that share no word, 1.5 % were labelled.
    """
    enough = (cosines >= LEAST_COSINE) & (words > 0)
    found: Mask = enough | (cosines >= LEAST_COSINE_WITHOUT_A_WORD) | (words >= LEAST_SHARE_OF_WORDS)
    return found


def _cosines(
    index: Market, side: PostSide, vector: npt.NDArray[np.float32] | None
) -> npt.NDArray[np.float32]:
    table = index.sides[side]
    if vector is None:
        return np.zeros(len(table.posts), dtype=np.float32)
    cosines = table.vectors.products(index.calibration.facing(vector, side).reshape(1, -1))[0]
    return np.where(table.posts["is_known_language"], cosines, np.float32(0))


def _shares_of_words(table: Side, text: str, language: str) -> npt.NDArray[np.float32]:
    """Return which share of the query's words, rare ones counting more, stands in each post, in [0, 1].

    Unlike the ranking's word similarity it does not fall with the length of the post: whoever types a name wants it.
    """
    shares = np.zeros(len(table.posts), dtype=np.float32)
    for stem, weight in weights_of(text, language).items():
        stands_in = table.words.similarities_of_all({stem: 1.0})[table.word_rows] > 0
        shares += np.float32(weight * weight) * stands_in
    return shares


def _passes(index: Market, table: Side, filters: SearchFilters, now: datetime) -> Mask:
    posts = table.posts
    passes: Mask = posts["closes_at"] > now.timestamp()
    if filters.kinds:
        passes &= np.isin(posts["kind"], codes(POST_KINDS, filters.kinds))
    if filters.sectors:
        sectors = index.organisations["sector"][posts["owner"]]
        passes &= np.isin(sectors, codes(SECTORS, filters.sectors))
    if filters.open_on is not None:
        day = filters.open_on.toordinal()
        passes &= (posts["starts"] <= day) & (posts["ends"] >= day)
    if filters.organisation_kinds:
        kinds = index.organisations["kind"][posts["owner"]]
        passes &= np.isin(kinds, codes(KINDS, filters.organisation_kinds))
    if filters.from_day is not None:
        passes &= posts["ends"] >= filters.from_day.toordinal()
    if filters.until_day is not None:
        passes &= posts["starts"] <= filters.until_day.toordinal()
    places = Filters(countries=filters.countries, within_km=filters.within_km)
    return passes & at_places(index, posts, filters.near, places)

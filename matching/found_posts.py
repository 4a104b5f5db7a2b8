"""Which posts are about a question: near to it in meaning, or holding its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from matching.answers import Filters
from matching.candidates import Mask, Numbers, at_places, weights_of
from matching.columns import KINDS, POST_KINDS, SECTORS, codes
from matching.market import Market, Side
from models.post import CONTENT_LANGUAGES, PostSide

if TYPE_CHECKING:
    from matching.search import SearchFilters

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
# In which a question is read; its words are looked for as those of the others where nothing is clearly about it.
ENGLISH = "en"
OTHER_LANGUAGES = tuple(language for language in CONTENT_LANGUAGES if language != ENGLISH)


@dataclass(frozen=True)
class AboutQuestion:
    """Posts with their similarity to a question, best first; `are_clear`: which are clearly about it."""

    ids: npt.NDArray[np.int64]
    similarities: Numbers
    are_clear: Mask


def posts_about(
    index: Market, vector: Numbers | None, text: str, filters: SearchFilters, now: datetime
) -> AboutQuestion:
    """Return every post that passes the filters and is similar to the question at all.

    `vector` is None where only words can be compared. A stem of one language is none of another: "Praxissemester" as
    an English word is not found in the German post that holds it.
    """
    index.gather_found(vector, [weights_of(text, ENGLISH)], filters, now)
    found = _among_all(index, vector, text, filters, now, is_in_any_language=False)
    if found.are_clear.any():
        return found
    index.gather_found(None, [weights_of(text, language) for language in OTHER_LANGUAGES], filters, now)
    return _among_all(index, vector, text, filters, now, is_in_any_language=True)


def _among_all(
    index: Market,
    vector: Numbers | None,
    text: str,
    filters: SearchFilters,
    now: datetime,
    is_in_any_language: bool,
) -> AboutQuestion:
    ids, similarities = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.float32)]
    have_words = [np.empty(0, dtype=np.bool_)]
    for side, table in index.sides.items():
        if filters.sides and side not in filters.sides:
            continue
        wanted = np.nonzero(_passes(index, table, filters, now))[0]
        cosines = _cosines(index, side, vector)[wanted]
        if is_in_any_language:
            words = _shares_in_any_language(table, text)[wanted]
        else:
            words = _shares_of_words(table, text, ENGLISH)[wanted]
        found = _is_found(cosines, words)
        ids.append(table.posts["id"][wanted[found]])
        similarities.append(cosines[found] + np.float32(WORD_WEIGHT) * words[found])
        have_words.append(words[found] >= LEAST_SHARE_OF_WORDS)
    all_ids, all_similarities = np.concatenate(ids), np.concatenate(similarities)
    are_clear = np.concatenate(have_words) | (all_similarities >= CLEAR_SIMILARITY)
    order = np.lexsort((all_ids, -all_similarities))
    return AboutQuestion(all_ids[order], all_similarities[order], are_clear[order])


def _is_found(cosines: Numbers, words: Numbers) -> Mask:
    """Return which posts are about the query, by their cosines with it and the shares of its words in them.

    Measured on the dev queries of labelled occupations and programmes (155 queries, 659 programmes) and on 410 strings
    of random letters: with 0.25 for all, 42 % of the strings found something, and 92 % of the programmes labelled as
    answers to an occupation's title were found. With 0.35 where no word is shared, 1.5 % and 88 %. Of the pairs from
    0.25 to 0.33 that share no word, 1.5 % were labelled.
    """
    enough = (cosines >= LEAST_COSINE) & (words > 0)
    found: Mask = enough | (cosines >= LEAST_COSINE_WITHOUT_A_WORD) | (words >= LEAST_SHARE_OF_WORDS)
    return found


def _cosines(index: Market, side: PostSide, vector: Numbers | None) -> Numbers:
    table = index.sides[side]
    if vector is None:
        return np.zeros(len(table.posts), dtype=np.float32)
    placed = table.vectors.products(index.calibration.facing(vector, side).reshape(1, -1))[0]
    cosines = index.calibration.cosines_as_written(placed, vector, side, table.column("kind"))
    return np.where(table.column("is_known_language"), cosines, np.float32(0))


def _shares_of_words(table: Side, text: str, language: str) -> Numbers:
    """Return which share of the query's words, rare ones counting more, stands in each post, in [0, 1].

    Unlike the ranking's word similarity it does not fall with the length of the post: whoever types a name wants it.
    """
    shares = np.zeros(len(table.posts), dtype=np.float32)
    for stem, weight in weights_of(text, language).items():
        stands_in = table.words.similarities_of_all({stem: 1.0})[table.word_rows] > 0
        shares += np.float32(weight * weight) * stands_in
    return shares


def _shares_in_any_language(table: Side, text: str) -> Numbers:
    """As `_shares_of_words`, where it is more than that of English words: the greatest of another language, if that is
    enough to be found by words alone.
    """
    english = _shares_of_words(table, text, ENGLISH)
    others = np.max([_shares_of_words(table, text, language) for language in OTHER_LANGUAGES], axis=0)
    return np.where(others >= LEAST_SHARE_OF_WORDS, np.maximum(others, english), english)


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

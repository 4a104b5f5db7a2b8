"""How near posts lie to ours in subject: in meaning and words, without what all posts of their kind have in common.

Two offers of traineeships are alike in form, whatever the trade: by the plain cosine a battery maker's lay nearer to a
pharmacist's than a ferry's data do to a lorry's. Hence the mean of each kind is taken out first, also of kinds and by
encoders whose forms nobody has learned. Needs are compared as they were before they were moved to where their answers
lie, because ours are compared with posts of both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching.calibration import means_of_kinds, unit
from matching.candidates import OwnPosts, Question, eligible
from matching.demand import NO_DEMAND
from matching.market import Market
from matching.words import counting_stems, stems
from models.post import PostSide

# The kinship, in [0, 1], that a capability worth proposing has at least to one of our own posts. Of all pairs of posts
# of different organisations of the demo world one in a hundred reaches it: most of these are of one trade, and few of
# the pairs at one in fifty. Fitting the curve or the encoder anew may ask for another number.
LEAST_KINSHIP = 0.25
# So many posts of each side tell what the posts of a kind have in common.
MOST_SAMPLED = 1000
# Words that say when and in which form: with those that say how many or how long, two posts that share them may be of
# any two trades.
_FORM_WORDS = """
semester term time morning evening night season spring summer autumn winter
student pupil graduate trainee apprentice intern traineeship apprenticeship internship placement attachment practical
thesis theses course programme degree bachelor master mentor topic place group team people person staff company
university partner offer need want look ask take give get come go work pay paid wage host start end run join share
"""
FORM_STEMS = counting_stems() | frozenset(stems(_FORM_WORDS))

Numbers = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Trade:
    """What our own posts speak of: unit `vectors` without the `registers` of their kinds, and `words` without form.

    `registers` holds the mean vector of each kind of post, one row a kind.
    """

    vectors: Numbers
    words: Sequence[dict[str, float]]
    registers: Numbers

    def kinship(self, market: Market, side: PostSide, rows: Rows) -> Numbers:
        """Return how near each of these posts of a side lies to the nearest of ours, in [0, 1]; 0 where we have none.

        The curve is the ranking's: as much as a fit of the same meaning and words.
        """
        if not len(rows) or not len(self.vectors):
            return np.zeros(len(rows), dtype=np.float32)
        table = market.sides[side]
        words = table.words.similarities_of_rows(self.words, table.word_rows[rows])
        nearest: Numbers = market.calibration.probability(self._cosines(market, side, rows), words).max(
            axis=0
        )
        return nearest

    def _cosines(self, market: Market, side: PostSide, rows: Rows) -> Numbers:
        """Return the cosines of our vectors (rows) and the posts' without their registers (columns)."""
        table = market.sides[side]
        kinds = table.posts["kind"][rows].astype(np.intp)
        ours = np.concatenate([self.vectors, self.registers])
        if side is PostSide.CAPABILITY:
            products = table.vectors.products(ours, rows)
        else:
            products = ours @ market.calibration.turned_back(table.vectors.rows(rows), side).T
        count = len(self.vectors)
        of_register = products[count:][kinds, np.arange(len(rows))]
        before = market.calibration.lengths[kinds] ** 2
        lengths = before - 2 * of_register + (self.registers[kinds] ** 2).sum(axis=1)
        cosines = products[:count] - (self.vectors @ self.registers.T)[:, kinds]
        return np.asarray(cosines / np.sqrt(np.maximum(lengths, 1e-6)), dtype=np.float32)


def trade_of(market: Market, own: Sequence[OwnPosts], question: Question) -> Trade:
    """Return what our posts of both sides speak of; only posts that have a meaning to compare count."""
    registers = _registers(market, question)
    vectors = [
        market.calibration.turned_back(posts.vectors, posts.side)
        - registers[posts.posts["kind"].astype(np.intp)]
        for posts in own
    ]
    comparable = [posts.is_comparable for posts in own]
    words = [
        {stem: weight for stem, weight in one.items() if stem not in FORM_STEMS}
        for posts in own
        for one, is_comparable in zip(posts.words, posts.is_comparable, strict=True)
        if is_comparable
    ]
    return Trade(
        vectors=unit(np.concatenate(vectors)[np.concatenate(comparable)]), words=words, registers=registers
    )


def _registers(market: Market, question: Question) -> Numbers:
    """Return the mean vector of the posts of each kind, of those that we may see, shape (kinds, dimensions)."""
    vectors: list[Numbers] = []
    kinds: list[npt.NDArray[np.intp]] = []
    # A post without a place left tells as much of its kind as any other.
    of_all = replace(question, demand=NO_DEMAND)
    for side in PostSide:
        table = market.sides[side]
        is_meant = eligible(market, side, of_all) & table.column("is_known_language")
        rows = np.flatnonzero(is_meant)
        rows = rows[:: max(1, len(rows) // MOST_SAMPLED)]
        kinds.append(table.posts["kind"][rows].astype(np.intp))
        vectors.append(market.calibration.turned_back(table.vectors.rows(rows), side))
    return means_of_kinds(np.concatenate(vectors), np.concatenate(kinds))

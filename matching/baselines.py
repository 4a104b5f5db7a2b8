"""The plain systems that our ranking has to beat. Pure: texts and vectors in, scores out."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer

POSTS_PER_ORGANISATION = 3
SEED = 20_261_121

Scores = npt.NDArray[np.float64]


def bm25_scores(queries: Sequence[str], documents: Sequence[str]) -> Scores:
    """Return BM25 of each query with each document, shape (queries, documents).

    English stop words and Snowball stems, k1 = 1.2, b = 0.75, frequencies of these documents.
    """
    stemmer = Stemmer.Stemmer("english")
    corpus = bm25s.tokenize(list(documents), stopwords="en", stemmer=stemmer, show_progress=False)
    retriever = bm25s.BM25(k1=1.2, b=0.75)
    retriever.index(corpus, show_progress=False)
    tokens = bm25s.tokenize(
        list(queries), stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False
    )
    scores = np.zeros((len(queries), len(documents)))
    for row, words in enumerate(tokens):
        # A query none of whose words is in the documents makes bm25s fail; its score is 0 everywhere.
        known = [word for word in words if word in corpus.vocab]
        if known:
            scores[row] = retriever.get_scores(known)
    return scores


def cosine_scores(queries: npt.NDArray[np.float32], documents: npt.NDArray[np.float32]) -> Scores:
    """Return the cosine of unit vectors of whole texts, shape (queries, documents)."""
    return (queries @ documents.T).astype(np.float64)


def popularity_scores(queries: int, post_counts: Sequence[int]) -> Scores:
    """Return each organisation's number of earlier projects, the same for every query."""
    return np.tile(np.asarray(post_counts, dtype=np.float64), (queries, 1))


def random_scores(queries: int, documents: int, seed: int = SEED) -> Scores:
    """Return seeded random numbers, shape (queries, documents)."""
    return np.random.default_rng(seed).random((queries, documents))


def organisation_scores(
    scores: Scores, owners: npt.NDArray[np.int64], organisations: int, best: int = POSTS_PER_ORGANISATION
) -> Scores:
    """Return the mean of each organisation's best posts (of all, where it has fewer), shape (queries,
    organisations).

    `owners[d]` is the organisation number of document d; an organisation without documents gets minus
    infinity.
    """
    pooled = np.full((len(scores), organisations), -np.inf)
    for organisation in range(organisations):
        own = scores[:, owners == organisation]
        if own.shape[1]:
            pooled[:, organisation] = -np.sort(-own, axis=1)[:, :best].mean(axis=1)
    return pooled


def ranked_ids(
    scores: Scores, identities: Sequence[str], excluded: frozenset[str] = frozenset()
) -> list[str]:
    """Return the ids of one row of scores, best first, without the excluded. Ties fall in a fixed random
    order.
    """
    shuffled = np.random.default_rng(SEED).permutation(len(identities))
    order = shuffled[np.argsort(-scores[shuffled], kind="stable")]
    return [identities[place] for place in order if identities[place] not in excluded]

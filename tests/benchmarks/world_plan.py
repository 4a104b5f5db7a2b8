"""What stands where in a drawn world: organisations of realistic sizes in real towns, and their posts' columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.columns import (
    EARLIEST_DAY,
    KINDS,
    LATEST_DAY,
    ORGANISATION,
    POST,
    POST_KINDS,
    SECTORS,
    VISIBILITIES,
    Columns,
)
from models.organisation import OrganisationKind
from models.post import DEFAULT_VISIBILITY, KINDS_OF_SIDE, PostSide
from tests.benchmarks.real_texts import RealTexts

Numbers = npt.NDArray[np.int64]

# Kinds that came later are left out, so that a world of one size and seed is the same as those measured before.
DRAWN_KINDS = POST_KINDS[:14]
LOOKERS = 20
POSTS_OF_A_LOOKER = 20
# In the data of real projects an organisation has three posts in the middle, 5 on average, and 32 at most of 335; those
# of the demo world have 5. Ours have ten on average, and the largest some hundreds.
POSTS_PER_ORGANISATION = 10
SPREAD_OF_SIZES = 1.0
MOST_POSTS = 400
TOWNS = 2_000
# How many of an organisation's posts are about one of its few subjects, how many of those about its first, and among
# how many texts near it.
SHARE_ON_SUBJECT = 0.9
SHARE_OF_FIRST_SUBJECT = 0.8
NEAR_A_SUBJECT = 40

SIDES = (PostSide.NEED, PostSide.CAPABILITY)
SHARE_OF_NEEDS = {
    OrganisationKind.COMPANY: 0.6,
    OrganisationKind.UNIVERSITY: 0.35,
    OrganisationKind.OTHER: 0.5,
}
SHARE_OF_KINDS = {
    OrganisationKind.COMPANY: 0.6,
    OrganisationKind.UNIVERSITY: 0.3,
    OrganisationKind.OTHER: 0.1,
}

# One row a post: its organisation's number, the text it is drawn around, and what stands on it. `published` is days
# ago; `place` is −1 where the post is wherever its organisation is, `closes_in` (days) is −1 where it stays open.
DRAWN_POST = np.dtype(
    [
        ("owner", np.int32),
        ("is_need", np.bool_),
        ("anchor", np.int32),
        ("kind", np.int8),
        ("urgency", np.int8),
        ("importance", np.int8),
        ("place", np.int32),
        ("is_remote", np.bool_),
        ("published", np.int32),
        ("closes_in", np.int32),
    ]
)


@dataclass(frozen=True)
class Plan:
    """Organisations (columns ORGANISATION, ids from 1) and posts (columns DRAWN_POST, in the order of their ids)."""

    organisations: Columns
    posts: Columns


def plan_world(real: RealTexts, posts: int, random: np.random.Generator) -> Plan:
    """Return a plan of about this many posts, at least those of the LOOKERS."""
    organisations, sizes = _organisations(random, posts)
    total = int(sizes.sum())
    planned = np.zeros(total, dtype=DRAWN_POST)
    planned["owner"] = np.repeat(np.arange(len(sizes)), sizes)
    shares = np.array([SHARE_OF_NEEDS[kind] for kind in KINDS])[organisations["kind"]]
    planned["is_need"] = random.random(total) < shares[planned["owner"]]
    of_lookers = LOOKERS * POSTS_OF_A_LOOKER
    planned["is_need"][:of_lookers] = np.arange(of_lookers) % 2 == 0
    planned["anchor"] = _anchors(random, real, planned, len(organisations))
    _fill_columns(random, planned)
    # Posts come in over time, so that those of one organisation do not stand side by side.
    return Plan(organisations, planned[random.permutation(total)])


def index_columns(real: RealTexts, plan: Plan, now: float) -> Columns:
    """Return the columns POST of every post; `now` is seconds since 1970, place n stands in row n."""
    posts, columns = plan.posts, np.empty(len(plan.posts), dtype=POST)
    columns["id"] = np.arange(1, len(posts) + 1)
    columns["owner"], columns["unit_id"] = posts["owner"], posts["owner"] + 1
    columns["kind"], columns["is_remote"] = posts["kind"], posts["is_remote"]
    need, capability = (VISIBILITIES.index(DEFAULT_VISIBILITY[side]) for side in SIDES)
    columns["visibility"] = np.where(posts["is_need"], need, capability)
    columns["starts"], columns["ends"] = EARLIEST_DAY, LATEST_DAY
    closes_at = now + 86_400 * posts["closes_in"].astype(np.float64)
    columns["closes_at"] = np.where(posts["closes_in"] < 0, np.inf, closes_at)
    home = plan.organisations["place"][posts["owner"]]
    columns["place"] = np.where(posts["place"] < 0, home, posts["place"])
    is_english = np.array([text.language == "en" for text in real.texts])
    columns["is_known_language"] = is_english[posts["anchor"]]
    weights = posts["urgency"].astype(np.float32) * posts["importance"]
    columns["weight"] = np.where(posts["is_need"], weights, np.float32(1))
    return columns


def _organisations(random: np.random.Generator, posts: int) -> tuple[Columns, Numbers]:
    """Return the organisations and how many posts each holds; the lookers come first."""
    wanted = max(0, posts - LOOKERS * POSTS_OF_A_LOOKER)
    others = wanted // POSTS_PER_ORGANISATION
    sizes = np.zeros(LOOKERS + others, dtype=np.int64)
    sizes[:LOOKERS] = POSTS_OF_A_LOOKER
    if others:
        drawn = random.lognormal(sigma=SPREAD_OF_SIZES, size=others)
        sizes[LOOKERS:] = np.clip(np.round(drawn * wanted / drawn.sum()), 1, MOST_POSTS)
    organisations = np.zeros(len(sizes), dtype=ORGANISATION)
    organisations["id"] = np.arange(1, len(sizes) + 1)
    shares = [SHARE_OF_KINDS[kind] for kind in KINDS]
    organisations["kind"] = random.choice(len(KINDS), size=len(sizes), p=shares)
    # Companies and universities in turn look for partners.
    organisations["kind"][:LOOKERS] = np.arange(LOOKERS) % 2
    organisations["sector"] = random.integers(len(SECTORS), size=len(sizes))
    organisations["place"] = _towns(random, len(sizes))
    activity = np.round(random.lognormal(mean=1.5, size=len(sizes)))
    organisations["activity"] = np.where(random.random(len(sizes)) < 0.4, np.nan, activity)
    return organisations, sizes


def _anchors(random: np.random.Generator, real: RealTexts, posts: Columns, organisations: int) -> Numbers:
    """Return the text that each post is drawn around, mostly near one of its organisation's subjects."""
    anchors = np.empty(len(posts), dtype=np.int64)
    subjects = random.integers(len(real.texts), size=(organisations, 3))
    for side in SIDES:
        own = real.of_side(side)
        cosines = real.vectors @ real.vectors[own].T
        near_each = own[np.argsort(-cosines, axis=1)[:, :NEAR_A_SUBJECT]]
        rows = np.nonzero(posts["is_need"] == (side is PostSide.NEED))[0]
        # Most posts are about the first subject; a large organisation has three.
        which = np.minimum(random.geometric(SHARE_OF_FIRST_SUBJECT, size=len(rows)) - 1, 2)
        centres = subjects[posts["owner"][rows], which]
        near = near_each[centres, random.integers(near_each.shape[1], size=len(rows))]
        is_on_subject = random.random(len(rows)) < SHARE_ON_SUBJECT
        anchors[rows] = np.where(is_on_subject, near, random.choice(own, size=len(rows)))
    return anchors


def _fill_columns(random: np.random.Generator, posts: Columns) -> None:
    total = len(posts)
    for side in SIDES:
        rows = posts["is_need"] == (side is PostSide.NEED)
        kinds = np.array([POST_KINDS.index(kind) for kind in KINDS_OF_SIDE[side] if kind in DRAWN_KINDS])
        posts["kind"][rows] = random.choice(kinds, size=int(rows.sum()))
    posts["urgency"], posts["importance"] = random.integers(1, 4, size=(2, total))
    posts["place"] = np.where(random.random(total) < 0.05, _towns(random, total), -1)
    posts["is_remote"] = random.random(total) < 0.1
    posts["published"] = random.integers(400, size=total)
    closes_in = random.integers(10, 90, size=total)
    posts["closes_in"] = np.where(random.random(total) < 0.04, closes_in, -1)


def _towns(random: np.random.Generator, count: int) -> Numbers:
    """Return places by number, the large ones more often."""
    shares = 1 / np.arange(1, TOWNS + 1) ** 0.7
    return random.choice(TOWNS, size=count, p=shares / shares.sum())

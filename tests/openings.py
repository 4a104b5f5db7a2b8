"""What would open more partners, asked of small markets whose subjects are plain."""

from itertools import combinations, product

import numpy as np

from matching.calibration import load_calibration
from matching.encoder import HashEncoder
from matching.index import Index
from matching.opening import Openings, find_openings
from matching.opening_telling import Proposal
from matching.words import word_weights
from models.base import utc_now
from tests.market import Market

SUBJECTS = (
    "lithium cell ageing impedance spectroscopy electrode calendar degradation",
    "nursing ward intensive care patient midwifery hygiene",
    "bridge concrete fatigue monitoring reinforcement corrosion inspection",
    "genome sequencing protein enzyme fermentation bacteria culture",
    "harbour ship propeller hull hydrodynamics ballast sonar",
    "tax audit ledger accounting compliance insolvency treasury",
    "wheat soil irrigation harvest fertiliser pest seed",
)
PATIENT = 600.0
# Hashed words make a capability of another subject as far as can be; where the subject is not what is asked about, it
# may be as far.
ANY_DISTANCE = -1.0
CELLS = "We study lithium cell ageing, impedance spectroscopy, electrode degradation and calendar life."
BRIDGES = "We inspect bridges: concrete fatigue, reinforcement corrosion and monitoring of old structures."
WHEAT = "We test wheat seed, soil irrigation, fertiliser, pest control and harvest machines."


def vague_words() -> str:
    """Words so vague that they fit CELLS possibly and not well, whatever the curve was fitted to."""
    encoder = HashEncoder()
    calibration = load_calibration(encoder.key, encoder.dimensions)
    fillers = ["some", "people", "wanted", "soon", "maybe", "helpers"]
    for meant, filled in product(combinations(CELLS.lower().rstrip(".").split()[1:], 2), range(len(fillers))):
        vague = " ".join([*meant, *fillers[:filled]])
        vectors = calibration.centred(encoder.encode([vague, CELLS]))
        weights, theirs = word_weights(vague), word_weights(CELLS)
        words = np.array([sum(weight * theirs.get(stem, 0.0) for stem, weight in weights.items())])
        fit = calibration.probability(vectors[1:] @ vectors[0], words.astype(np.float32))[0]
        if fit > 0.25 and fit < 0.45:
            return vague
    raise AssertionError("no words are vague enough for this curve")


def openings_of(
    market: Market,
    organisation_id: int,
    index: Index | None = None,
    least_nearness: float = ANY_DISTANCE,
    unit_id: int | None = None,
) -> Openings:
    return find_openings(
        market.session,
        index or Index(),
        unit_id or market.root(organisation_id),
        market.actor(organisation_id),
        utc_now(),
        most_seconds=PATIENT,
        least_nearness=least_nearness,
    )


def posts_told(found: Openings) -> set[int | None]:
    proposals = (*found.capabilities, *found.clearer_needs)
    return {proposal.like.post_id for proposal in proposals} | {
        one.line.post_id for proposal in proposals for one in proposal.opened
    }


def opened_by(proposal: Proposal) -> set[int]:
    return {one.organisation.id for one in proposal.opened}

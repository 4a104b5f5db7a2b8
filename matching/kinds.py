"""Which kind of capability can answer which kind of need: texts alone cannot tell a job offer from a graduate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matching.columns import POST_KINDS
from models.post import KINDS_OF_SIDE, PostKind, PostSide

# What a fit of texts is still worth where the capability can be part of an answer, or hardly one. These are judgements,
# not fitted: no labelled pair says of which kind its two sides are. Read over the links of the demo that fit by their
# texts, a job answered none of 16 needs of the kind *other*, mentors 2 of 17 searches for placements, and graduates of
# another university none of 30: whoever looks for places for students is not helped by more of them.
PARTLY = 0.5
HARDLY = 0.1

# Kinds that answer a need fully and in part; any other hardly does. A need of the kind *other* may be anything that has
# no kind of its own, so no place for students: its author did not call it a placement.
ANSWERS: dict[PostKind, tuple[frozenset[PostKind], frozenset[PostKind]]] = {
    PostKind.TALENT: (
        frozenset({PostKind.PROGRAMME, PostKind.GRADUATES}),
        frozenset({PostKind.RESEARCH_EXPERTISE, PostKind.MENTORS}),
    ),
    PostKind.RESEARCH_QUESTION: (
        frozenset({PostKind.RESEARCH_EXPERTISE, PostKind.LABORATORY, PostKind.DATA_EQUIPMENT}),
        frozenset({PostKind.PROGRAMME, PostKind.GRADUATES, PostKind.MENTORS, PostKind.FUNDING}),
    ),
    PostKind.PLACEMENT: (
        frozenset({PostKind.JOBS}),
        frozenset(
            {
                PostKind.MENTORS,
                PostKind.PROGRAMME,
                PostKind.RESEARCH_EXPERTISE,
                PostKind.LABORATORY,
                PostKind.DATA_EQUIPMENT,
                PostKind.FUNDING,
            }
        ),
    ),
    PostKind.TRAINING: (
        frozenset({PostKind.PROGRAMME, PostKind.MENTORS, PostKind.RESEARCH_EXPERTISE}),
        frozenset({PostKind.LABORATORY, PostKind.DATA_EQUIPMENT, PostKind.FUNDING}),
    ),
    PostKind.FACILITY: (
        frozenset({PostKind.LABORATORY, PostKind.DATA_EQUIPMENT}),
        frozenset({PostKind.RESEARCH_EXPERTISE, PostKind.FUNDING}),
    ),
    PostKind.LECTURERS: (frozenset({PostKind.MENTORS}), frozenset({PostKind.RESEARCH_EXPERTISE})),
    PostKind.DATA_SAMPLES: (
        frozenset({PostKind.DATA_EQUIPMENT}),
        frozenset({PostKind.LABORATORY, PostKind.RESEARCH_EXPERTISE}),
    ),
    # Sponsors often give things instead of money.
    PostKind.CO_FUNDING: (frozenset({PostKind.FUNDING}), frozenset({PostKind.DATA_EQUIPMENT})),
    PostKind.OTHER: (frozenset(KINDS_OF_SIDE[PostSide.CAPABILITY]) - {PostKind.JOBS}, frozenset()),
}


def worth_of(need: PostKind, capability: PostKind) -> float:
    """Return what a fit of their texts is worth, in (0, 1]: 1 where such a capability answers such a need."""
    fully, partly = ANSWERS[need]
    if capability in fully:
        return 1.0
    return PARTLY if capability in partly else HARDLY


def _table() -> npt.NDArray[np.float32]:
    """Worth by the numbers of two kinds, in either order; 1 for two of the same side, which are never compared."""
    table = np.ones((len(POST_KINDS), len(POST_KINDS)), dtype=np.float32)
    for need in KINDS_OF_SIDE[PostSide.NEED]:
        for capability in KINDS_OF_SIDE[PostSide.CAPABILITY]:
            row, column = POST_KINDS.index(need), POST_KINDS.index(capability)
            table[row, column] = table[column, row] = worth_of(need, capability)
    return table


WORTH = _table()

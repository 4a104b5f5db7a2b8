"""A job offer does not answer a company's search for people, however alike the two texts are."""

from itertools import product

import numpy as np
import pytest

from matching.columns import POST_KINDS
from matching.kinds import HARDLY, PARTLY, WORTH, worth_of
from models.post import KINDS_OF_SIDE, PostKind, PostSide


@pytest.mark.parametrize(
    ("need", "capability", "worth"),
    [
        (PostKind.TALENT, PostKind.GRADUATES, 1),
        (PostKind.TALENT, PostKind.JOBS, HARDLY),
        (PostKind.TALENT, PostKind.FUNDING, HARDLY),
        (PostKind.PLACEMENT, PostKind.JOBS, 1),
        (PostKind.RESEARCH_QUESTION, PostKind.GRADUATES, PARTLY),
        (PostKind.PLACEMENT, PostKind.GRADUATES, HARDLY),
        (PostKind.PLACEMENT, PostKind.MENTORS, PARTLY),
        (PostKind.LECTURERS, PostKind.MENTORS, 1),
        (PostKind.LECTURERS, PostKind.GRADUATES, HARDLY),
        (PostKind.DATA_SAMPLES, PostKind.DATA_EQUIPMENT, 1),
        (PostKind.DATA_SAMPLES, PostKind.JOBS, HARDLY),
        (PostKind.CO_FUNDING, PostKind.FUNDING, 1),
        (PostKind.CO_FUNDING, PostKind.DATA_EQUIPMENT, PARTLY),
        (PostKind.OTHER, PostKind.FUNDING, 1),
        (PostKind.OTHER, PostKind.JOBS, HARDLY),
    ],
)
def test_what_a_fit_of_texts_is_worth(need: PostKind, capability: PostKind, worth: float) -> None:
    assert worth_of(need, capability) == worth
    assert WORTH[POST_KINDS.index(need), POST_KINDS.index(capability)] == pytest.approx(worth)
    assert WORTH[POST_KINDS.index(capability), POST_KINDS.index(need)] == pytest.approx(worth)


def test_every_need_can_be_answered_and_nothing_is_worth_more_than_its_texts() -> None:
    needs, capabilities = KINDS_OF_SIDE[PostSide.NEED], KINDS_OF_SIDE[PostSide.CAPABILITY]
    for need, capability in product(needs, capabilities):
        assert 0 < worth_of(need, capability) <= 1
    assert all(any(worth_of(need, one) == 1 for one in capabilities) for need in needs)
    called = [need for need in needs if need is not PostKind.OTHER]
    assert all(any(worth_of(need, one) == 1 for need in called) for one in capabilities)
    assert WORTH.shape == (len(POST_KINDS), len(POST_KINDS))
    assert WORTH.dtype == np.float32


def test_each_kind_keeps_the_number_that_stored_indexes_know_it_by() -> None:
    assert [POST_KINDS.index(kind) for kind in (PostKind.TALENT, PostKind.FUNDING, PostKind.CO_FUNDING)] == [
        0,
        13,
        16,
    ]
    assert sorted(kind for kinds in KINDS_OF_SIDE.values() for kind in kinds) == sorted(PostKind)

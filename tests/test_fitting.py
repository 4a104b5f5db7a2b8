"""What the fitting commands learn, on small made-up data whose right answer is known."""

import numpy as np

from matching.calibration import unit
from matching.fit import fit_logistic
from matching.fit_answers import fit_answers
from matching.train_adapter import RANK, mean_of


def test_needs_are_moved_to_answers_that_were_not_shown() -> None:
    random = np.random.default_rng(3)
    needs = unit(random.normal(size=(300, 8)).astype(np.float32))
    # Each capability lies where its need points to once the axes are turned: alike to many other needs.
    capabilities = unit(np.roll(needs, 1, axis=1) + needs)
    is_link = np.eye(300, dtype=np.bool_)
    taught = np.arange(300) < 200
    nothing = np.zeros((200, 300), dtype=np.float32)
    answers = fit_answers(needs[taught], capabilities, nothing, is_link[taught])
    left = needs[~taught]
    before = left @ capabilities.T
    after = unit(left + left @ answers) @ capabilities.T
    own = np.arange(200, 300)
    assert (before.argmax(axis=1) == own).mean() < 0.7
    assert (after.argmax(axis=1) == own).mean() > 0.9


def test_the_mean_of_adapters_changes_what_they_change_on_average() -> None:
    random = np.random.default_rng(4)
    adapters = [
        {
            "layer.first": random.normal(size=(RANK // 2, 40)).astype(np.float16),
            "layer.second": random.normal(size=(30, RANK // 2)).astype(np.float16),
        }
        for _ in range(2)
    ]
    mean = mean_of(adapters)
    wanted = np.mean([one["layer.second"].astype(float) @ one["layer.first"] for one in adapters], axis=0)
    assert mean["layer.first"].shape == (RANK, 40)
    np.testing.assert_allclose(mean["layer.second"].astype(float) @ mean["layer.first"], wanted, atol=0.03)


def test_the_curve_of_greatest_likelihood_is_found() -> None:
    random = np.random.default_rng(5)
    values = random.normal(size=20_000).astype(np.float32)
    outcomes = random.random(20_000) < 1 / (1 + np.exp(-(3 * values - 1)))
    slope, offset = fit_logistic(values, outcomes)
    assert abs(slope - 3) < 0.15
    assert abs(offset + 1) < 0.1

"""Where the answers of a need lie: a matrix that moves needs towards capabilities, learned on labelled links.

A small regularised linear map over vectors that stay as they are; it has one answer, found in seconds.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from matching.calibration import Numbers, Vectors

# How sharply a link is told from the others, as in the training of the adapter.
TEMPERATURE = 0.05
# What the squares of the matrix cost: dev needs that were left out are ordered best from 0.1 to 0.3, by very little.
PENALTY = 0.2
STEPS = 100


def fit_answers(
    needs: Vectors, capabilities: Vectors, words: Numbers, is_link: npt.NDArray[np.bool_]
) -> Vectors:
    """Return the matrix (d, d) that, times a need's vector and added to it, brings linked pairs together.

    `needs` (n, d) and `capabilities` (m, d) are centred unit vectors, `words` (n, m) what the similarity of words adds
    to their cosine, `is_link` (n, m) has a link in every row. The loss is the cross-entropy of each need's links among
    all capabilities, and of each linked capability's links among all needs.
    """
    answers = torch.zeros((needs.shape[1], needs.shape[1]), requires_grad=True)
    search = torch.optim.LBFGS([answers], max_iter=STEPS, line_search_fn="strong_wolfe")
    given = [
        torch.from_numpy(np.asarray(one, dtype=np.float32)) for one in (needs, capabilities, words, is_link)
    ]
    search.step(partial(_measure, search, answers, *given))  # type: ignore[no-untyped-call] # torch leaves it so.
    moved: Vectors = answers.detach().numpy()
    return moved


def _measure(
    search: torch.optim.LBFGS,
    answers: Tensor,
    needs: Tensor,
    capabilities: Tensor,
    words: Tensor,
    links: Tensor,
) -> float:
    search.zero_grad()
    moved = nn.functional.normalize(needs + needs @ answers, dim=1)
    scores = (moved @ capabilities.T + words) / TEMPERATURE
    is_linked = links.sum(dim=0) > 0
    loss = _surprise(scores, links) + _surprise(scores[:, is_linked].T, links[:, is_linked].T)
    loss = loss + PENALTY * answers.square().sum()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped.
    return float(loss.detach())


def _surprise(scores: Tensor, links: Tensor) -> Tensor:
    """Return the mean over rows of how unlikely the links of a row are among its columns."""
    return -(torch.log_softmax(scores, dim=1) * links).sum(dim=1).div(links.sum(dim=1)).mean()

"""Teach the encoder the language of skills and programmes: train a low-rank adapter on two wordings of one thing.

    python -m matching.train_adapter DIR KEEP

DIR holds the folders `occupational_text` (pairs of wordings, without labels), `cordis_need_to_university`, of which
only the texts of earlier projects are read, and `onet_to_cip`, of which the dev links are. Two adapters are trained,
each without another third of these links, and kept in KEEP: `matching.fit` needs links that an encoder has not seen.
The mean of both, which is better than either, becomes `matching/fitted/adapter.npz`, about a megabyte, which the
encoder merges into its weights when it is loaded. Takes about an hour on two idle cores. Run
`python -m matching.fit DIR KEEP` afterwards, and on real databases `python app.py re-encode`.

Low-rank adaptation: Hu et al., arXiv 2106.09685. The loss is the cross-entropy of each wording with its partner among
all partners of the batch, both ways (van den Oord et al., arXiv 1807.03748). The mean of what was learned in several
runs: Wortsman et al., arXiv 2203.05482.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from tqdm import tqdm

from matching.encoder import ADAPTER_FILE, adapted_layers, change_of, load_plain_model
from matching.labelled_data import json_lines, read_grades
from matching.sentences import split_sentences

RANK = 16
RATE = 1e-3
EPOCHS = 2
BATCH_PAIRS = 48
LONGEST_TOKENS = 96
TEMPERATURE = 0.05
WARM_UP_SHARE = 0.05
# The few labelled pairs are of the very kind that counts, so each is seen more than once.
LINK_REPEATS = 5
BATCHES_SORTED_TOGETHER = 16
SEED = 20_261_121
# A pass for each of these thirds of the dev occupations, which it is not taught.
KEPT_THIRDS = (0, 1)


@dataclass(frozen=True)
class WordingPair:
    """Two wordings of one thing. Pairs that share a wording are never each other's wrong answers."""

    first: str
    second: str


class LowRankChange(nn.Module):
    """Adds `second @ first` to a weight of shape (rows, columns); zero at the beginning."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(RANK, columns) / math.sqrt(columns))
        self.second = nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.second @ self.first


def main(folder: Path, keep: Path) -> None:
    """Train an adapter without each of the kept thirds, and write their mean."""
    for third in KEPT_THIRDS:
        seed = SEED + 1000 * third
        torch.manual_seed(seed)
        model = load_plain_model(threads=2)
        changes = add_changes(model)
        train(model, changes, read_pairs(folder, third, seed), seed)
        np.savez_compressed(adapter_without(third, keep), allow_pickle=False, **halves(changes))
    kept = [dict(np.load(adapter_without(third, keep))) for third in KEPT_THIRDS]
    np.savez_compressed(ADAPTER_FILE, allow_pickle=False, **mean_of(kept))


def adapter_without(third: int, keep: Path) -> Path:
    """Return the file of the adapter that was not taught this third of the dev occupations."""
    return keep / f"adapter-without-{third}.npz"


def mean_of(adapters: Sequence[dict[str, npt.NDArray[np.float16]]]) -> dict[str, npt.NDArray[np.float16]]:
    """Return the mean of what the adapters change, brought back to their rank by its greatest singular values."""
    found: dict[str, npt.NDArray[np.float16]] = {}
    for name in sorted({part.rpartition(".")[0] for part in adapters[0]}):
        change = np.mean([change_of(adapter, name) for adapter in adapters], axis=0)
        left, strengths, right = np.linalg.svd(change, full_matrices=False)
        roots = np.sqrt(strengths[:RANK])
        found[f"{name}.first"] = (roots[:, None] * right[:RANK]).astype(np.float16)
        found[f"{name}.second"] = (left[:, :RANK] * roots).astype(np.float16)
    return found


def halves(changes: dict[str, LowRankChange]) -> dict[str, npt.NDArray[np.float16]]:
    """Return both matrices of each change at half precision, under the names that the encoder looks for."""
    found: dict[str, npt.NDArray[np.float16]] = {}
    for name, change in changes.items():
        found[f"{name}.first"] = change.first.detach().numpy().astype(np.float16)
        found[f"{name}.second"] = change.second.detach().numpy().astype(np.float16)
    return found


def read_pairs(folder: Path, kept_third: int, seed: int) -> list[WordingPair]:
    """Return the pairs of wordings, parts of one project plan, and the labelled links several times over.

    A part is a random half of a text's sentences, so that single sentences come to be understood as well as whole
    texts, and no text is learned by heart.
    """
    random = np.random.default_rng(seed)
    pairs = [
        WordingPair(row["a"], row["b"]) for row in json_lines(folder / "occupational_text" / "pairs.jsonl")
    ]
    plans = sorted({row["text"] for row in json_lines(folder / "cordis_need_to_university" / "corpus.jsonl")})
    pairs += [WordingPair(part_of(plan, random), part_of(plan, random)) for plan in plans]
    for need, programme in training_links(folder, kept_third):
        pairs.append(WordingPair(need, programme))
        for _ in range(LINK_REPEATS - 1):
            pairs.append(WordingPair(part_of(need, random), part_of(programme, random)))
    return pairs


def training_links(folder: Path, kept_third: int) -> list[tuple[str, str]]:
    """Return the texts of the dev links, without a third of the occupations."""
    labelled = folder / "onet_to_cip"
    needs = {row["id"]: row["text"] for row in json_lines(labelled / "queries.jsonl")}
    programmes = {row["id"]: row["text"] for row in json_lines(labelled / "corpus.jsonl")}
    links = read_grades(labelled / "qrels_dev.tsv")
    kept = third_of(set(links), kept_third)
    return [
        (needs[need], programmes[programme])
        for need, linked in links.items()
        if need not in kept
        for programme in linked
    ]


def third_of(occupations: set[str], number: int) -> set[str]:
    """Return every third occupation, beginning with this: what is learned here looks too good on the pairs it was
    learned from.
    """
    return set(sorted(occupations)[number::3])


def part_of(text: str, random: np.random.Generator) -> str:
    """Return a random half of the sentences, in their order, at least one."""
    sentences = [text[span.start : span.stop] for span in split_sentences(text)] or [text]
    chosen = random.permutation(len(sentences))[: (len(sentences) + 1) // 2]
    return " ".join(sentences[place] for place in sorted(chosen))


def add_changes(model: Any) -> dict[str, LowRankChange]:
    """Freeze the model and put a change beside the weight of each adapted layer; return them by layer name."""
    model.requires_grad_(False)
    changes = {name: LowRankChange(*layer.weight.shape) for name, layer in adapted_layers(model).items()}
    for name, layer in adapted_layers(model).items():
        parametrize.register_parametrization(layer, "weight", changes[name])
    return changes


def train(model: Any, changes: dict[str, LowRankChange], pairs: Sequence[WordingPair], seed: int) -> None:
    """Run over the pairs in batches; the rate rises at first and then falls to nothing."""
    parameters = [parameter for change in changes.values() for parameter in change.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01)
    batches = [batch for epoch in range(EPOCHS) for batch in batches_of(pairs, seed + epoch)]
    model.max_seq_length = LONGEST_TOKENS
    model.train()
    with tqdm(batches, unit=" batches") as bar:
        for step, batch in enumerate(bar):
            for group in optimiser.param_groups:
                group["lr"] = RATE * share_of_rate(step / len(batches))
            optimiser.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                first = embed(model, [pair.first for pair in batch])
                second = embed(model, [pair.second for pair in batch])
            loss = loss_of(first.float(), second.float(), batch)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped.
            optimiser.step()
            bar.set_postfix(loss=f"{loss.item():.3f}")


def batches_of(pairs: Sequence[WordingPair], seed: int) -> Iterator[list[WordingPair]]:
    """Shuffle, and put pairs of like length into one batch, so that little time goes into padding.

    The last short batch is left out, because it has few wrong answers to learn from.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(pairs))
    batches = []
    for start in range(0, len(order), BATCHES_SORTED_TOGETHER * BATCH_PAIRS):
        group = [pairs[place] for place in order[start : start + BATCHES_SORTED_TOGETHER * BATCH_PAIRS]]
        group.sort(key=lambda pair: len(pair.first) + len(pair.second))
        batches += [
            group[first : first + BATCH_PAIRS]
            for first in range(0, len(group) - BATCH_PAIRS + 1, BATCH_PAIRS)
        ]
    yield from (batches[place] for place in random.permutation(len(batches)))


def share_of_rate(progress: float) -> float:
    """Return the share of the full rate at `progress` in [0, 1): a linear rise, then half a cosine down."""
    if progress < WARM_UP_SHARE:
        return progress / WARM_UP_SHARE
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)))


def embed(model: Any, texts: Sequence[str]) -> Tensor:
    """Return unit vectors with gradients, shape (len(texts), dimensions)."""
    vectors = model(model.preprocess(list(texts)))["sentence_embedding"]
    return nn.functional.normalize(vectors, dim=1)


def loss_of(first: Tensor, second: Tensor, batch: Sequence[WordingPair]) -> Tensor:
    """Return how badly partners are told from the others of the batch, both ways."""
    scores = first @ second.T / TEMPERATURE
    same_thing = torch.tensor([[a.first == b.first or a.second == b.second for b in batch] for a in batch])
    same_thing.fill_diagonal_(False)
    scores = scores.masked_fill(same_thing, -torch.inf)
    partner = torch.arange(len(batch))
    return (nn.functional.cross_entropy(scores, partner) + nn.functional.cross_entropy(scores.T, partner)) / 2


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python -m matching.train_adapter DIR KEEP")
    main(Path(sys.argv[1]), Path(sys.argv[2]))

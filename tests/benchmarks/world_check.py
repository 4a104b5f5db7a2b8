"""How like the real texts drawn posts are: what an index and a ranking feel of a cloud of vectors, and of words.

Real and drawn are compared with as many points on each side, because nearness to the nearest depends on how many there
are. The last figures ask for what was not copied: worlds are drawn around one half of the real texts, and how near
they come to the other half is compared with how near the real ones come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.calibration import Calibration, unit
from matching.words import word_weights
from models.post import PostSide
from tests.benchmarks.real_texts import RealTexts, Vectors, without
from tests.benchmarks.world_plan import SIDES
from tests.benchmarks.worlds import World

DRAWN_POSTS = 20_000
RANKS = (1, 10, 100)
NEIGHBOURS_OF_DIMENSION = 20
NEIGHBOURS_OF_HUBS = 10
DIRECTIONS = (1, 10, 50)
WORD_TEXTS = 600


@dataclass(frozen=True)
class Figure:
    """One figure of the real texts and of the drawn posts."""

    name: str
    real: float
    drawn: float


def compare(real: RealTexts, calibration: Calibration, seed: int = 1) -> list[Figure]:
    """Return every figure. Takes about a minute for a few thousand texts."""
    random = np.random.default_rng(seed)
    world = World(real, DRAWN_POSTS, seed)
    drawn = np.concatenate([calibration.centred(part.vectors) for part in world.parts()])
    own = calibration.centred(real.vectors)
    real_sides, drawn_sides, numbers = {}, {}, {}
    for side in SIDES:
        real_sides[side] = own[real.of_side(side)]
        rows = np.nonzero(world.posts["is_need"] == (side is PostSide.NEED))[0]
        numbers[side] = random.choice(rows, size=len(real_sides[side]), replace=False)
        drawn_sides[side] = drawn[numbers[side]]
    figures = [
        figure for side in SIDES for figure in _of_cloud(side.value, real_sides[side], drawn_sides[side])
    ]
    figures += _across(real_sides, drawn_sides)
    figures += _of_organisations(real, own, world, drawn)
    figures += _of_words(real, world, numbers[PostSide.CAPABILITY], random)
    return figures + _unseen(real, calibration, seed)


def _of_cloud(side: str, real: Vectors, drawn: Vectors) -> list[Figure]:
    figures: list[Figure] = []
    nearest = [_nearest(cloud, cloud, max(RANKS) + 1)[:, 1:] for cloud in (real, drawn)]
    for rank in RANKS:
        if rank < len(real):
            for centile in (10, 50, 90):
                values = [float(np.percentile(one[:, rank - 1], centile)) for one in nearest]
                figures.append(
                    Figure(f"{side}: cosine to the nearest no. {rank}, centile {centile}", *values)
                )
    dimensions = [intrinsic_dimension(one) for one in nearest]
    figures.append(Figure(f"{side}: local dimension (Levina-Bickel, k = 20)", *dimensions))
    hubs = [hubness(cloud) for cloud in (real, drawn)]
    figures.append(Figure(f"{side}: hubness (skewness of being among the 10 nearest)", *hubs))
    shares = [_variance_shares(cloud) for cloud in (real, drawn)]
    for count in DIRECTIONS:
        values = [float(one[:count].sum()) for one in shares]
        figures.append(Figure(f"{side}: variance in the first {count} directions", *values))
    return figures


def intrinsic_dimension(nearest: Vectors) -> float:
    """Levina and Bickel's estimate with MacKay and Ghahramani's mean; `nearest` are cosines (n, k), best first."""
    distances = np.sqrt(np.maximum(2 - 2 * nearest[:, :NEIGHBOURS_OF_DIMENSION].astype(float), 1e-6))
    logarithms = np.log(distances[:, -1:] / distances[:, :-1])
    return float(1 / logarithms.mean())


def hubness(cloud: Vectors) -> float:
    """Return the skewness of how often each point is among the ten nearest of another."""
    cosines = cloud @ cloud.T
    np.fill_diagonal(cosines, -2)
    best = np.argpartition(-cosines, NEIGHBOURS_OF_HUBS, axis=1)[:, :NEIGHBOURS_OF_HUBS]
    counts = np.bincount(best.ravel(), minlength=len(cloud)).astype(float)
    return float(((counts - counts.mean()) ** 3).mean() / counts.std() ** 3)


def _nearest(cloud: Vectors, among: Vectors, most: int) -> Vectors:
    cosines = cloud @ among.T
    return np.asarray(-np.sort(-cosines, axis=1)[:, :most], dtype=np.float32)


def _variance_shares(cloud: Vectors) -> npt.NDArray[np.float64]:
    values = np.linalg.eigvalsh(np.cov(cloud.T))[::-1]
    return np.asarray(values / values.sum(), dtype=np.float64)


def _across(real: dict[PostSide, Vectors], drawn: dict[PostSide, Vectors]) -> list[Figure]:
    """What a ranking looks at: needs against capabilities."""
    nearest = [_nearest(one[PostSide.NEED], one[PostSide.CAPABILITY], max(RANKS)) for one in (real, drawn)]
    return [
        Figure(
            f"need to capability: cosine to the nearest no. {rank}",
            *(float(np.median(one[:, min(rank, one.shape[1]) - 1])) for one in nearest),
        )
        for rank in RANKS
    ]


def _of_organisations(real: RealTexts, own: Vectors, world: World, drawn: Vectors) -> list[Figure]:
    """How alike two posts of one organisation are: the demo world's organisations tell it of the real ones."""
    names = [text.family for text in real.texts]
    is_demo = np.array(["_to_" not in name for name in names])
    codes = np.unique(names, return_inverse=True)[1]
    few = world.posts["owner"] < 800
    values = [
        _cosine_inside(own[is_demo], codes[is_demo]),
        _cosine_inside(drawn[few], world.posts["owner"][few]),
    ]
    return [Figure("cosine of two posts of one organisation, mean", *values)]


def _cosine_inside(vectors: Vectors, owners: npt.NDArray[np.int64]) -> float:
    cosines = vectors @ vectors.T
    same = owners[:, None] == owners[None, :]
    np.fill_diagonal(same, False)
    return float(cosines[same].mean())


def _of_words(
    real: RealTexts, world: World, numbers: npt.NDArray[np.int64], random: np.random.Generator
) -> list[Figure]:
    """Word similarity to the nearest by words, stems of a text, and how many different ones some texts hold."""
    count = min(WORD_TEXTS, len(numbers))
    chosen = random.choice(real.of_side(PostSide.CAPABILITY), size=count, replace=False)
    texts = [
        [real.texts[number].matching_text for number in chosen],
        ["\n".join(world.text_of(int(number))) for number in numbers[:count]],
    ]
    weights = [[word_weights(text) for text in some] for some in texts]
    nearest = [_nearest_by_words(some) for some in weights]
    lengths = [float(np.mean([len(one) for one in some])) for some in weights]
    different = [float(len({stem for one in some for stem in one})) for some in weights]
    return [
        *(
            Figure(
                f"word similarity to the nearest no. {rank}",
                *(float(np.median(one[:, rank - 1])) for one in nearest),
            )
            for rank in (1, 10)
        ),
        Figure("different stems in a text", *lengths),
        Figure(f"different stems in {count} texts", *different),
    ]


def _nearest_by_words(weights: list[dict[str, float]]) -> Vectors:
    stems = {stem: number for number, stem in enumerate({stem for one in weights for stem in one})}
    table = np.zeros((len(weights), len(stems)), dtype=np.float32)
    for row, one in enumerate(weights):
        for stem, weight in one.items():
            table[row, stems[stem]] = weight
    return _nearest(table, table, 11)[:, 1:]


def _unseen(real: RealTexts, calibration: Calibration, seed: int) -> list[Figure]:
    """How near texts, and posts drawn around them, come to real capabilities that the drawing never saw."""
    capabilities = real.of_side(PostSide.CAPABILITY)
    hidden = np.random.default_rng(seed).permutation(capabilities)[: len(capabilities) // 2]
    seen = without(real, hidden)
    world = World(seen, 4_000, seed)
    vectors = np.concatenate([part.vectors for part in world.parts()])[~world.posts["is_need"]]
    drawn = calibration.centred(vectors)
    known = calibration.centred(seen.vectors[seen.of_side(PostSide.CAPABILITY)])
    unseen = unit(calibration.centred(real.vectors[hidden]))
    nearest = [_nearest(cloud, unseen, 10) for cloud in (known, drawn)]
    return [
        Figure(
            f"cosine to the nearest no. {rank} of unseen texts",
            *(float(np.median(one[:, rank - 1])) for one in nearest),
        )
        for rank in (1, 10)
    ]

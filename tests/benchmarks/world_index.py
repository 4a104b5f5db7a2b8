"""A drawn world as the index of one process, without a database: for sizes whose texts take too long to write."""

from __future__ import annotations

import time

import numpy as np

from matching.calibration import load_calibration
from matching.candidates import Acting, OwnPosts, own_posts
from matching.columns import KINDS
from matching.index import COARSE_FROM, Index
from matching.nearness import Place
from matching.side_table import SideTable
from matching.words import word_weights
from models.post import PostSide
from tests.benchmarks.world_plan import TOWNS
from tests.benchmarks.worlds import World

# So many posts get word weights of their own; the others take those of one that is drawn around the same text.
OWN_WORDS = 20_000
COUNTRIES = ("DE", "FR", "PT", "ES", "IT", "PL", "NL", "SE")
SEED = 20_261_122


class WorldIndex:
    """The index of a world, with what a looker asks of it. `seconds` is how long filling the tables took."""

    def __init__(self, world: World) -> None:
        self.world = world
        calibration = load_calibration(world.real.encoder_key, world.real.vectors.shape[1])
        arrays = world.arrays(calibration, time.time(), with_words=False)
        words = _words(world)
        self.index = Index()
        self.index.calibration = calibration
        self.index.encoder_id, self.index.encoder_key = 1, world.real.encoder_key
        self.index.organisations = world.organisations
        self.index.know({number: number for number in range(TOWNS)}, _places())
        started = time.perf_counter()
        for side, one in arrays.items():
            order = np.argsort(one.posts["owner"], kind="stable")
            table = SideTable(one.vectors.shape[1])
            ids = one.posts["id"][order].tolist()
            table.fill(
                one.posts[order], one.vectors[order], [(post_id, words[post_id - 1]) for post_id in ids]
            )
            if len(table) >= COARSE_FROM:
                table.make_coarse()
            self.index.sides[side] = table
        self.seconds = time.perf_counter() - started

    def own(self, looker: int) -> dict[PostSide, OwnPosts]:
        """Return the posts of a looker (0 … LOOKERS − 1)."""
        found: dict[PostSide, OwnPosts] = {}
        for side, table in self.index.sides.items():
            ids = table.posts["id"][table.posts["owner"] == looker].tolist()
            texts = {
                post_id: ("\n".join(self.world.text_of(post_id - 1)), self.world.language_of(post_id - 1))
                for post_id in ids
            }
            found[side] = own_posts(self.index, side, texts)
        return found

    def acting(self, looker: int) -> Acting:
        """Return who looks."""
        row = self.world.organisations[looker]
        place = _places()[int(row["place"])]
        return Acting(int(row["id"]), KINDS[int(row["kind"])], (place,), frozenset())


def _places() -> list[Place]:
    """Towns with coordinates, each country's side by side."""
    random = np.random.default_rng(SEED)
    north, east = 37 + 20 * random.random(TOWNS), -8 + 30 * random.random(TOWNS)
    by_longitude = np.argsort(np.argsort(east)) * len(COUNTRIES) // TOWNS
    return [
        Place(COUNTRIES[int(by_longitude[town])], None, float(north[town]), float(east[town]))
        for town in range(TOWNS)
    ]


def _words(world: World) -> list[dict[str, float]]:
    """Return the word weights of every post."""
    anchors = world.posts["anchor"].tolist()
    by_anchor: dict[int, list[dict[str, float]]] = {}
    words: list[dict[str, float]] = []
    for number, anchor in enumerate(anchors):
        drawn = by_anchor.setdefault(anchor, [])
        if number < OWN_WORDS or not drawn:
            drawn.append(word_weights("\n".join(world.text_of(number)), world.language_of(number)))
            words.append(drawn[-1])
        else:
            words.append(drawn[number % len(drawn)])
    return words

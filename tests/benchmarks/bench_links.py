"""What the grades of single links mean to people: ``python -m tests.benchmarks.bench_links``.

``read_links.csv`` names 431 pairs of a need and a capability of the demo world and what two people who knew neither
fit nor each other said of them: 2 fits, 1 is worth a look, 0 is not sensible (98 of 100 labels are the same). They were
drawn evenly from all fits above 0.08, so each stands here for as many as were there to draw from. A placement that
graduates of another university would answer is left out: neither reader found one sensible.

These links chose how much counts what is left without a form. ``read_again.csv`` names 182 others, drawn afterwards
from the grades with and without forms, some thirty of each, that two more people read (91 of 100 labels are the same).

The forms of the kinds are learned anew for each post without those of its own organisation.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matching.calibration import Calibration, load_calibration, no_forms
from matching.columns import POST_KINDS, code
from matching.dev_links import word_similarities
from matching.encoder import load_encoder
from matching.fit_forms import forms_of
from matching.kinds import WORTH
from matching.scoring import LEAST_FIT, Grade
from models.post import PostKind, PostSide
from tests.benchmarks.real_texts import RealTexts, real_texts
from tests.benchmarks.worlds import CACHE

READ_LINKS = Path(__file__).parent / "read_links.csv"
READ_AGAIN = Path(__file__).parent / "read_again.csv"
NEVER_SENSIBLE = (PostKind.PLACEMENT, PostKind.GRADUATES)
SENSIBLE, FITS = 1.0, 1.5

Numbers = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ReadLinks:
    """Links by the numbers of their texts, what the readers said on average, and for how many each stands."""

    needs: npt.NDArray[np.intp]
    capabilities: npt.NDArray[np.intp]
    said: npt.NDArray[np.float64]
    stands_for: npt.NDArray[np.float64]


def main() -> None:
    """Print both tables."""
    real = real_texts(load_encoder(), None, CACHE)
    width = real.vectors.shape[1]
    plain = replace(load_calibration(real.encoder_key, width), forms=no_forms(width))
    before, after = (fits_of_all(real, plain, takes_forms_out) for takes_forms_out in (False, True))
    links, again = read_links(READ_LINKS, real), read_links(READ_AGAIN, real)
    links = replace(links, stands_for=drawn_from(links, real, before))
    for read, which in ((links, "links that chose"), (again, "links read afterwards")):
        for fits, how in ((before, "with their forms"), (after, "without the forms of their kinds")):
            lines = table(f"{which}, {how}", fits[read.needs, read.capabilities], read)
            sys.stdout.write("\n".join(lines) + "\n\n")


def fits_of_all(real: RealTexts, plain: Calibration, takes_forms_out: bool) -> Numbers:
    """Return how well each text fits each other as need and capability, as the ranking has it; NaN: not compared. Rows
    and columns are numbered as the texts; `plain` knows no forms.
    """
    count = len(real.texts)
    kinds = np.array([code(POST_KINDS, text.kind) for text in real.texts])
    owners = np.array([text.family for text in real.texts])
    is_english = np.array([text.language == "en" for text in real.texts])
    placed = np.zeros_like(real.vectors)
    for owner in np.unique(owners):
        others = (owners != owner) & is_english
        forms = (
            forms_of(plain.centred(real.vectors[others]), kinds[others]) if takes_forms_out else plain.forms
        )
        calibration = replace(plain, forms=forms)
        for side in PostSide:
            here = np.intersect1d(np.flatnonzero(owners == owner), real.of_side(side))
            placed[here] = calibration.placed(real.vectors[here], side, kinds[here])
    needs, capabilities = real.of_side(PostSide.NEED), real.of_side(PostSide.CAPABILITY)
    texts = [text.matching_text for text in real.texts]
    words = word_similarities([texts[one] for one in needs], [texts[one] for one in capabilities])
    fits = np.full((count, count), np.nan, dtype=np.float32)
    likely = plain.probability(placed[needs] @ placed[capabilities].T, words)
    fits[np.ix_(needs, capabilities)] = likely * WORTH[np.ix_(kinds[needs], kinds[capabilities])]
    fits[owners[:, None] == owners] = np.nan
    return fits


def read_links(path: Path, real: RealTexts) -> ReadLinks:
    """Read what people said of links, each of which stands for itself."""
    number_of = {text.title: number for number, text in enumerate(real.texts)}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _is_asked(real, number_of, row)]
    return ReadLinks(
        needs=np.array([number_of[row["need"]] for row in rows]),
        capabilities=np.array([number_of[row["capability"]] for row in rows]),
        said=np.array([(int(row["first_reader"]) + int(row["second_reader"])) / 2 for row in rows]),
        stands_for=np.ones(len(rows)),
    )


def drawn_from(links: ReadLinks, real: RealTexts, fits: Numbers) -> npt.NDArray[np.float64]:
    """Return for how many each link stands that was drawn evenly from the tenths of these fits."""
    pool = Counter(_cell(real, fits, int(need), int(one)) for need, one in np.argwhere(~np.isnan(fits)))
    cells = [
        _cell(real, fits, int(need), int(one))
        for need, one in zip(links.needs, links.capabilities, strict=True)
    ]
    drawn = Counter(cells)
    return np.array([pool[cell] / drawn[cell] for cell in cells])


def table(name: str, fits: Numbers, links: ReadLinks) -> list[str]:
    """Return the lines that tell what each grade means, and how many of the sensible links are shown."""
    lines = [f"{name}:", f"{'grade':>10} {'links':>7} {'sensible':>9} {'fitting':>8}"]
    highest = np.inf
    for grade, least in LEAST_FIT.items():
        of_grade = (fits >= least) & (fits < highest)
        highest = least
        shares = [_share(links, of_grade, links.said >= bound) for bound in (SENSIBLE, FITS)]
        lines.append(f"{grade:>10} {links.stands_for[of_grade].sum():7.0f} {shares[0]:9.2f} {shares[1]:8.2f}")
    shown = fits >= LEAST_FIT[Grade.POSSIBLE]
    found = [_share(links, links.said >= bound, shown) for bound in (SENSIBLE, FITS)]
    lines.append(f"of all sensible links {found[0]:.2f} are shown, of those that fit {found[1]:.2f}")
    return lines


def _share(links: ReadLinks, among: Mask, wanted: Mask) -> float:
    return float(links.stands_for[among & wanted].sum() / links.stands_for[among].sum())


def _is_asked(real: RealTexts, number_of: dict[str, int], row: dict[str, str]) -> bool:
    kinds = tuple(real.texts[number_of[row[name]]].kind for name in ("need", "capability"))
    return kinds != NEVER_SENSIBLE


def _cell(real: RealTexts, fits: Numbers, need: int, capability: int) -> tuple[PostKind, PostKind, int]:
    """The kinds of a link and the tenth of its fit: from each cell as many were drawn as there are in others."""
    return real.texts[need].kind, real.texts[capability].kind, min(int(fits[need, capability] * 10), 9)


if __name__ == "__main__":
    main()

"""Fit the constants of the ranking on labelled data and write them to `matching/fitted/`.

    python -m matching.fit DIR KEEP

DIR holds the folders `onet_to_cip`, `cordis_need_to_university` and `occupational_text`. Only dev pairs are
read as labels; the other texts are read without labels. KEEP holds the two adapters that
`matching.train_adapter` left there, each not taught a third of the dev pairs, and keeps vectors for the next
run. Run again whenever the encoder changes.
"""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from matching.calibration import FORMLESS, Calibration, Numbers, Vectors, no_forms, post_vector
from matching.dev_links import DevLinks, read_dev_links, word_similarities
from matching.encoder import Encoder, load_adapted_encoder, load_encoder
from matching.fit_answers import fit_answers
from matching.fit_pooling import choose_pooling
from matching.kept_vectors import KeptVectors
from matching.labelled_data import LabelledData, json_lines, read_grades, read_labelled_data
from matching.parameters import Parameters, text_of
from matching.sentences import split_sentences
from matching.train_adapter import KEPT_THIRDS, adapter_without
from matching.words import frozen_frequencies, stems
from models.post import PostSide

FITTED = Path(__file__).parent / "fitted"
LEAST_FREQUENT = 3
TEXTS_PER_REGISTER = 1000
# Ways of writing, not subjects: four directions took out of the text what the dev queries gained most from.
DIRECTIONS = 4
# From 0.3 to 0.7 the order of the kept dev pairs changes by less than two hundredths.
WORD_SHARE = 0.4
# The official links leave out most programmes that would do: about one candidate in twenty is taken to fit,
# where the labels know one in four hundred.
ASSUMED_SHARE_FITTING = 0.05
SEED = 20_261_121


@dataclass(frozen=True)
class LinkVectors:
    """One encoder's vectors of the dev needs, (n, dimensions), and of all capabilities, (m, dimensions)."""

    needs: Vectors
    capabilities: Vectors


def main(folder: Path, keep: Path) -> None:
    """Write the document frequencies first, because the similarity of words uses them."""
    write_frequencies(folder)
    frozen_frequencies.cache_clear()
    encoder = KeptVectors(load_encoder(threads=2), keep)
    calibration = fit_calibration(folder, encoder, keep)
    projects = read_labelled_data(folder / "cordis_need_to_university", "dev")
    choice = choose_pooling(text_probabilities(projects, encoder, calibration), projects)
    parameters = Parameters(
        encoder_key=calibration.encoder_key,
        word_share=calibration.word_share,
        slope=calibration.slope,
        offset=calibration.offset,
        pooling=choice.pooling,
        nearness=choice.nearness,
        activity=choice.activity,
        breadth=choice.breadth,
    )
    (FITTED / "parameters.toml").write_text(text_of(parameters), encoding="utf-8")
    np.savez_compressed(
        FITTED / "registers.npz",
        centre=calibration.centre,
        directions=calibration.directions,
        answers=calibration.answers.astype(np.float16),
    )


def write_frequencies(folder: Path) -> None:
    """Count in how many texts each stem occurs; keep those of three texts or more."""
    texts = {
        row["text"] for path in sorted(folder.glob("*/*.jsonl")) for row in json_lines(path) if "text" in row
    }
    texts |= {row["text_description"] for row in json_lines(folder / "onet_to_cip" / "queries.jsonl")}
    texts |= {row["b"] for row in json_lines(folder / "occupational_text" / "pairs.jsonl")}
    counts: Counter[str] = Counter()
    for text in sorted(texts):
        counts.update(set(stems(text)))
    kept = sorted((stem, count) for stem, count in counts.items() if count >= LEAST_FREQUENT)
    lines = [str(len(texts)), *(f"{stem} {count}" for stem, count in kept)]
    packed = gzip.compress("\n".join(lines).encode(), mtime=0)
    (FITTED / "document_frequencies.txt.gz").write_bytes(packed)


def fit_calibration(folder: Path, encoder: Encoder, keep: Path) -> Calibration:
    """Return what is common to all texts, where answers lie, and the curve from similarity to probability.

    The curve is that of needs which neither the encoder nor the matrix was taught: of each adapter in `keep` the third
    that was kept from it, which is kept from a matrix of its own too.
    """
    links = read_dev_links(folder)
    similarities: list[Numbers] = []
    is_link: list[npt.NDArray[np.bool_]] = []
    for third in KEPT_THIRDS:
        member = KeptVectors(load_adapted_encoder(adapter_without(third, keep), threads=2), keep)
        is_kept = links.third == third
        vectors = link_vectors(links, member)
        taught = with_answers(ways_of_writing(folder, member), vectors, links, ~is_kept)
        similarities.append(similarities_of(taught, vectors, links)[is_kept].ravel())
        is_link.append(links.is_link[is_kept].ravel())
    linked = np.concatenate(is_link)
    slope, offset = fit_logistic(np.concatenate(similarities), linked)
    shift = _log_odds(ASSUMED_SHARE_FITTING) - _log_odds(float(linked.mean()))
    sys.stdout.write(
        f"slope {slope:.2f}, offset {offset:.2f} + {shift:.2f}, labelled share {linked.mean():.5f}\n"
    )
    everybody = np.ones(len(links.needs), dtype=np.bool_)
    taught = with_answers(ways_of_writing(folder, encoder), link_vectors(links, encoder), links, everybody)
    return replace(taught, slope=slope, offset=offset + shift)


def ways_of_writing(folder: Path, encoder: Encoder) -> Calibration:
    """Return a calibration that knows only what texts share by their way of writing."""
    means = np.stack([post_vectors(texts, encoder).mean(axis=0) for texts in register_texts(folder)])
    centre = means.mean(axis=0)
    directions = np.linalg.svd(means - centre, full_matrices=False)[2][:DIRECTIONS]
    forms, nowhere = no_forms(encoder.dimensions), np.zeros((0, encoder.dimensions), dtype=np.float32)
    return Calibration(encoder.key, centre, directions, forms, nowhere, WORD_SHARE, slope=1.0, offset=0.0)


def link_vectors(links: DevLinks, encoder: Encoder) -> LinkVectors:
    """Encode the texts of the links."""
    return LinkVectors(post_vectors(links.needs, encoder), post_vectors(links.capabilities, encoder))


def with_answers(
    calibration: Calibration, vectors: LinkVectors, links: DevLinks, taught: npt.NDArray[np.bool_]
) -> Calibration:
    """Return the calibration with the matrix learned on the links of the needs that are `taught`."""
    needs = calibration.centred(vectors.needs)
    capabilities = calibration.centred(vectors.capabilities)
    words = np.float32(calibration.word_share) * links.words
    answers = fit_answers(needs[taught], capabilities, words[taught], links.is_link[taught])
    # As it is kept on disk, so that every process computes with the same numbers.
    return replace(calibration, answers=answers.astype(np.float16).astype(np.float32))


def similarities_of(calibration: Calibration, vectors: LinkVectors, links: DevLinks) -> Numbers:
    """Return the mixed similarity of every need with every capability."""
    needs = calibration.placed(vectors.needs, PostSide.NEED, FORMLESS)
    capabilities = calibration.placed(vectors.capabilities, PostSide.CAPABILITY, FORMLESS)
    return calibration.mixed(needs @ capabilities.T, links.words)


def text_probabilities(data: LabelledData, encoder: Encoder, calibration: Calibration) -> Numbers:
    """Return how likely each document answers each query by its text alone, shape (queries, documents)."""
    queries = calibration.placed(
        post_vectors([query.text for query in data.queries], encoder), data.query_side, FORMLESS
    )
    documents = calibration.placed(
        post_vectors([document.text for document in data.documents], encoder),
        data.query_side.opposite,
        FORMLESS,
    )
    words = word_similarities(
        [query.text for query in data.queries], [document.text for document in data.documents]
    )
    return calibration.probability(queries @ documents.T, words)


def register_texts(folder: Path) -> list[list[str]]:
    """Return texts of nine ways of writing: tasks, definitions, project plans, labels and descriptions of
    skills.
    """
    occupations = list(json_lines(folder / "onet_to_cip" / "queries.jsonl"))
    projects = list(json_lines(folder / "cordis_need_to_university" / "queries.jsonl"))
    dev_occupations = set(read_grades(folder / "onet_to_cip" / "qrels_dev.tsv"))
    dev_projects = set(read_grades(folder / "cordis_need_to_university" / "qrels_dev.tsv"))
    pairs = list(json_lines(folder / "occupational_text" / "pairs.jsonl"))
    registers = [
        [row["text"] for row in occupations if row["id"] in dev_occupations],
        [row["text_description"] for row in occupations if row["id"] in dev_occupations],
        [row["text"] for row in json_lines(folder / "onet_to_cip" / "corpus.jsonl")],
        [row["text"] for row in projects if row["id"] in dev_projects],
        [row["text"] for row in json_lines(folder / "cordis_need_to_university" / "corpus.jsonl")],
    ]
    for source in ("esco_skill", "esco_occupation"):
        registers += [[row[wording] for row in pairs if row["source"] == source] for wording in ("a", "b")]
    return [_sample(texts) for texts in registers]


def fit_logistic(values: Numbers, outcomes: npt.NDArray[np.bool_], rounds: int = 50) -> tuple[float, float]:
    """Return slope and offset of the logistic curve of greatest likelihood (Newton's method, halving bad
    steps).
    """
    inputs = np.stack([values, np.ones_like(values)], axis=1).astype(np.float64)
    beta = np.array([0.0, _log_odds(float(outcomes.mean()))])
    for _ in range(rounds):
        likely = 1 / (1 + np.exp(-(inputs @ beta)))
        curvature = (inputs * (likely * (1 - likely))[:, None]).T @ inputs
        step = np.linalg.solve(curvature, inputs.T @ (outcomes - likely))
        # Links are so rare that a full first step lands where the curve is flat.
        while _likelihood(inputs @ (beta + step), outcomes) < _likelihood(inputs @ beta, outcomes):
            step = step / 2
            if np.abs(step).max() < 1e-9:
                return float(beta[0]), float(beta[1])
        beta = beta + step
    return float(beta[0]), float(beta[1])


def post_vectors(texts: Sequence[str], encoder: Encoder) -> Vectors:
    """Return the vector of each text, made of its whole and its sentences like that of a post."""
    pieces = [[text, *(text[span.start : span.stop] for span in split_sentences(text))] for text in texts]
    flat = list(dict.fromkeys(piece for each in pieces for piece in each))
    with tqdm(total=len(flat), unit=" texts") as bar:
        encoded = encoder.encode(flat, lambda done, total: bar.update(done - bar.n))
    place = {piece: row for row, piece in enumerate(flat)}
    return np.stack([post_vector(encoded[[place[piece] for piece in each]]) for each in pieces])


def _likelihood(odds: npt.NDArray[np.float64], outcomes: npt.NDArray[np.bool_]) -> float:
    return float(np.sum(outcomes * odds - np.logaddexp(0, odds)))


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _sample(texts: Sequence[str]) -> list[str]:
    distinct = sorted(set(texts))
    order = np.random.default_rng(SEED).permutation(len(distinct))[:TEXTS_PER_REGISTER]
    return [distinct[place] for place in order]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python -m matching.fit DIR KEEP")
    main(Path(sys.argv[1]), Path(sys.argv[2]))

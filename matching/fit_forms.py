"""Learn what posts of each kind share whatever their subject: ``python -m matching.fit_forms DATABASE_URL``.

Internships of any trade read alike, and so do searches for them: of random pairs of the two, one in three would be
shown as a possible fit. The mean of many posts of a kind is what they have in common; `Calibration.placed` takes it
out. The shipped ones are those of the demo world: 380 posts of nearly eighty organisations of many trades.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from matching import reading
from matching.calibration import FORMLESS, FORMS_FILE, Vectors, load_calibration, means_of_kinds, post_vectors
from matching.columns import POST_KINDS, code
from matching.passages import active_encoder
from models.post import PostKind

# The labelled texts, from which the centre was learned, are of these kinds: what they share is taken out already.
WITHOUT_FORM = frozenset({POST_KINDS[FORMLESS], PostKind.RESEARCH_EXPERTISE})
LANGUAGE = "en"


def main(url: str) -> None:
    """Write the forms that the posts of a database tell."""
    with Session(create_engine(url)) as session:
        encoder_key, forms = fit_forms(session)
    path = Path(__file__).parent / FORMS_FILE
    np.savez_compressed(path, encoder_key=encoder_key, forms=forms.astype(np.float16))


def fit_forms(session: Session) -> tuple[str, Vectors]:
    """Return the key of the serving encoder and the forms of all kinds, shape (kinds, d). Raises ValueError if no
    encoder serves.
    """
    encoder = active_encoder(session)
    if encoder is None:
        raise ValueError("No encoder has read the posts of this database yet.")
    calibration = load_calibration(encoder.key, encoder.dimensions)
    vectors: list[Vectors] = []
    kinds: list[int] = []
    for read in reading.read_posts(session, reading.matched_post_ids(session), encoder.id):
        meant = [number for number, row in enumerate(read.rows) if row.language == LANGUAGE]
        vectors.append(calibration.centred(post_vectors(read.passages, read.first))[meant])
        kinds += [code(POST_KINDS, read.rows[number].kind) for number in meant]
    return encoder.key, forms_of(np.concatenate(vectors), np.array(kinds))


def forms_of(centred: Vectors, kinds: npt.NDArray[np.int64]) -> Vectors:
    """Return what posts of each kind share, shape (kinds, d), from their centred vectors (n, d) and kinds (n,)."""
    forms = means_of_kinds(centred, kinds)
    forms[[code(POST_KINDS, kind) for kind in WITHOUT_FORM]] = 0
    return forms


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m matching.fit_forms DATABASE_URL")
    main(sys.argv[1])

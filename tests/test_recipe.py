"""What was kept is told apart by everything that makes it, the frequencies of words among it."""

import gzip
from pathlib import Path

import pytest

from matching import recipe
from matching.calibration import load_calibration
from matching.recipe import fingerprint
from matching.stored_vectors import recipe_of
from matching.words import FREQUENCIES_FILE
from models.passage import EncoderRecord

DIMENSIONS = 4


@pytest.fixture
def frequencies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of document frequencies that a test may change."""
    monkeypatch.setattr(recipe, "files", lambda _package: tmp_path)
    path = tmp_path / FREQUENCIES_FILE
    path.parent.mkdir()
    return path


def test_frequencies_that_were_counted_again_make_another_recipe(frequencies: Path) -> None:
    encoder = EncoderRecord(id=1, key="another", dimensions=DIMENSIONS)
    constants = load_calibration(encoder.key, DIMENSIONS)
    found = []
    # As many documents, another count: words get other weights.
    for content in ("100\nbatteri 7\n", "100\nbatteri 8\n"):
        frequencies.write_bytes(gzip.compress(content.encode(), mtime=0))
        found.append((recipe_of(encoder), fingerprint(constants)))
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]

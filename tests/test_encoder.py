import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from matching.encoder import (
    ADAPTER_FILE,
    DEFAULT_ENCODER,
    PUBLISHED_WEIGHTS,
    EncoderError,
    HashEncoder,
    default_encoder_key,
    load_encoder,
    packaged_model_folder,
    verify_weights,
)


def test_the_hash_encoder_is_deterministic_and_of_unit_length() -> None:
    texts = ["Nurses for the night shift", "", "😀", "Nursing programme"]
    vectors = HashEncoder().encode(texts)
    assert vectors.shape == (4, 64)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(vectors, HashEncoder().encode(texts))


def test_the_hash_encoder_finds_the_same_stems_alike() -> None:
    nurses, nursing, steel = HashEncoder().encode(["nurses wanted", "nurse wanting", "steel rolling mill"])
    assert nurses @ nursing > 0.9
    assert abs(nurses @ steel) < 0.5


def test_progress_is_told_and_nothing_gives_an_empty_array() -> None:
    seen: list[tuple[int, int]] = []
    HashEncoder().encode(["a text"], lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1)]
    assert HashEncoder().encode([]).shape == (0, 64)


def test_altered_weights_are_refused_with_both_hashes(tmp_path: Path) -> None:
    altered = tmp_path / "model.safetensors"
    altered.write_bytes(b"not the weights")
    with pytest.raises(EncoderError, match="not the published ones") as refusal:
        verify_weights(altered, PUBLISHED_WEIGHTS)
    assert PUBLISHED_WEIGHTS in str(refusal.value)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="missing"):
        verify_weights(tmp_path / "model.safetensors", PUBLISHED_WEIGHTS)


def test_the_installed_weights_are_the_published_ones() -> None:
    verify_weights(packaged_model_folder() / "model.safetensors", PUBLISHED_WEIGHTS)


def test_importing_the_encoder_does_not_import_torch() -> None:
    program = "import sys, matching.encoder; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[1]).returncode
        == 0
    )


def test_the_real_encoder_knows_meaning_and_keeps_the_order_of_texts(tmp_path: Path) -> None:
    # In a process of its own: torch takes half a gigabyte and warns at import, which the other tests forbid.
    program = f"""
from pathlib import Path
import numpy as np
from matching.encoder import EncoderError, SentenceEncoder, load_encoder, load_plain_model, merge_adapter
encoder = load_encoder({DEFAULT_ENCODER!r}, threads=1)
short = "Registered nurses wanted."
long = "A programme that trains nurses for hospital wards and community care. " * 3
vectors = encoder.encode([short, long, "Rolling mills for steel."])
assert vectors.shape == (3, 384) and vectors.dtype == np.float32 and encoder.dimensions == 384
assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
assert np.allclose(vectors[1], encoder.encode([long])[0], atol=1e-5)
assert encoder.key == {default_encoder_key()!r}
plain = SentenceEncoder(load_plain_model(), "plain", "plain", encoder.languages)
assert 0.5 < float(vectors[0] @ plain.encode([short])[0]) < 0.999
assert encoder.languages == frozenset({{"en"}})
np.savez("{tmp_path}/other.npz", **{{"encoder.layer.0.first": vectors}})
try:
    merge_adapter(load_plain_model(), Path("{tmp_path}/other.npz"))
except EncoderError:
    pass
else:
    raise AssertionError("an adapter of another model must be refused")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_test_can_load_the_hash_encoder_by_name() -> None:
    assert load_encoder("hash-64").key == "hash-64:1"


def test_another_adapter_is_another_encoder_and_a_small_one_is_shipped() -> None:
    assert default_encoder_key().startswith(f"{DEFAULT_ENCODER}:{PUBLISHED_WEIGHTS[:16]}+")
    assert ADAPTER_FILE.stat().st_size < 2_000_000

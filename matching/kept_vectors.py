"""Vectors kept in a file between runs of a command, so that measuring the same texts again takes seconds."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from matching.encoder import Encoder, Progress, Vectors

# The file is written again after this many texts, so that a run which is stopped has not worked for nothing.
TEXTS_PER_WRITE = 1024


class KeptVectors:
    """An encoder that asks another one only for texts that it has not met before. For one thread.

    The file is named after the encoder's key, so vectors of other weights are never mixed in; a file that cannot be
    read counts as empty. Two processes may share the folder: the one that writes last wins, and nothing breaks.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        self.key = encoder.key
        self.languages = encoder.languages
        self._encoder = encoder
        self._row = np.dtype([("digest", np.void, 16), ("vector", np.float32, encoder.dimensions)])
        self._file = folder / f"{hashlib.sha256(encoder.key.encode()).hexdigest()[:16]}.npy"
        self._kept = {row["digest"].tobytes(): row["vector"] for row in self._read()}

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (len(texts), dimensions), in the order of `texts`."""
        digests = [_digest(text) for text in texts]
        missing = {
            digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._kept
        }
        # Like the encoder itself: texts of like length together cost the least padding.
        waiting = sorted(missing, key=lambda digest: -len(missing[digest]))
        known = len(texts) - len(waiting)

        def tell(before: int, done: int, _: int) -> None:
            if on_progress is not None:
                on_progress(known + before + done, len(texts))

        tell(0, 0, 0)
        for start in range(0, len(waiting), TEXTS_PER_WRITE):
            some = waiting[start : start + TEXTS_PER_WRITE]
            found = self._encoder.encode([missing[digest] for digest in some], partial(tell, start))
            self._kept |= zip(some, found, strict=True)
            self._write()
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for place, digest in enumerate(digests):
            vectors[place] = self._kept[digest]
        return vectors

    def _read(self) -> np.ndarray:
        try:
            rows = np.load(self._file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return np.empty(0, dtype=self._row)
        return rows if rows.dtype == self._row else np.empty(0, dtype=self._row)

    def _write(self) -> None:
        rows = np.empty(len(self._kept), dtype=self._row)
        rows["digest"] = np.frombuffer(b"".join(self._kept), dtype=np.dtype((np.void, 16)))
        rows["vector"] = np.stack(list(self._kept.values()))
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written beside and renamed, because a half-written file would be read as whole by the next run.
        unfinished = self._file.with_suffix(f".{os.getpid()}.part")
        with unfinished.open("wb") as file:
            np.save(file, rows)
        unfinished.replace(self._file)


def default_folder() -> Path:
    """Return a folder of this person's own beneath the temporary folder."""
    return Path(tempfile.gettempdir()) / f"counterpart-vectors-{os.getuid()}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]

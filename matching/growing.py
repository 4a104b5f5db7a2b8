"""An array that grows at its end without being copied each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

LEAST_ROOM = 1024
ROOM_TO_GROW = 1.25


class Growing:
    """Rows of one width and type, with room for more; `view` is all there are."""

    def __init__(self, rows: npt.NDArray[Any], count: int | None = None) -> None:
        """Take over an array whose first `count` rows count, all without one; it may be a file mapped copy-on-write."""
        # As a plain array, because each slice of a mapped one takes NumPy many times as long; its memory is the same.
        self._rows = rows.view(np.ndarray)
        self._count = len(rows) if count is None else count

    def __len__(self) -> int:
        return self._count

    @property
    def view(self) -> npt.NDArray[Any]:
        """All rows, not copied; good until the next change."""
        return self._rows[: self._count]

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Add rows at the end."""
        count = self._count + len(rows)
        if count > len(self._rows):
            room = max(count, LEAST_ROOM, int(ROOM_TO_GROW * self._count))
            grown = np.empty((room, *self._rows.shape[1:]), dtype=self._rows.dtype)
            grown[: self._count] = self.view
            self._rows = grown
        self._rows[self._count : count] = rows
        self._count = count

    def put(self, numbers: npt.NDArray[np.intp], rows: npt.NDArray[Any]) -> None:
        """Overwrite these rows."""
        self.view[numbers] = rows

    def shorten(self, count: int) -> None:
        """Keep the first `count` rows."""
        self._count = count

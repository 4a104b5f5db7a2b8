"""The encoder of this process and the home of the vectors. The encoder warms up behind the first pages."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from flask import Flask, current_app
from sqlalchemy.engine import URL, make_url

from web.settings import Settings

if TYPE_CHECKING:
    from matching.encoder import Encoder
    from matching.market import Home

LONGEST_WAIT_SECONDS = 60.0
# What could not be loaded may be there a minute later: a disk that is back, a folder that was put in its place.
SECONDS_BETWEEN_ATTEMPTS = 60.0
INDEX_FOLDER = "index"

logger = logging.getLogger("counterpart.web")


class EncoderIsWarmingError(Exception):
    """The encoder is still being loaded; the page says so and asks again by itself."""


class EncoderIsMissingError(EncoderIsWarmingError):
    """The encoder could not be loaded; it is tried again after a while, and until then words are compared."""


class Matcher:
    """One per process. Both parts are made at first use, which is after any fork and off the path of start-up."""

    def __init__(
        self,
        load_encoder: "Callable[[], Encoder]",
        languages: frozenset[str],
        database_url: str,
        index_folder: Path,
    ) -> None:
        self._index_folder = index_folder
        self._load_encoder = load_encoder
        self.languages = languages
        self._database_url = make_url(database_url)
        self._encoder: Encoder | None = None
        self._index: Home | None = None
        self._failure: Exception | None = None
        self._failed_at = 0.0
        self._is_settled = threading.Event()
        self._making = threading.Lock()
        self._is_started = False

    @property
    def index(self) -> "Home":
        """Where the vectors live: in PostgreSQL itself, or in memory, empty until the first refresh."""
        with self._making:
            if self._index is None:
                self._index = home_of(self._database_url, self.languages, self._index_folder)
            return self._index

    @property
    def failure(self) -> Exception | None:
        """Why the encoder could not be loaded. None: it could, or nobody has needed it yet."""
        return self._failure

    def warm_up(self) -> None:
        """Begin to load the encoder without waiting for it: once, and again some time after it failed."""
        with self._making:
            if self._is_started and not self._is_to_be_tried_again():
                return
            self._is_started = True
            self._is_settled.clear()
        threading.Thread(target=self._load, name="encoder-warm-up", daemon=True).start()

    def encoder(self) -> "Encoder":
        """The encoder, for a page that can be asked again. Raises EncoderIsWarmingError while it is being loaded, and
        EncoderIsMissingError if it could not be.
        """
        self.warm_up()
        if not self._is_settled.is_set():
            raise EncoderIsWarmingError
        return self._settled()

    def encoder_after_waiting(self) -> "Encoder":
        """The encoder, for a form whose content must not be lost: waits while it is being loaded. Raises as above."""
        self.warm_up()
        if not self._is_settled.wait(LONGEST_WAIT_SECONDS):
            raise EncoderIsWarmingError
        return self._settled()

    def _settled(self) -> "Encoder":
        if self._encoder is None:
            raise EncoderIsMissingError from self._failure
        return self._encoder

    def _is_to_be_tried_again(self) -> bool:
        is_over = self._is_settled.is_set() and self._failure is not None
        return is_over and monotonic() - self._failed_at >= SECONDS_BETWEEN_ATTEMPTS

    def _load(self) -> None:
        try:
            self._encoder = self._load_encoder()
            self._failure = None
        except Exception as failure:
            logger.exception("the encoder could not be loaded")
            # Kept for whoever asks for the encoder: this thread has nobody to tell.
            self._failure = failure
            self._failed_at = monotonic()
        finally:
            self._is_settled.set()


def home_of(database: URL, languages: frozenset[str], index_folder: Path) -> "Home":
    """Where vectors of this database live: in PostgreSQL itself, or in memory and, for the next start, in a folder."""
    # Imported here because NumPy, and FAISS where it is needed, would delay the first page.
    if database.get_backend_name() == "postgresql":
        from matching.database_market import DatabaseHome

        return DatabaseHome(languages)
    from matching.index import Index

    return Index(languages, index_folder)


def matcher() -> Matcher:
    """The matcher of the current application."""
    found: Matcher = current_app.extensions["matcher"]
    return found


def init_matcher(app: Flask, load_encoder: "Callable[[], Encoder]", languages: frozenset[str]) -> None:
    settings: Settings = app.extensions["settings"]
    app.extensions["matcher"] = Matcher(
        load_encoder, languages, settings.database_url, settings.data_folder / INDEX_FOLDER
    )

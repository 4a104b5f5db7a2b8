"""The encoder and the index of this process. The encoder warms up behind the first pages."""

import threading
from collections.abc import Callable

from flask import Flask, current_app

from matching.encoder import Encoder
from matching.index import Index

LONGEST_WAIT_SECONDS = 60.0


class EncoderIsWarming(Exception):
    """The encoder is still being loaded; the page says so and asks again by itself."""


class Matcher:
    """One per process, made after any fork. Loading starts with ``warm_up`` and runs in its own thread."""

    def __init__(self, load_encoder: Callable[[], Encoder]) -> None:
        self.index = Index()
        self._load_encoder = load_encoder
        self._encoder: Encoder | None = None
        self._failure: Exception | None = None
        self._is_settled = threading.Event()
        self._start = threading.Lock()
        self._is_started = False

    def warm_up(self) -> None:
        """Begin to load the encoder, once, without waiting for it."""
        with self._start:
            if self._is_started:
                return
            self._is_started = True
        threading.Thread(target=self._load, name="encoder-warm-up", daemon=True).start()

    def encoder(self) -> Encoder:
        """The encoder, for a page that can be asked again. Raises EncoderIsWarming while it is being loaded."""
        self.warm_up()
        if not self._is_settled.is_set():
            raise EncoderIsWarming
        return self._settled()

    def encoder_after_waiting(self) -> Encoder:
        """The encoder, for a form whose content must not be lost: waits while it is being loaded."""
        self.warm_up()
        if not self._is_settled.wait(LONGEST_WAIT_SECONDS):
            raise EncoderIsWarming
        return self._settled()

    def _settled(self) -> Encoder:
        if self._encoder is None:
            raise RuntimeError("the encoder could not be loaded") from self._failure
        return self._encoder

    def _load(self) -> None:
        try:
            self._encoder = self._load_encoder()
        except Exception as failure:
            # Kept for whoever needs the encoder: this thread has nobody to tell.
            self._failure = failure
            current = threading.current_thread().name
            raise RuntimeError(f"{current}: the encoder could not be loaded") from failure
        finally:
            self._is_settled.set()


def matcher() -> Matcher:
    """The matcher of the current application."""
    found: Matcher = current_app.extensions["matcher"]
    return found


def init_matcher(app: Flask, load_encoder: Callable[[], Encoder]) -> None:
    app.extensions["matcher"] = Matcher(load_encoder)

"""What makes a post's vector and the weights of its words, as a short text: kept ones are good while it is the same."""

from __future__ import annotations

import zlib
from importlib.resources import files

from matching.calibration import LENGTH_WITHOUT_FORM, WHOLE_SHARE, Calibration
from matching.words import FREQUENCIES_FILE


def fingerprint(calibration: Calibration) -> str:
    """Return a text that differs where two calibrations make different vectors, or counted words other weights."""
    parts = (
        f"{calibration.encoder_key} {WHOLE_SHARE} {LENGTH_WITHOUT_FORM}".encode(),
        calibration.centre.tobytes(),
        calibration.directions.tobytes(),
        calibration.forms.tobytes(),
        calibration.answers.tobytes(),
        files("matching").joinpath(FREQUENCIES_FILE).read_bytes(),
    )
    return " ".join(f"{zlib.crc32(part):08x}" for part in parts)

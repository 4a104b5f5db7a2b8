"""Which languages are compared by meaning is a setting, because another encoder knows others."""

from pathlib import Path

import pytest

from app import create_app
from matching.encoder import HashEncoder
from web.settings import SettingsError, settings_from


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        "COUNTERPART_SECRET_KEY": "a secret that only the tests know, long enough",
        "COUNTERPART_PUBLIC_URL": "https://partners.example.org",
        "COUNTERPART_DATA": str(folder),
        **more,
    }


def test_only_english_is_compared_by_meaning_unless_the_settings_say_more(tmp_path: Path) -> None:
    index = create_app(settings_from(environment(tmp_path)), HashEncoder).extensions["matcher"].index
    assert index.knows("en")
    assert not index.knows("de")
    settings = settings_from(environment(tmp_path, COUNTERPART_ENCODER_LANGUAGES="en, DE"))
    index = create_app(settings, HashEncoder).extensions["matcher"].index
    assert [language for language in ("en", "de", "fr") if index.knows(language)] == ["en", "de"]


@pytest.mark.parametrize("value", [" ", "english", "en;de", "en,"])
def test_languages_that_are_no_codes_are_refused_at_the_start(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match="COUNTERPART_ENCODER_LANGUAGES"):
        settings_from(environment(tmp_path, COUNTERPART_ENCODER_LANGUAGES=value))

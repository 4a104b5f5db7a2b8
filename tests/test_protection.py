"""What protects every request, whoever asks and whatever for."""

import pytest

from tests.browsing import Browser


def test_a_foreign_host_is_refused_in_plain_words(browse: Browser) -> None:
    response = browse.client.get("/login", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil" not in response.text
    assert "does not answer at this address" in response.text


@pytest.mark.parametrize("path", ["/login", "/change", "/settings", "/help", "/nothing-is-here"])
def test_no_page_is_kept_in_a_cache(browse: Browser, path: str) -> None:
    response = browse.sign_in("ada").client.get(path)
    assert response.headers.getlist("Cache-Control") == ["no-store"]

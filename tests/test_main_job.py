"""The main job with nothing replaced: real encoder, FAISS, mail server and browser, and no JavaScript."""

import pytest
from flask import Flask

from tests.letter_box import LetterBox
from tests.real_browser import chromium, served
from tests.real_road import GAP, post_gap, sign_in
from tests.real_road import real_app as real_app
from web.database import db
from web.mail import send_due_mail

pytestmark = [pytest.mark.browser, pytest.mark.encoder]


def test_hr_posts_a_gap_and_both_sides_see_why_they_should_talk(
    real_app: Flask, letter_box: tuple[LetterBox, int]
) -> None:
    with served(real_app) as address, chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, address, "max@alba.example")
        post_gap(page)
        page.get_by_role("link", name="Partners", exact=True).first.click()
        best = page.get_by_role("listitem").filter(has_text="Boreal University").first
        assert "Graduates in electrochemistry" in best.inner_text()
        assert "Corvus Motors" not in page.locator("main").inner_text(), (
            "a rival with the same need is no partner"
        )
        best.get_by_role("link", name="Why").first.click()
        ours = page.locator("main").inner_text()
        quoted = [" ".join(text.split()) for text in page.locator("blockquote p").all_text_contents()]
        # Which of them carries the fit is the encoder's affair; it is quoted word for word.
        assert any(sentence in GAP for sentence in quoted), quoted
        assert any("Forty graduates a year" in sentence for sentence in quoted), quoted
        assert "What you get" in ours
        assert "What they get" in ours

        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, address, "dora@boreal.example")
        page.get_by_role("link", name="Partners", exact=True).first.click()
        best = page.get_by_role("listitem").filter(has_text="Alba Cells").first
        assert "Placements in our test hall" in best.inner_text()
        best.get_by_role("link", name="Why").first.click()
        assert "Somebody who knows why cells grow old" in page.locator("main").inner_text()

        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{address}/reset")
        page.get_by_label("E-mail").fill("dora@boreal.example")
        page.locator("main form button[type=submit]").click()
    box, _port = letter_box
    with real_app.app_context():
        send_due_mail(db.session)
    assert [mail["To"] for mail in box.mails] == ["dora@boreal.example"]

"""What one side of a meeting learns of what the other side told, and the summary that both agree on."""

import re

from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.meeting import Meeting
from models.outbox import OutboxMail
from models.outcome import FEEDBACK_HIDDEN_FOR
from tests.browsing import Browser
from tests.dealings import ASKED_SECRET, ASKING_SECRET, Dealings, add_dealings
from tests.met import met as met
from tests.met import outcome_path, tell
from tests.world import World
from web.database import db


def test_their_feelings_stay_hidden_until_both_told_or_ten_days_passed(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    tell(browse, met, feedback="Max felt well", agreed="In spring", note="Max notes", topics="A dry room")
    dora = Browser(app).sign_in("dora")
    page = dora.get(outcome_path(met))
    assert "Meet again: In spring" in page.words
    assert "Their interest and feedback show once both sides" in page.words
    assert "Max felt well" not in str(page)
    assert "Max notes" not in str(page)
    assert "A dry room" not in str(page)
    tell(dora, met, feedback="Dora felt better", note="Dora notes", topics="A wet room")
    assert "Max felt well" in dora.get(outcome_path(met)).words
    page = browse.get(outcome_path(met))
    assert "Dora felt better" in page.words
    assert "Dora notes" not in str(page)
    assert "A wet room" not in str(page)
    assert "A dry room" in page.words


def test_after_ten_days_the_feedback_shows_even_to_a_silent_side(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    tell(browse, met, feedback="Max felt well")
    dora = Browser(app).sign_in("dora")
    assert "Max felt well" not in str(dora.get(outcome_path(met)))
    with app.app_context():
        begin_write(db.session)
        meeting = db.session.get_one(Meeting, met.past_meeting)
        meeting.starts_at -= FEEDBACK_HIDDEN_FOR
        meeting.ends_at -= FEEDBACK_HIDDEN_FOR
        db.session.commit()
    assert "Max felt well" in dora.get(outcome_path(met)).words


def test_who_neither_is_the_office_nor_takes_part_reads_no_account(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("dora")
    tell(browse, met)
    mia = Browser(app).sign_in("mia")
    mia.get(outcome_path(met), 403)
    mia.get(outcome_path(met, "/log"), 403)
    mia.post(outcome_path(met, "/log"), {"held": "not_held"}, 403)
    mia.post(f"/meetings/{met.past_meeting}/summary", {"text": "Mine"}, 403)
    mia.post(f"/meetings/{met.past_meeting}/summary/confirm", {}, 403)
    mia.post(outcome_path(met, "/close"), {"reason": "other"}, 403)
    Browser(app).sign_in("carl").get(outcome_path(met), 404)


def test_a_summary_goes_back_and_forth_until_the_other_side_confirms(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    tell(browse, met, summary="Four engineers by May.")
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "summary.proposed")).one()
        assert mail.recipient == "dora@boreal.example"
        assert "Max Example of Alba Cells" in mail.body
        assert len(re.findall(r"http\S+", mail.body)) == 1
    dora = Browser(app).sign_in("dora")
    page = dora.get(outcome_path(met))
    assert "It is your turn" in page.words
    early = page
    box = page.select("textarea#text")[0]
    assert box.get_text().strip() == "Four engineers by May.", "a correction starts from their words"
    assert dora.submit(page, "Send the correction", status=422).error_of("text")
    page = dora.follow(dora.submit(page, "Send the correction", {"text": "Three engineers by May."}))
    assert "It is the turn of Alba Cells" in page.words
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "summary.proposed"))
        subjects = {mail.recipient: mail.subject for mail in mails}
        assert (
            subjects["max@alba.example"]
            == "Boreal University corrected the summary of your meeting. Is it right now?"
        )
    page = dora.submit(early, "Yes, confirm it", status=409)
    assert "The summary changed while you were reading" in page.words
    page = browse.get(outcome_path(met))
    assert "Four engineers by May." in page.words
    assert "Three engineers by May." in page.words
    page = browse.follow(browse.submit(page, "Yes, confirm it"))
    assert "Confirmed by both sides" in page.words
    browse.post(f"/meetings/{met.past_meeting}/summary/confirm", {"seen": "2"}, 409)
    page = browse.get(outcome_path(met))
    page = browse.submit(page, "Send the new version", {"text": " "}, 422)
    assert page.error_of("text")


def test_no_word_of_one_side_reaches_a_page_or_mail_of_the_other(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        dealings = add_dealings(db.session, world)
    dora = Browser(app).sign_in("dora")
    tell(dora, dealings, feedback="", our_interest="unknown", note=f"Hm {ASKED_SECRET}", topics=ASKED_SECRET)
    max_pages = Browser(app).sign_in("max")
    paths = (
        outcome_path(dealings), outcome_path(dealings, "/log"), "/topics/", "/heard-needs/", "/outcomes/several",
        f"/heard-needs/{dealings.heard_need}", f"/topics/{dealings.topic}/become?as=need",
    )  # fmt: skip
    seen = ""
    for address in paths:
        page = dora.client.get(address)
        assert ASKING_SECRET not in page.text, address
        seen += page.text
        page = max_pages.client.get(address)
        assert ASKED_SECRET not in page.text, address
        seen += page.text
    assert ASKED_SECRET in seen
    assert ASKING_SECRET in seen
    with app.app_context():
        for mail in db.session.scalars(select(OutboxMail)):
            assert ASKING_SECRET not in mail.body + mail.subject
            assert ASKED_SECRET not in mail.body + mail.subject

"""Promises: offered, asked for, agreed, done and confirmed, and each refusal explained."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.commitment import Commitment
from models.commitment_rules import standing_of_commitment
from models.commitment_standing import State
from models.reminder import Reminder
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.partnered import dealt as dealt
from tests.partnered import ids as ids
from tests.partnered import mails
from tests.partnering import Partnering
from tests.promised import LATER, TERMS, agreed_offer, make, number_of, offer, state_of
from tests.world import World, build_world
from web.database import db


def test_a_kept_promise_raises_the_figures_of_whoever_kept_it(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    made = offer(browse.sign_in("max"), ids, {"importance": "3", "text": "As we said on Monday."})
    commitment = number_of(made)
    assert "You wait for their answer." in made.words
    (mail,) = mails(app, "commitment.moved")
    assert mail.recipient == "dora@boreal.example"
    assert "offers you something: The data of forty cells" in mail.subject
    assert "They wait for your answer." in mail.body
    assert "As we said on Monday." in mail.body
    assert mail.body.count("http://localhost/") == 1
    make(browse.sign_in("dora"), commitment, "promise", {})
    assert state_of(app, commitment) is State.AGREED
    bare = make(browse.sign_in("max"), commitment, "deliver", {"text": "Sent today."}, 422)
    assert "A lot depends on this promise" in bare.error_of("evidence")
    assert bare.find("textarea", attrs={"name": "text"}).get_text().strip() == "Sent today."
    make(browse, commitment, "deliver", {"text": "Sent today.", "evidence": "https://data.example"})
    assert "Not enough history yet" in browse.sign_in("dora").get(path).words
    make(browse, commitment, "satisfied", {"text": "Thank you."})
    page = browse.get(path)
    row = next(row for row in page.find_all("tr") if "Alba Cells, Plant" in row.get_text())
    assert [cell.get_text(strip=True) for cell in row.find_all("td")] == ["1", "0", "0", "0", "1 of 1"]
    assert "1 kept, 0 late, 0 broken with one partner in one month — reliable; certainty 0.5" in page.words
    listed = browse.get(row.find("a")["href"])
    assert "The data of forty cells" in listed.words
    assert "Kept on time" in listed.words
    assert "1 of 1" in browse.get("/partnerships").words


def test_a_request_is_answered_by_the_side_that_is_to_do_it(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    made = offer(browse.sign_in("max"), ids, {}, kind="request")
    assert made.find(attrs={"name": "responsible"}) is None
    commitment = number_of(made)
    answer = browse.sign_in("dora").get(f"/commitments/{commitment}")
    assert "They wait for your answer." in answer.words
    make(browse, commitment, "promise", {"responsible": str(world.people["mia"])})
    assert "Mia Example, Boreal University, Engineering" in browse.get(f"/commitments/{commitment}").words
    with app.app_context():
        people = set(db.session.scalars(select(Reminder.person_id)))
        assert people == {world.people["mia"]}


def test_after_its_day_other_terms_are_offered_instead_of_agreeing(browse: Browser, ids: Partnering) -> None:
    commitment = number_of(offer(browse.sign_in("max"), ids, {}))
    with time_machine.travel(utc_now() + timedelta(days=31), tick=False):
        page = browse.sign_in("dora").get(f"/commitments/{commitment}")
        assert "The date is over. Agree on a later one." in page.words
        links = [str(link["href"]) for link in page.find("main").find_all("a")]
        assert f"/commitments/{commitment}/moves/promise" not in links
        assert f"/commitments/{commitment}/moves/counter" in links


def test_a_draft_whose_day_passed_says_so_wherever_it_could_be_sent(browse: Browser, ids: Partnering) -> None:
    page = browse.sign_in("max").get(f"/partnerships/{ids.partnership}/promises/offer")
    draft = number_of(browse.follow(browse.submit(page, "Save as a draft", TERMS)))
    send = f"/commitments/{draft}/moves/send"
    for path in (f"/commitments/{draft}", f"/partnerships/{ids.partnership}"):
        assert browse.sign_in("max").get(path).select(f'a[href="{send}"]'), path
    with time_machine.travel(utc_now() + timedelta(days=31), tick=False):
        for path in (f"/commitments/{draft}", f"/partnerships/{ids.partnership}"):
            page = browse.sign_in("max").get(path)
            assert "Its date is over: choose a later one, then send it." in page.words, path
            assert not page.select(f'a[href="{send}"]'), path


def test_a_change_to_a_day_that_passed_says_why_nobody_can_agree_to_it(
    browse: Browser, ids: Partnering
) -> None:
    commitment = agreed_offer(browse, ids)
    make(browse.sign_in("max"), commitment, "ask_change", {"due_on": LATER, "text": "We need longer."})
    with time_machine.travel(utc_now() + timedelta(days=61), tick=False):
        page = browse.sign_in("dora").get(f"/commitments/{commitment}")
        assert "The date that they ask for is over" in page.words
        assert not page.select(f'a[href="/commitments/{commitment}/moves/agree_change"]')


def test_a_draft_stays_on_its_side_until_it_is_sent(app: Flask, browse: Browser, ids: Partnering) -> None:
    page = browse.sign_in("max").get(f"/partnerships/{ids.partnership}/promises/offer")
    draft = browse.follow(browse.submit(page, "Save as a draft", {**TERMS, "text": "Ask Olga first"}))
    commitment = number_of(draft)
    assert not mails(app, "commitment.moved")
    browse.sign_in("dora").get(f"/commitments/{commitment}", 404)
    browse.get(f"/commitments/{commitment}/moves/promise", 404)
    browse.sign_in("olga").get(f"/commitments/{commitment}")
    make(browse, commitment, "draft", {"what": "The data of fifty cells"})
    make(browse, commitment, "send", {"text": "Better so?"})
    page = browse.sign_in("dora").get(f"/commitments/{commitment}")
    assert "The data of fifty cells" in page.words
    assert "Better so?" in page.words
    assert "Ask Olga first" not in page.words
    assert "forty" not in page.words


def test_other_terms_go_back_and_forth_until_both_agree(app: Flask, browse: Browser, ids: Partnering) -> None:
    commitment = ids.request
    counter = {"what": "Age twenty cells", "due_on": LATER, "text": "Forty are too many."}
    make(browse.sign_in("dora"), commitment, "counter", counter)
    page = browse.sign_in("max").get(f"/commitments/{commitment}")
    assert "Forty are too many." in page.words
    make(browse, commitment, "accept", {})
    assert state_of(app, commitment) is State.AGREED
    with app.app_context():
        record = db.session.get_one(Commitment, commitment)
        standing = standing_of_commitment(record, utc_now())
        assert standing.terms.what == "Age twenty cells"
        assert standing.terms.due_on.isoformat() == LATER


def test_a_refused_move_explains_itself_and_loses_no_word(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/commitments/{ids.promise}/moves"
    page = browse.sign_in("dora").client.get(f"{path}/deliver", follow_redirects=True)
    assert "This is for the other side to say." in page.get_data(as_text=True)
    forged = browse.post(f"{path}/deliver", {"text": "We did it ourselves."}, 409)
    assert "This is for the other side to say." in forged.words
    assert "We did it ourselves." in forged.find("textarea").get_text()
    early = browse.client.get(f"{path}/mark_broken", follow_redirects=True)
    assert "not possible as the promise stands now" in early.get_data(as_text=True)
    browse.get(f"{path}/steal", 404)
    assert state_of(app, ids.promise) is State.AGREED


def test_a_move_made_on_an_old_page_is_shown_what_happened_since(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    page = browse.sign_in("max").get(f"/commitments/{ids.promise}/moves/deliver")
    olga = Browser(app).sign_in("olga")
    make(olga, ids.promise, "ask_change", {"due_on": LATER, "text": "The lorry is late."})
    crossed = browse.submit(page, "Report it done", {"text": "All sent."}, 409)
    assert "Olga Example asked for a change while this page was open." in crossed.words
    assert "All sent." in crossed.find("textarea").get_text()
    browse.submit(crossed, "Report it done")
    assert state_of(app, ids.promise) is State.DELIVERED


def test_a_change_moves_the_day_only_when_they_agree(app: Flask, browse: Browser, ids: Partnering) -> None:
    make(browse.sign_in("max"), ids.promise, "ask_change", {"due_on": LATER, "text": "The lorry is late."})
    page = browse.sign_in("dora").get(f"/commitments/{ids.promise}")
    assert "A change is asked for:" in page.words
    make(browse, ids.promise, "agree_change", {})
    with app.app_context():
        standing = standing_of_commitment(db.session.get_one(Commitment, ids.promise), utc_now())
        assert standing.terms.due_on.isoformat() == LATER
        assert standing.was_renegotiated


def test_asking_for_a_change_says_what_it_still_helps(browse: Browser, ids: Partnering) -> None:
    in_time, late = "Ask before it is due", "it counts as late even at a new date"
    paths = (f"/commitments/{ids.promise}", f"/commitments/{ids.promise}/moves/ask_change")
    browse.sign_in("max")
    for path in paths:
        words = browse.get(path).words
        assert in_time in words
        assert late not in words
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        browse.sign_in("max")
        for path in paths:
            words = browse.get(path).words
            assert in_time not in words
            assert late in words


def test_what_is_missing_goes_back_with_words(app: Flask, browse: Browser, ids: Partnering) -> None:
    make(browse.sign_in("max"), ids.promise, "deliver", {"text": "All sent."})
    silent = make(browse.sign_in("dora"), ids.promise, "not_satisfied", {"text": " "}, 422)
    assert silent.error_of("text")
    make(browse, ids.promise, "not_satisfied", {"text": "Ten cells are missing."})
    page = browse.sign_in("max").get(f"/commitments/{ids.promise}")
    assert "Ten cells are missing." in page.words
    assert state_of(app, ids.promise) is State.AGREED


def test_a_dispute_is_settled_by_both(app: Flask, browse: Browser, ids: Partnering) -> None:
    make(browse.sign_in("max"), ids.promise, "dispute", {"text": "We never said forty."})
    assert state_of(app, ids.promise) is State.DISPUTED
    make(browse, ids.promise, "propose_settlement", {"settles_as": "released"})
    page = browse.sign_in("dora").get(f"/commitments/{ids.promise}")
    assert "A settlement is proposed: No longer needed." in page.words
    make(browse, ids.promise, "accept_settlement", {})
    assert state_of(app, ids.promise) is State.RELEASED


def test_dates_that_cannot_be_are_refused_at_their_field(browse: Browser, ids: Partnering) -> None:
    page = browse.sign_in("max").get(f"/partnerships/{ids.partnership}/promises/offer")
    wrong = browse.submit(page, "Send", {**TERMS, "due_on": "2020-01-01"}, 422)
    assert "The date is in the past." in wrong.error_of("due_on")
    far = browse.submit(page, "Send", {**TERMS, "due_on": "9999-12-31"}, 422)
    assert "years away" in far.error_of("due_on")
    nonsense = browse.submit(page, "Send", {**TERMS, "due_on": "soon", "importance": "7"}, 422)
    assert nonsense.error_of("due_on")
    assert nonsense.error_of("importance")
    foreign = browse.submit(page, "Send", {**TERMS, "responsible": "999"}, 422)
    assert "not one of the choices" in foreign.error_of("responsible")


def test_the_partnership_page_gives_each_promise_its_one_move(browse: Browser, ids: Partnering) -> None:
    page = browse.sign_in("max").get(f"/partnerships/{ids.partnership}")
    rows = {row.find("a").get_text(): row for row in page.find("ul", class_="promises").find_all("li")}
    assert set(rows) == {"Send the cells", "Age the cells"}
    assert "Report it done" in rows["Send the cells"].get_text()
    assert rows["Age the cells"].find("a", class_="btn") is None
    assert "Your turn: one promise waits for you." in page.words
    page = browse.sign_in("dora").get(f"/partnerships/{ids.partnership}")
    rows = {row.find("a").get_text(): row for row in page.find("ul", class_="promises").find_all("li")}
    assert "Answer" in rows["Age the cells"].get_text()
    assert "Send" in rows["canary-draft-of-the-asked-side"].get_text()


def test_the_road_from_a_proposal_to_a_kept_promise_works_on_either_database(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        dealt = add_dealings(db.session, world)
    browse = Browser(either_app).sign_in("max")
    page = browse.get(f"/partnerships/new?introduction={dealt.introduction}")
    blanks = {"doing": "a", "beneficiary": "b", "benefit": "c", "result": "d"}
    path = browse.follow(browse.submit(page, "Propose it", blanks)).response.request.path
    browse.sign_in("dora")
    browse.submit(browse.get(path), "Confirm it")
    page = browse.get(f"{path}/people/new")
    mia = {"person": str(world.people["mia"]), "goals": "Placements", "private_goals": "Money"}
    browse.submit(page, "Save", mia)
    page = browse.get(f"{path}/promises/offer")
    commitment = number_of(browse.follow(browse.submit(page, "Send", TERMS)))
    make(browse.sign_in("max"), commitment, "promise", {})
    make(browse.sign_in("dora"), commitment, "deliver", {"text": "Sent."})
    make(browse.sign_in("max"), commitment, "satisfied", {})
    assert state_of(either_app, commitment) is State.KEPT
    browse.submit(browse.get(f"{path}/expectations"), "Send it")
    browse.submit(browse.get(f"{path}/stage"), "Save", {"stage": "managing"})
    browse.submit(browse.get(path), "Let it grow into a full partnership")
    browse.sign_in("mia")
    browse.submit(browse.get(path), "Let it grow")
    browse.submit(browse.get(f"{path}/close"), "Close it", {"reason": "reached", "text": "It went well."})
    assert "We reached what we set out to do" in browse.get(path).words
    assert "1 of 1" in browse.get("/partnerships").words

"""Promises: offered, asked for, agreed, done and confirmed, each move told once and each refusal explained."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.commitment import Commitment, CommitmentMove, Move
from models.commitment_rules import standing_of_commitment
from models.commitment_standing import State
from models.outbox import OutboxMail
from models.relationship import ContactKind, Direction, Relationship
from models.reminder import Reminder, ReminderState
from tests.browsing import Browser, Page
from tests.dealings import add_dealings
from tests.partnering import Partnering, add_partnership
from tests.world import World, build_world
from web.database import db
from web.reminders import sweep_reminders

TODAY = utc_now().date()
DUE = (TODAY + timedelta(days=30)).isoformat()
LATER = (TODAY + timedelta(days=60)).isoformat()
TERMS = {"what": "The data of forty cells", "due_on": DUE, "importance": "2"}


@pytest.fixture
def ids(app: Flask, world: World) -> Partnering:
    with app.app_context():
        dealt = add_dealings(db.session, world)
        return add_partnership(db.session, world, introduction_id=dealt.introduction)


def state_of(app: Flask, commitment_id: int) -> State:
    with app.app_context():
        commitment = db.session.get_one(Commitment, commitment_id)
        return standing_of_commitment(commitment, utc_now()).state


def mails(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        statement = select(OutboxMail).where(OutboxMail.kind == "commitment.moved").order_by(OutboxMail.id)
        return list(db.session.scalars(statement))


def offer(browse: Browser, ids: Partnering, values: dict[str, str], kind: str = "offer") -> Page:
    page = browse.get(f"/partnerships/{ids.partnership}/promises/{kind}")
    return browse.follow(browse.submit(page, "Send", {**TERMS, **values}))


def make(browse: Browser, commitment: int, move: str, values: dict[str, str], status: int = 303) -> Page:
    page = browse.get(f"/commitments/{commitment}/moves/{move}")
    button = page.find("main").find_all("button", type="submit")[-1].get_text(strip=True)
    return browse.submit(page, button, values, status)


def number_of(page: Page) -> int:
    return int(page.response.request.path.rpartition("/")[2])


def test_a_kept_promise_raises_the_figures_of_whoever_kept_it(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    made = offer(browse.sign_in("max"), ids, {"importance": "3", "text": "As we said on Monday."})
    commitment = number_of(made)
    assert "You wait for their answer." in made.words
    (mail,) = mails(app)
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
    row = next(row for row in page.find_all("tr") if "Plant, Alba Cells" in row.get_text())
    assert [cell.get_text(strip=True) for cell in row.find_all("td")] == ["1", "0", "0", "0", "1 of 1"]
    assert "1 kept, 0 late, 0 broken with one partner in one month — reliable; certainty 0.5" in page.words
    listed = browse.get(row.find("a")["href"])
    assert "The data of forty cells" in listed.words
    assert "Kept on time" in listed.words
    assert "1 of 1" in browse.get("/partnerships").words


def contacts(app: Flask, world: World, unit: str) -> list[tuple[Direction, str]]:
    """What this unit's side keeps of messages, in their order, with the day of the last one on the card."""
    with app.app_context():
        ours = db.session.scalars(select(Relationship).where(Relationship.unit_id == world.units[unit])).one()
        found = [contact for contact in reversed(ours.contacts) if contact.kind is ContactKind.MESSAGE]
        assert not found or ours.last_contact_at == found[-1].at
        return [(contact.direction, contact.note) for contact in found]


def test_whoever_delivers_or_confirms_a_promise_was_in_touch(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    with time_machine.travel(utc_now() + timedelta(days=1)) as clock:
        make(browse.sign_in("max"), ids.promise, "deliver", {"text": "Sent today."})
        clock.shift(timedelta(hours=1))
        make(browse.sign_in("dora"), ids.promise, "satisfied", {})
    what = "Send the cells"
    assert contacts(app, world, "alba plant") == [
        (Direction.OURS, f"{what}: Sent today."),
        (Direction.THEIRS, what),
    ]
    assert contacts(app, world, "boreal engineering") == [
        (Direction.THEIRS, f"{what}: Sent today."),
        (Direction.OURS, what),
    ]


def test_contacts_say_what_was_done_about_a_promise_and_lead_to_it(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world)
        ids = add_partnership(db.session, world, introduction_id=dealt.introduction)
    page = offer(browse.sign_in("max"), ids, {})
    path = page.response.request.path
    make(browse.sign_in("dora"), number_of(page), "promise", {})
    offer(browse, ids, {"what": "A talk"}, kind="request")
    links = browse.get(f"/relationships/{dealt.theirs}").select("section[aria-labelledby=contacts] li a")
    assert [link.get_text() for link in links] == ["Promise asked for", "Promise: agreed", "Promise offered"]
    assert [str(link["href"]).partition("?")[0] for link in links][1:] == [path, path]


def test_the_relationship_says_whose_turn_a_promise_makes_it(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world)
        ids = add_partnership(db.session, world, introduction_id=dealt.introduction)
    make(browse.sign_in("max"), ids.request, "withdraw", {})

    def turns() -> list[str]:
        """As both sides read it."""
        pages = [
            browse.sign_in(name).get(f"/relationships/{card}")
            for name, card in (("max", dealt.ours), ("dora", dealt.theirs))
        ]
        labels = [page.find("dt", string="Whose turn is it?") for page in pages]
        return [label.find_next("dd").get_text() for label in labels if label is not None]

    assert turns() == ["Yours: you owe what you promised", "Theirs: they owe what they promised"]
    with time_machine.travel(utc_now() + timedelta(days=25)):
        assert turns() == [
            "Yours: they wait for what you promised",
            "Theirs: you wait for what they promised",
        ]
        make(browse.sign_in("max"), ids.promise, "deliver", {"text": "Sent today."})
        assert turns() == ["Theirs: you wait for their answer", "Yours: they wait for your answer"]
        make(browse.sign_in("dora"), ids.promise, "satisfied", {})
        assert turns() == ["Nobody waits", "Nobody waits"]


def test_what_the_other_side_never_read_is_no_contact(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    page = browse.sign_in("dora").get(f"/partnerships/{ids.partnership}/promises/offer")
    browse.submit(page, "Save as a draft", TERMS)
    make(browse, ids.draft, "withdraw", {})
    assert contacts(app, world, "boreal engineering") == contacts(app, world, "alba plant") == []
    with time_machine.travel(utc_now() + timedelta(days=1)):
        make(browse, ids.request, "promise", {})
    assert [direction for direction, _ in contacts(app, world, "alba plant")] == [Direction.THEIRS]


def test_a_request_is_answered_by_the_side_that_is_to_do_it(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    made = offer(browse.sign_in("max"), ids, {}, kind="request")
    assert made.find(attrs={"name": "responsible"}) is None
    commitment = number_of(made)
    answer = browse.sign_in("dora").get(f"/commitments/{commitment}")
    assert "They wait for your answer." in answer.words
    make(browse, commitment, "promise", {"responsible": str(world.people["mia"])})
    assert "Mia Example, Engineering, Boreal University" in browse.get(f"/commitments/{commitment}").words
    with app.app_context():
        people = set(db.session.scalars(select(Reminder.person_id)))
        assert people == {world.people["mia"]}


def test_a_draft_stays_on_its_side_until_it_is_sent(app: Flask, browse: Browser, ids: Partnering) -> None:
    page = browse.sign_in("max").get(f"/partnerships/{ids.partnership}/promises/offer")
    draft = browse.follow(browse.submit(page, "Save as a draft", {**TERMS, "text": "Ask Olga first"}))
    commitment = number_of(draft)
    assert not mails(app)
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


def morning_of(due: str, days: int) -> datetime:
    """Nine in the morning, UTC, so many days after the due day."""
    return datetime.combine(datetime.fromisoformat(due).date(), time(9), utc_now().tzinfo) + timedelta(
        days=days
    )


def swept(app: Flask, moment: datetime) -> list[str]:
    """The subjects of what one sweep at that moment puts into the outbox."""
    with app.test_request_context(), time_machine.travel(moment, tick=False):
        sweep_reminders(db.session, utc_now())
        found = db.session.scalars(
            select(OutboxMail.subject).where(OutboxMail.kind.like("reminder.%")).order_by(OutboxMail.id)
        )
        return list(found)


def agreed_offer(browse: Browser, ids: Partnering) -> int:
    commitment = number_of(offer(browse.sign_in("max"), ids, {}))
    make(browse.sign_in("dora"), commitment, "promise", {})
    return commitment


def test_whoever_owes_it_is_reminded_the_day_before_on_the_day_and_once_when_it_is_overdue(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    agreed_offer(browse, ids)
    what = "The data of forty cells"
    assert swept(app, morning_of(DUE, -2)) == []
    assert swept(app, morning_of(DUE, -1)) == [f"Due tomorrow: {what}"]
    assert swept(app, morning_of(DUE, 0)) == [f"Due tomorrow: {what}", f"Due today: {what}"]
    everything = [f"Due tomorrow: {what}", f"Due today: {what}", f"Overdue: {what}"]
    assert swept(app, morning_of(DUE, 1)) == everything
    assert swept(app, morning_of(DUE, 9)) == everything


def test_after_a_week_of_downtime_only_what_still_applies_is_sent(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    agreed_offer(browse, ids)
    assert swept(app, morning_of(DUE, 7)) == ["Overdue: The data of forty cells"]


def test_a_promise_whose_condition_never_held_is_not_called_overdue(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment = number_of(offer(browse.sign_in("max"), ids, {"condition": "once you have sent the cells"}))
    make(browse.sign_in("dora"), commitment, "promise", {})
    assert swept(app, morning_of(DUE, 7)) == []
    with time_machine.travel(morning_of(DUE, 7), tick=False):
        assert state_of(app, commitment) is State.EXPIRED


def test_a_delivered_promise_reminds_nobody_and_a_moved_one_at_its_new_day(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment = agreed_offer(browse, ids)
    make(browse.sign_in("max"), commitment, "ask_change", {"due_on": LATER, "text": "The lorry is late."})
    make(browse.sign_in("dora"), commitment, "agree_change", {})
    assert swept(app, morning_of(DUE, 1)) == []
    assert swept(app, morning_of(LATER, -1)) == ["Due tomorrow: The data of forty cells"]
    make(browse.sign_in("max"), commitment, "deliver", {"text": "Sent."})
    assert len(swept(app, morning_of(LATER, 1))) == 1
    with app.app_context():
        waiting = db.session.scalars(select(Reminder).where(Reminder.state == ReminderState.WAITING)).all()
        assert [each.record_id for each in waiting if each.kind.startswith("commitment.")] == []


def test_every_move_is_told_once_to_the_other_side_and_never_to_its_author(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment = agreed_offer(browse, ids)
    make(browse.sign_in("max"), commitment, "deliver", {"text": "Sent."})
    assert [mail.recipient for mail in mails(app)] == [
        "dora@boreal.example",
        "max@alba.example",
        "dora@boreal.example",
    ]
    with app.app_context():
        moves = db.session.scalars(
            select(CommitmentMove.move).where(CommitmentMove.commitment_id == commitment)
        ).all()
    assert list(moves) == [Move.DRAFT, Move.SEND, Move.PROMISE, Move.DELIVER]


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

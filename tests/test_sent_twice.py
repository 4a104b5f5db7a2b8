"""What is sent twice counts once: two at the same moment, and again from a page that was gone back to."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, func, select

from models.audit import AuditEntry
from models.commitment import Commitment
from models.follow_up import FollowUp
from models.introduction import ThreadMessage
from models.relationship import Contact, PrivateNote
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.partnering import Partnering, add_partnership
from tests.pipelining import TODAY, TOMORROW
from tests.world import World, build_world
from web.database import db

# Where it is sent, what, of which records there is one more then, and what the audit log calls it.
FORMS: dict[str, tuple[str, dict[str, str], type[Any], str]] = {
    "note": ("/relationships/{card}/notes", {"text": "They like it."}, PrivateNote, "relationship.note"),
    "message": (
        "/introductions/{introduction}/messages",
        {"text": "Which cells?"},
        ThreadMessage,
        "introduction.message",
    ),
    "contact": (
        "/relationships/{card}/contact",
        {"happened_on": TODAY, "kind": "call", "direction": "both"},
        Contact,
        "relationship.contact",
    ),
    "task": (
        "/relationships/{card}/follow-ups/new",
        {"text": "Send the plan", "due_on": TOMORROW, "who": "ours", "owner_id": "{max}"},
        FollowUp,
        "follow_up.new",
    ),
    "step of several cards": (
        "/units/{unit}/pipeline/bulk",
        {"do": "follow_up", "cards": "{card}", "step": "Call", "due_on": TOMORROW, "owner_id": "{max}"},
        FollowUp,
        "pipeline.bulk_follow_up",
    ),
    "promise": (
        "/partnerships/{partnership}/promises/offer",
        {"what": "Forty cells", "due_on": TOMORROW, "importance": "2", "responsible": "{max}"},
        Commitment,
        "commitment.send",
    ),
}


def named(words: str, world: World, dealt: Dealings, partnering: Partnering) -> str:
    return words.format(
        card=dealt.ours,
        introduction=dealt.introduction,
        partnership=partnering.partnership,
        unit=world.units["alba plant"],
        max=world.people["max"],
    )


def count(app: Flask, of: Select[Any]) -> int:
    with app.app_context():
        return db.session.scalar(of) or 0


@pytest.mark.parametrize("form", FORMS)
def test_what_is_sent_twice_counts_once(either_app: Flask, form: str) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        dealt = add_dealings(db.session, world)
        partnering = add_partnership(db.session, world, introduction_id=dealt.introduction)
    path, values, record, action = FORMS[form]
    path = named(path, world, dealt, partnering)
    sent = {name: named(value, world, dealt, partnering) for name, value in values.items()}
    rows = select(func.count()).select_from(record)
    entries = select(func.count()).where(AuditEntry.action == action)
    before = count(either_app, rows)
    ready = Barrier(2)

    def send(_number: int) -> str:
        browse = Browser(either_app).sign_in("max")
        data = {**sent, "csrf_token": browse.token()}
        ready.wait()
        answer = browse.client.post(path, data=data)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("?")[0]

    with ThreadPoolExecutor(2) as pool:
        answers = set(pool.map(send, range(2)))
    assert len(answers) == 1, "Whoever sends it twice comes to the same page."
    assert (count(either_app, rows), count(either_app, entries)) == (before + 1, 1)
    Browser(either_app).sign_in("max").post(path, sent, 303)
    assert (count(either_app, rows), count(either_app, entries)) == (before + 1, 1)
    # Other words are another sending.
    other = next((name for name in ("text", "step", "what") if name in sent), "note")
    Browser(either_app).sign_in("max").post(path, {**sent, other: "Something else"}, 303)
    assert (count(either_app, rows), count(either_app, entries)) == (before + 2, 2)


def test_a_promise_that_was_taken_back_may_be_offered_again(app: Flask) -> None:
    with app.app_context():
        world = build_world(db.session)
        dealt = add_dealings(db.session, world)
        partnering = add_partnership(db.session, world, introduction_id=dealt.introduction)
    path, values, record, _ = FORMS["promise"]
    path = named(path, world, dealt, partnering)
    sent = {name: named(value, world, dealt, partnering) for name, value in values.items()}
    rows = select(func.count()).select_from(record)
    before = count(app, rows)
    browse = Browser(app).sign_in("max")
    browse.post(path, sent, 303)
    with app.app_context():
        first = db.session.scalar(select(func.max(Commitment.id)))
    page = browse.get(f"/commitments/{first}/moves/withdraw")
    browse.submit(page, page.find("main").find_all("button", type="submit")[-1].get_text(strip=True), {}, 303)
    browse.post(path, sent, 303)
    assert count(app, rows) == before + 2
    # So may the same with another word to them.
    browse.post(path, {**sent, "text": "Before the fair, please."}, 303)
    assert count(app, rows) == before + 3

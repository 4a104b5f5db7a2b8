"""Nudges: drafts in their own words for each step, which leave only when a person presses *Send*."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.base import utc_now
from models.cadence import open_nudge
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, ThreadMessage
from models.outbox import OutboxMail
from models.planning import abandon
from models.relationship import Contact, ContactKind, Direction, Relationship
from tests.browsing import Browser
from tests.dealings import ASKING_SECRET, Dealings
from tests.test_follow_ups_pages import dealt as dealt
from tests.test_follow_ups_pages import nudge_id, nudge_of
from web.database import db
from web.follow_ups.drafts import Known, draft_of


def test_a_nudge_leaves_only_after_a_preview_and_moves_both_sides(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    first = nudge_id(app, dealt.ours)
    draft = browse.sign_in("max").get(f"/follow-ups/{first}/write")
    text = draft.find("textarea").get_text()
    assert "Dear Dora Example," in text
    assert "How are things progressing?" in text
    assert "We meet again in spring" in text
    preview = browse.submit(draft, "Preview", {"text": "Dear Dora,\n\nhow are the tests?"}, 200)
    assert preview.heading == "Send this?"
    assert "Dora Example" in preview.words
    with app.app_context():
        assert mails() == 0
        assert messages(dealt) == 1
    changed = browse.submit(preview, "Change it", {}, 200)
    assert "how are the tests?" in changed.find("textarea").get_text()
    browse.submit(browse.submit(changed, "Preview", {}, 200), "Send")
    with app.app_context():
        assert messages(dealt) == 2
        mail = db.session.scalars(select(OutboxMail)).one()
        assert mail.recipient == "dora@boreal.example"
        assert "how are the tests?" in mail.body
        assert ASKING_SECRET not in mail.body
        assert nudge_of(dealt.ours).step == 1
        # They were heard from us: what their office planned to ask us is settled by it.
        assert not nudge_of(dealt.theirs).is_open
        contacts = db.session.execute(select(Contact.relationship_id, Contact.direction)).all()
        assert (dealt.ours, Direction.OURS) in contacts
        assert (dealt.theirs, Direction.THEIRS) in contacts


def mails() -> int:
    return db.session.scalar(select(func.count(OutboxMail.id))) or 0


def messages(dealt: Dealings) -> int:
    statement = select(func.count(ThreadMessage.id)).where(
        ThreadMessage.introduction_id == dealt.introduction
    )
    return db.session.scalar(statement) or 0


def test_what_was_overtaken_while_the_draft_was_open_is_not_sent(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    first = nudge_id(app, dealt.ours)
    draft = browse.sign_in("max").get(f"/follow-ups/{first}/write")
    preview = browse.submit(draft, "Preview", {"text": "Still there?"}, 200)
    with app.app_context():
        begin_write(db.session)
        abandon(db.session, nudge_of(dealt.ours), utc_now())
        db.session.commit()
    late = browse.submit(preview, "Send", {}, 409)
    assert "Something happened here meanwhile" in late.words
    assert late.find("textarea").get_text().strip() == "Still there?"
    with app.app_context():
        assert mails() == 0


def test_without_a_conversation_nothing_can_be_sent_but_asking_otherwise_counts(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.get_one(Introduction, dealt.introduction)
        introduction.state = IntroductionState.WITHDRAWN
        db.session.commit()
    first = nudge_id(app, dealt.ours)
    page = browse.sign_in("max").get(f"/follow-ups/{first}/write")
    assert "no conversation here yet" in page.words
    browse.post(f"/follow-ups/{first}/write", {"text": "Hello", "move": "send"}, 200)
    with app.app_context():
        assert mails() == 0
    browse.submit(browse.get(f"/follow-ups/{first}/done"), "Done", {"kind": "mail"})
    with app.app_context():
        assert nudge_of(dealt.ours).step == 1


@pytest.mark.parametrize(
    ("direction", "next_step"), [(Direction.OURS, 1), (Direction.BOTH, 0), (Direction.THEIRS, None)]
)
def test_who_asked_another_way_says_how_and_whether_they_answered(
    app: Flask, browse: Browser, dealt: Dealings, direction: Direction, next_step: int | None
) -> None:
    first = nudge_id(app, dealt.ours)
    page = browse.sign_in("max").get(f"/follow-ups/{first}/done")
    assert "How did you ask?" in page.words
    assert browse.submit(page, "Done", {}, 422).error_of("kind") == "Error: Say how you asked."
    said = {"kind": "call", "direction": direction.value, "note": "On Monday they know."}
    browse.submit(page, "Done", said)
    with app.app_context():
        last = db.session.scalars(select(Contact).order_by(Contact.id.desc())).first()
        assert last is not None
        assert (last.kind, last.direction, last.note) == (ContactKind.CALL, direction, said["note"])
        ours = db.session.get_one(Relationship, dealt.ours)
        assert ours.last_contact_at == last.at
        nudge = open_nudge(db.session, ours)
        assert (nudge.step if nudge else None) == next_step
        assert db.session.get_one(FollowUp, first).done_at is not None


def test_each_step_has_words_of_its_own_and_none_invents_what_is_not_known() -> None:
    known = Known(["Dora", "Mia", "Jan"], "Max", "Ageing tests, together. And more.", "", None, None)
    drafts = [draft_of(step, known) for step in range(3)]
    assert len(set(drafts)) == 3
    assert draft_of(5, known) == drafts[2]
    for draft in drafts:
        assert draft.startswith("Dear Dora, Mia and Jan,\n\n")
        assert draft.endswith("Kind regards\nMax")
        assert "Ageing tests, together" in draft
        assert "None" not in draft
        assert "“”" not in draft

"""What leaves the house tells nobody what is not theirs: mails of every kind, calendars, and the pages of guests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from models.base import utc_now
from models.calendar_feed import renew_feed
from models.commitment import Commitment
from models.commitment_rules import standing_of_commitment
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import AnswerLink, Introduction, Proposal
from models.meeting import Meeting
from models.outbox import MailState, OutboxMail
from models.outcome import SharedSummary
from models.outcome_rules import MOST_NEEDS_WAITING
from models.person import DigestFrequency, Membership, MembershipState, Person
from models.planning import ask_for_reminders
from models.relationship import Relationship
from models.reminder import Reminder
from models.side import Side
from tests.browsing import Browser
from tests.canaries import EVERYBODY, Canary, Deal, MarkedWorld, mark_world
from tests.conftest import fill_database, filling_a_copy
from tests.periodic_work import run_jobs
from tests.world import build_world
from web.commitments.reminding import plan_reminders as plan_promise_reminders
from web.database import db
from web.introductions.guest_links import token_of
from web.introductions.letters import tell_asked, tell_expired, tell_guest, tell_message, tell_others
from web.jobs.registry import all_jobs
from web.meetings.letters import tell_cancelled, tell_changed, tell_invited
from web.meetings.reminding import plan_reminders as plan_meeting_reminders
from web.outcomes.letters import write_of_summary

WEDNESDAY = datetime(2027, 2, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# Long enough for the longest of it: silence of three weeks.
DAYS_WATCHED = (1, 2, 3, 4, 5, 6, 8, 11, 20, 22)
TOLD_NOW = "canary-told-now"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="session")
def marked_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MarkedWorld]:
    """The marked world of that Wednesday in a database of its own, written once and copied for each test."""
    folder = tmp_path_factory.mktemp("marked")
    with (
        time_machine.travel(WEDNESDAY, tick=False),
        filling_a_copy(sqlite_template, folder) as (path, session),
    ):
        marked = mark_world(session, build_world(session))
        begin_write(session)
        session.execute(update(Person).values(digest=DigestFrequency.DAILY))
        session.commit()
        return path, marked


@pytest.fixture
def marked(
    clock: time_machine.Traveller, app: Flask, database_url: str, marked_once: tuple[Path, MarkedWorld]
) -> MarkedWorld:
    fill_database(database_url, marked_once[0])
    return marked_once[1]


def test_no_mail_tells_anybody_what_is_not_theirs(
    app: Flask, marked: MarkedWorld, clock: time_machine.Traveller, browse_marked: Browser
) -> None:
    told = _tell_as_people(browse_marked, marked)
    _tell_as_program(app, marked)
    for day in DAYS_WATCHED:
        clock.move_to(WEDNESDAY + day * DAY)
        _run_every_job(app)
    leaks = list(_leaks(app, MarkedWorld(marked.world, marked.deals, (*marked.canaries, *told))))
    assert not leaks, "\n".join(leaks)


@pytest.mark.parametrize("name", ["max", "dora"])
def test_whoever_left_gets_no_mail_of_what_they_took_part_in(
    app: Flask, marked: MarkedWorld, clock: time_machine.Traveller, name: str
) -> None:
    """They leave after everything was planned for them; only a cancellation may still reach them."""
    _tell_as_program(app, marked)
    with app.app_context():
        begin_write(db.session)
        gone = Membership.person_id == marked.world.people[name]
        db.session.execute(update(Membership).where(gone).values(state=MembershipState.ENDED))
        db.session.commit()
    before = _newest_mail(app)
    for day in DAYS_WATCHED:
        clock.move_to(WEDNESDAY + day * DAY)
        _run_every_job(app)
    with app.test_request_context():
        begin_write(db.session)
        for deal in marked.deals:
            meeting = db.session.get_one(Meeting, deal.ids.next_meeting)
            tell_changed(meeting, meeting.attendees[1].person or meeting.organiser)
        db.session.commit()
    with app.app_context():
        late = select(OutboxMail).where(OutboxMail.id > before, OutboxMail.recipient.startswith(f"{name}@"))
        assert [mail.kind for mail in db.session.scalars(late)] == []


@pytest.mark.parametrize("name", [name for name in EVERYBODY if name])
def test_no_calendar_tells_anybody_what_is_not_theirs(app: Flask, marked: MarkedWorld, name: str) -> None:
    with app.app_context():
        begin_write(db.session)
        _, token = renew_feed(db.session, marked.world.people[name], utc_now())
        db.session.commit()
    response = app.test_client().get(f"/calendar/{token}.ics")
    assert response.status_code == 200
    assert marked.leaked_to(name, _unfolded(response.get_data(as_text=True))) == []


def test_a_guest_sees_the_request_and_no_thread_notes_or_addresses(app: Flask, marked: MarkedWorld) -> None:
    deal = _deal(marked, "proposed")
    token = _link(app, deal)
    for path in ("", "accept", "propose", "decline", f"accept?slot={deal.ids.slot}"):
        response = app.test_client().get(f"/answer/{token}/{path}")
        text = response.get_data(as_text=True)
        words = [canary.word for canary in marked.canaries if canary.word in text]
        assert set(words) <= {"canary-proposed-seen", "canary-proposed-guest"}, (path, words)
        for person in marked.world.people:
            assert f"{person}@" not in text
        assert "guest@guest.example" not in text


@pytest.mark.parametrize(
    "spoil", ["tampered", "revoked", "expired", "of a declined request", "of another side"]
)
def test_a_spoiled_link_opens_nothing(
    app: Flask, marked: MarkedWorld, clock: time_machine.Traveller, spoil: str
) -> None:
    deal = _deal(marked, "declined" if spoil == "of a declined request" else "proposed")
    token = _link(app, deal)
    with app.app_context():
        begin_write(db.session)
        link = db.session.get_one(AnswerLink, deal.ids.answer_link)
        link.revoked_at = utc_now() if spoil == "revoked" else None
        link.side = Side.ASKING if spoil == "of another side" else Side.ASKED
        db.session.commit()
    if spoil == "tampered":
        token = token[:-3] + ("abc" if token[-3:] != "abc" else "cba")
    if spoil == "expired":
        clock.shift(40 * DAY)
    for path in ("", "accept", "propose", "decline", f"accept?slot={deal.ids.slot}"):
        response = app.test_client().get(f"/answer/{token}/{path}")
        words = [canary.word for canary in marked.canaries if canary.word in response.get_data(as_text=True)]
        assert words == [], (path, words)


def test_a_link_takes_no_time_of_another_request(app: Flask, marked: MarkedWorld) -> None:
    deal, other = _deal(marked, "proposed"), _deal(marked, "rival")
    browse = Browser(app)
    path = f"/answer/{_link(app, deal)}/accept"
    page = browse.post(path, {"slot": str(other.ids.slot)}, 200)
    assert page.heading
    with app.app_context():
        introduction = db.session.get_one(Introduction, deal.ids.introduction)
        assert introduction.open_proposal is not None


def test_a_stranger_writes_to_nobody_by_noting_what_they_need(
    app: Flask, marked: MarkedWorld, browse_marked: Browser
) -> None:
    """Corvus never met Alba: keeping it on the board opens no way to write to its people past a request."""
    units, organisations = marked.world.units, marked.world.organisations
    browse = browse_marked.sign_in("carl")
    browse.post(f"/units/{units['corvus']}/partners/{organisations['alba']}/keep", {}, 303)
    with app.app_context():
        kept = select(Relationship.id).where(
            Relationship.unit_id == units["corvus"], Relationship.partner_id == organisations["alba"]
        )
        path = f"/relationships/{db.session.scalars(kept).one()}/heard-needs/new"
    browse.get(path, 303)
    before = _newest_mail(app)
    page = browse.post(path, {"title": "Buy our cars", "text": "Please buy our cars."}, 409)
    assert "once they agreed to meet you" in page.error_of("title")
    assert _newest_mail(app) == before


def test_no_more_needs_wait_than_they_can_answer(
    app: Flask, marked: MarkedWorld, browse_marked: Browser
) -> None:
    """One waits already in the marked world."""
    path = f"/relationships/{_deal(marked, 'accepted').ids.ours}/heard-needs/new"
    browse = browse_marked.sign_in("max")
    needs = [{"title": f"Need {number}", "text": "They need it."} for number in range(MOST_NEEDS_WAITING + 1)]
    statuses = [
        browse.client.post(path, data={**need, "csrf_token": browse.token()}).status_code for need in needs
    ]
    assert statuses.count(303) < MOST_NEEDS_WAITING
    assert statuses[-1] == 409


@pytest.fixture
def browse_marked(app: Flask, marked: MarkedWorld) -> Browser:
    return Browser(app)


def _tell_as_people(browse: Browser, marked: MarkedWorld) -> list[Canary]:
    """Each side of a deal tells its outcome, and Dora declines a request, each with private words."""
    accepted, proposed, root = (_deal(marked, name) for name in ("accepted", "proposed", "root"))
    told = []
    for name, deal in (("dora", accepted), ("boris", root)):
        word = f"{TOLD_NOW}-{name}"
        private = {"note": word, "feedback": word, "topics": word, "step": f"{word} step"}
        answers = {"held": "held", "our_interest": "high", "their_interest": "some", "decision": "meet_again"}
        path = f"/meetings/{deal.ids.past_meeting}/outcome/log"
        due = (utc_now() + 7 * DAY).date().isoformat()
        owner = str(marked.world.people[name])
        values = {**answers, **private, "summary": "We met.", "due": due, "owner": owner}
        browse.sign_in(name).post(path, values, 303)
        told.append(Canary(word, deal.readers_of(Side.ASKED)))
    declined = {"words": "not_now", "closed": "other", "reason": f"{TOLD_NOW}-declined"}
    browse.sign_in("dora").post(f"/introductions/{proposed.ids.introduction}/decline", declined, 303)
    told.append(Canary(f"{TOLD_NOW}-declined", proposed.readers_of(Side.ASKED)))
    return told


def _tell_as_program(app: Flask, marked: MarkedWorld) -> None:
    """Write every kind of letter about every deal, and plan its reminders, whatever state it is in."""
    with app.test_request_context():
        begin_write(db.session)
        for deal in marked.deals:
            introduction = db.session.get_one(Introduction, deal.ids.introduction)
            proposal = db.session.get_one(Proposal, deal.ids.proposal)
            tell_asked(introduction, proposal)
            tell_others(introduction, proposal)
            tell_expired(introduction, proposal)
            tell_guest(db.session.get_one(AnswerLink, deal.ids.answer_link), proposal)
            for message in introduction.messages:
                tell_message(introduction, message)
            write_of_summary(db.session.get_one(SharedSummary, deal.ids.summary))
            for meeting in introduction.meetings:
                tell_invited(meeting)
                tell_changed(meeting, meeting.organiser)
                tell_cancelled(meeting, meeting.organiser)
                plan_meeting_reminders(db.session, meeting, utc_now())
            ask_for_reminders(db.session, db.session.get_one(FollowUp, deal.ids.follow_up), utc_now())
            if deal.partnering is not None:
                promise = db.session.get_one(Commitment, deal.partnering.promise)
                standing = standing_of_commitment(promise, utc_now())
                plan_promise_reminders(db.session, promise, standing, utc_now())
        db.session.commit()


def _run_every_job(app: Flask) -> None:
    """Everything but the sending: the mails stay in the outbox, where they are read."""
    run_jobs(app, *(job.name for job in all_jobs() if job.name != "mail.send"))


def _leaks(app: Flask, marked: MarkedWorld) -> Iterator[str]:
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail)).all()
        assert {"reminder.digest", "meeting.invited", "introduction.guest"} <= {mail.kind for mail in mails}
        assert db.session.scalar(select(Reminder.id).limit(1)) is not None
        assert all(mail.state is MailState.QUEUED for mail in mails)
        for mail in mails:
            parts = (mail.subject, mail.body, mail.html or "", _unfolded(mail.calendar_text or ""))
            for word in marked.leaked_to(_name_of(marked, mail.recipient), "\n".join(parts)):
                yield f"{mail.recipient} reads {word} in {mail.kind}: {mail.subject}"


def _name_of(marked: MarkedWorld, recipient: str) -> str:
    """The name of whoever reads the mail. A guest counts as the one who let them answer, who reads the same."""
    for deal in marked.deals:
        if f"canary-{deal.name}-guest" in recipient:
            return deal.answerer
    return recipient.split("@")[0]


def _unfolded(calendar: str) -> str:
    """Long lines of a calendar are broken by a blank at the beginning of the next."""
    return calendar.replace("\r\n ", "")


def _deal(marked: MarkedWorld, name: str) -> Deal:
    return next(deal for deal in marked.deals if deal.name == name)


def _link(app: Flask, deal: Deal) -> str:
    with app.app_context():
        return token_of(db.session.get_one(AnswerLink, deal.ids.answer_link))


def _newest_mail(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(OutboxMail.id).order_by(OutboxMail.id.desc())).first() or 0

"""What leaves the house tells nobody what is not theirs: mails of every kind and calendars."""

from collections.abc import Iterator

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
from models.person import Membership, MembershipState
from models.planning import ask_for_reminders
from models.relationship import Relationship
from models.reminder import Reminder
from models.side import Side
from tests.browsing import Browser
from tests.canaries import EVERYBODY, Canary, MarkedWorld
from tests.marked import DAY, WEDNESDAY, deal_of
from tests.marked import browse_marked as browse_marked
from tests.marked import clock as clock
from tests.marked import marked as marked
from tests.marked import marked_once as marked_once
from tests.periodic_work import run_jobs
from web.commitments.reminding import plan_reminders as plan_promise_reminders
from web.database import db
from web.introductions.letters import tell_asked, tell_expired, tell_guest, tell_message, tell_others
from web.jobs.registry import all_jobs
from web.meetings.letters import tell_cancelled, tell_changed, tell_invited
from web.meetings.reminding import plan_reminders as plan_meeting_reminders
from web.outcomes.letters import write_of_summary

# Long enough for the longest of it: silence of three weeks.
DAYS_WATCHED = (1, 2, 3, 4, 5, 6, 8, 11, 20, 22)
TOLD_NOW = "canary-told-now"


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
    path = f"/relationships/{deal_of(marked, 'accepted').ids.ours}/heard-needs/new"
    browse = browse_marked.sign_in("max")
    needs = [{"title": f"Need {number}", "text": "They need it."} for number in range(MOST_NEEDS_WAITING + 1)]
    statuses = [
        browse.client.post(path, data={**need, "csrf_token": browse.token()}).status_code for need in needs
    ]
    assert statuses.count(303) < MOST_NEEDS_WAITING
    assert statuses[-1] == 409


def _tell_as_people(browse: Browser, marked: MarkedWorld) -> list[Canary]:
    """Each side of a deal tells its outcome, and Dora declines a request, each with private words."""
    accepted, proposed, root = (deal_of(marked, name) for name in ("accepted", "proposed", "root"))
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


def _newest_mail(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(OutboxMail.id).order_by(OutboxMail.id.desc())).first() or 0

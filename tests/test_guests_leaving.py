"""Guests of a meeting, who have no account: whoever runs the portal gives them their data, and forgets them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import main
from models.audit import AuditEntry
from models.base import utc_now
from models.database import begin_write
from models.introduction import AnswerLink, Proposal, ThreadMessage
from models.meeting import Attendance, Meeting, MeetingAttendee
from models.outbox import MailState, OutboxMail, enqueue_mail
from models.side import Side
from tests.browsing import Browser
from tests.commanding import database as database
from tests.commanding import migrated as migrated
from tests.commanding import production
from tests.conftest import session_on
from tests.dealings import Dealings, add_dealings
from tests.test_leaving import _everything as everything
from tests.world import build_world
from web.database import db
from web.leaving.guests import forget_guest

GWEN = "gwen@guest.example"


def add_guest(session: Session, dealt: Dealings) -> None:
    """Gwen proposed times, wrote, came once and is to come again; Gus shares her name and nothing else."""
    begin_write(session)
    link = session.get_one(AnswerLink, dealt.answer_link)
    introduction_id = link.introduction_id
    session.add_all(
        [
            Proposal(introduction_id=introduction_id, made_by=Side.ASKED, guest_name="Gwen Guest", state="closed",
                     note="After Easter, please", answered_at=utc_now()),
            ThreadMessage(introduction_id=introduction_id, side=Side.ASKED, guest_name="Gwen Guest", text="By train"),
            ThreadMessage(introduction_id=introduction_id, side=Side.ASKING, guest_name="Gwen Guest", text="Not hers"),
            *(
                MeetingAttendee(meeting_id=meeting_id, side=Side.ASKED, name="Gwen Guest", email="Gwen@guest.example")
                for meeting_id in (dealt.past_meeting, dealt.next_meeting)
            ),
            MeetingAttendee(meeting_id=dealt.next_meeting, side=Side.ASKED, name="Gus", email="gus@guest.example"),
        ]
    )  # fmt: skip
    enqueue_mail(session, "test.mail", 1, GWEN, "once", "For Gwen", "Dear Gwen Guest")
    session.commit()


@pytest.mark.parametrize("keeps_name", [False, True])
def test_a_guest_is_forgotten_wherever_they_stand(either_app: Flask, keeps_name: bool) -> None:
    app = either_app
    with app.app_context():
        dealt = add_dealings(db.session, build_world(db.session))
        add_guest(db.session, dealt)
    with app.test_request_context():
        begin_write(db.session)
        forget_guest(db.session, "GWEN@guest.example ", keeps_name, utc_now())
        db.session.commit()
    with app.app_context():
        told = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "meeting.declined")).one()
        assert (told.recipient, told.subject[:25]) == ("max@alba.example", "Gwen Guest does not come:")
        session = db.session
        link = session.get_one(AnswerLink, dealt.answer_link)
        assert link.revoked_at is not None
        coming = select(MeetingAttendee).where(MeetingAttendee.meeting_id == dealt.next_meeting)
        answers = {attendee.name: attendee.attendance for attendee in session.scalars(coming)}
        assert answers["Gwen Guest" if keeps_name else "Somebody who left"] is Attendance.DECLINED
        assert answers["Gus"] is Attendance.WAITING
        mail = session.scalars(select(OutboxMail).where(OutboxMail.kind == "test.mail")).one()
        assert (mail.state, mail.body) == (MailState.OBSOLETE, "")
        written = {message.text: message.guest_name for message in session.scalars(select(ThreadMessage))}
        assert written["Not hers"] == "Gwen Guest"
        assert written["By train"] == ("Gwen Guest" if keeps_name else "Somebody who left")
        assert {"answer_link.forget", "meeting.forget_guest"} <= set(
            session.scalars(select(AuditEntry.action))
        )
        assert GWEN not in everything(session).lower()
        assert "gus@guest.example" in everything(session)
        assert session.get_one(Meeting, dealt.past_meeting).title


def test_guests_get_their_data_and_are_forgotten_from_the_command_line(database: str, tmp_path: Path) -> None:
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database}
    with session_on(database) as session:
        add_guest(session, add_dealings(session, build_world(session)))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["people", *arguments], env=environment)
        return result.exit_code, result.output

    code, words = run("data", GWEN)
    assert code == 0
    told = json.loads(words)
    assert [row["note"] for row in told["proposed_times"]] == ["After Easter, please"]
    assert [row["text"] for row in told["messages"]] == ["By train"]
    assert len(told["meetings"]) == 2
    assert told["links"][0]["email"] == GWEN
    assert told["mail"][0]["subject"] == "For Gwen"
    assert run("close", GWEN, "--yes") == (0, f"The guest with the address {GWEN} is forgotten.\n")
    assert run("close", GWEN, "--yes") == (1, f"Error: Nobody here has the address {GWEN}.\n")
    assert run("data", GWEN)[0] == 1


def test_the_help_page_says_how_guests_ask(browse: Browser) -> None:
    assert "delete your name and address" in browse.get("/help").words

"""Leaving: one's data as a file, and an account that is closed with all that was only its owner's."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import main
from models.audit import AuditEntry, note_action
from models.base import utc_now
from models.booking import Booking, book
from models.calendar_feed import renew_feed
from models.database import begin_write
from models.introduction import AnswerLink
from models.meeting import Attendance, Meeting, MeetingAttendee
from models.outbox import MailState, OutboxMail, enqueue_mail
from models.person import Membership, MembershipState, Person
from models.pipeline_view import PipelineView
from models.post import Post
from models.relationship import PrivateNote
from models.side import Side
from tests.attending import writing
from tests.browsing import Browser
from tests.commanding import database as database
from tests.commanding import migrated as migrated
from tests.commanding import production
from tests.conftest import session_on
from tests.dealings import Dealings, add_dealings
from tests.dealings import dealt as dealt
from tests.partnering import add_partnership
from tests.world import PASSWORD, World, build_world
from web.accounts.account import Account
from web.database import db
from web.leaving.closing import NAME_OF_NOBODY, close_account

CLOSING = "/settings/close"


@pytest.fixture
def max_can_type_his_password(app: Flask, world: World) -> None:
    from flask_security import hash_password

    with app.app_context():
        hashed = hash_password(PASSWORD)
    with writing(app) as session:
        session.scalars(
            select(Account).where(Account.person_id == world.people["max"])
        ).one().password = hashed


def closed_by_max(browse: Browser, choice: str = "remove") -> None:
    page = browse.sign_in("max").get(CLOSING)
    assert "names your address for up to 90 days" in page.words
    answer = browse.submit(page, "Close my account", {"name_choice": choice, "password": PASSWORD})
    assert "Your account is closed." in browse.follow(answer).words


@pytest.mark.usefixtures("max_can_type_his_password")
def test_a_closed_account_leaves_no_address_anywhere_and_what_was_done_together_stays(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    person_id = world.people["max"]
    with writing(app) as session:
        person = session.get_one(Person, person_id)
        address, name = person.email, person.name
        _give_belongings(session, person)
        _give_addresses(session, person, dealt)
    elsewhere = Browser(app).sign_in("max")
    elsewhere.get("/settings")
    closed_by_max(browse)
    elsewhere.get("/settings", status=302)
    with app.app_context():
        everything = _everything(db.session).lower()
        for forgotten in (address, "max.before@alba.example", "max.never@alba.example"):
            assert forgotten not in everything
        assert "max as a guest" not in everything
        assert "token-of-max" not in everything
        assert name not in str(db.session.scalars(select(AuditEntry.changes)).all())
        left = db.session.get_one(Person, person_id)
        assert (left.name, left.title, left.left_at is not None) == (NAME_OF_NOBODY, "", True)
        assert {row.state for row in left.memberships} == {MembershipState.ENDED}
        assert db.session.scalar(select(Account).where(Account.person_id == person_id)) is None
        states = db.session.scalars(select(OutboxMail.state).where(OutboxMail.kind == "test.mail")).all()
        assert set(states) == {MailState.OBSOLETE}
    assert name not in browse.sign_in("olga").get(f"/meetings/{dealt.past_meeting}").words


def _give_belongings(session: Session, person: Person) -> None:
    person.title = "Head of placements"
    enqueue_mail(session, "test.mail", 1, person.email, "once", "Waits", "for max")
    enqueue_mail(session, "test.mail", 1, "max.before@alba.example", "once", "Waited", "for max")
    renew_feed(session, person.id, person.created_at)
    session.add(PipelineView(person_id=person.id, name="Mine", query="stage=suggested"))
    moved = {"email": ["max.before@alba.example", person.email]}
    note_action(session, person.id, "account.change_email", person, changes=moved)


def _give_addresses(session: Session, person: Person, dealt: Dealings) -> None:
    """Addresses of this person where no column says that they are this person's."""
    account = session.scalars(select(Account).where(Account.person_id == person.id)).one()
    changed = ("account.email_changed", account.id, "max.before@alba.example", person.email)
    asked = ("account.change_email_instructions", account.id, "max.never@alba.example", "once")
    for kind, record_id, recipient, occurrence in (changed, asked):
        enqueue_mail(session, kind, record_id, recipient, occurrence, "Yours", f"{recipient} token-of-max")
    session.get_one(AnswerLink, dealt.answer_link).email = "Max.Before@alba.example"
    session.get_one(AnswerLink, dealt.answer_link).name = "Max as a guest"
    named = {"person": ["", person.name]}
    note_action(session, None, "meeting.bring", session.get_one(Meeting, dealt.past_meeting), changes=named)
    for email in ("Max.Before@alba.example", "MAX@alba.example"):
        guest = MeetingAttendee(
            meeting_id=dealt.past_meeting, side=Side.ASKED, name="Max as a guest", email=email
        )
        session.add(guest)


def _everything(session: Session) -> str:
    """All text of the database, as one."""
    tables = Person.metadata.sorted_tables
    return " ".join(str(tuple(row)) for table in tables for row in session.execute(table.select()))


def test_nobody_waits_for_somebody_who_left(
    app: Flask, browse: Browser, world: World, dealt: Dealings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.leaving.pages.verify_password", lambda typed, _hash: typed == PASSWORD)
    dora = world.people["dora"]
    with writing(app) as session:
        meeting = session.get_one(Meeting, dealt.next_meeting)
        book(session, meeting.id, meeting.starts_at, meeting.ends_at, {dora, world.people["max"]})
    page = browse.sign_in("dora").get(CLOSING)
    assert "Your place in meetings ahead" in page.words
    browse.submit(page, "Close my account", {"name_choice": "remove", "password": PASSWORD})
    with app.app_context():
        assert db.session.scalars(select(Booking.person_id)).all() == [world.people["max"]]
        theirs = select(MeetingAttendee.meeting_id, MeetingAttendee.attendance)
        answers = db.session.execute(theirs.where(MeetingAttendee.person_id == dora)).all()
        assert {row.meeting_id: row.attendance for row in answers} == {
            dealt.past_meeting: Attendance.ACCEPTED, dealt.next_meeting: Attendance.DECLINED,
        }  # fmt: skip
        told = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "meeting.declined")).one()
        assert told.recipient == "max@alba.example"
        assert told.subject.startswith("Dora Example does not come")


@pytest.mark.usefixtures("max_can_type_his_password")
def test_a_name_stays_where_its_owner_wants_it_to(app: Flask, browse: Browser, world: World) -> None:
    with app.app_context():
        name = db.session.get_one(Person, world.people["max"]).name
    closed_by_max(browse, "keep")
    with app.app_context():
        assert db.session.get_one(Person, world.people["max"]).name == name


@pytest.mark.usefixtures("max_can_type_his_password")
@pytest.mark.parametrize(
    ("field", "values"),
    [("password", {"name_choice": "keep", "password": "wrong"}), ("name_choice", {"password": PASSWORD})],
)
def test_nothing_is_closed_by_a_slip(
    app: Flask, browse: Browser, world: World, field: str, values: dict[str, str]
) -> None:
    page = browse.sign_in("max").get(CLOSING)
    assert browse.submit(page, "Close my account", values, status=422).error_of(field)
    with app.app_context():
        assert db.session.get_one(Person, world.people["max"]).left_at is None


@pytest.mark.parametrize("typed", ["Fünf Äpfel im Korb", "Fu\u0308nf A\u0308pfel im Korb"])
def test_a_password_is_known_again_however_a_keyboard_writes_its_letters(
    app: Flask, browse: Browser, world: World, typed: str
) -> None:
    from flask_security import hash_password

    with app.app_context():
        security = app.extensions["security"]
        hashed = hash_password(security.password_util.normalize("Fünf Äpfel im Korb"))
    with writing(app) as session:
        theirs = select(Account).where(Account.person_id == world.people["max"])
        session.scalars(theirs).one().password = hashed
    page = browse.sign_in("max").get(CLOSING)
    browse.submit(page, "Close my account", {"name_choice": "keep", "password": typed})


def test_a_second_click_closes_nothing_twice(
    app: Flask, browse: Browser, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id = world.people["max"]

    def closed_meanwhile(_typed: str, _hash: str) -> bool:
        with session_on(database_url) as session:
            begin_write(session)
            close_account(session, session.get_one(Person, person_id), True, person_id, utc_now())
            session.commit()
        return True

    monkeypatch.setattr("web.leaving.pages.verify_password", closed_meanwhile)
    closed_by_max(browse)
    with app.app_context():
        closed = select(AuditEntry.person_id).where(AuditEntry.action == "person.close")
        assert db.session.scalars(closed).all() == [person_id]


def test_the_file_of_ones_data_holds_what_is_ones_own_and_no_note_of_the_organisation(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        _give_belongings(session, session.get_one(Person, world.people["max"]))
        session.execute(delete(PrivateNote))
        note = "They pay late, keep it to us"
        session.add(PrivateNote(relationship_id=dealt.ours, person_id=world.people["max"], text=note))
    answer = browse.sign_in("max").client.get("/settings/data")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    told = json.loads(answer.text)
    assert told["person"]["title"] == "Head of placements"
    assert {"name": "Mine", "query": "stage=suggested"} in told["saved_views"]
    assert told["roles"][0]["role"] == "member"
    assert [mail["subject"] for mail in told["mail"]].count("Waits") == 1
    assert note not in answer.text
    assert "argon2" not in answer.text
    assert "token" not in answer.text


def test_what_others_may_change_is_in_the_file_of_those_who_may_still_read_it(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    mine = world.people["max"]
    with writing(app) as session:
        session.get_one(Post, world.posts["alba internal"]).author_id = mine
    with app.app_context():
        add_partnership(db.session, world)
    changeable = ("A dry room, for us only.", "Laboratory 3, Rostock", "Good engineers")
    told = browse.sign_in("max").client.get("/settings/data").text
    assert all(words in told for words in changeable)
    with writing(app) as session:
        for membership in session.get_one(Person, mine).memberships:
            membership.state = MembershipState.ENDED
    told = browse.client.get("/settings/data").text
    assert not any(words in told for words in changeable)
    assert "Shall we bring cells along?" in told


def test_whoever_runs_the_portal_does_both_from_the_command_line(database: str, tmp_path: Path) -> None:
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database}
    with session_on(database) as session:
        world = build_world(session)
        address = session.get_one(Person, world.people["max"]).email
        add_dealings(session, world, "alba", "boreal engineering", "olga", "max")

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["people", *arguments], env=environment)
        return result.exit_code, result.output

    code, words = run("data", address.upper())
    assert code == 0
    assert json.loads(words)["person"]["email"] == address
    assert run("close", "nobody@alba.example", "--yes") == (
        1, "Error: Nobody here has the address nobody@alba.example.\n",
    )  # fmt: skip
    assert run("close", "ada@alba.example", "--yes")[0] == 1
    assert run("close", "ada@alba.example", "--yes", "--last-admin")[0] == 0
    assert run("close", address, "--yes") == (0, f"The account of {address} is closed.\n")
    nowhere = f"left-{world.people['max']}@left.invalid"
    assert run("close", nowhere, "--yes") == (1, f"Error: The account of {nowhere} is closed already.\n")
    with session_on(database) as session:
        declined = select(OutboxMail.recipient).where(OutboxMail.kind == "meeting.declined")
        assert session.scalars(declined).all() == ["olga@alba.example"]
        active = select(Membership).where(Membership.state == MembershipState.ACTIVE)
        assert world.people["max"] not in {row.person_id for row in session.scalars(active)}
        closed = select(AuditEntry.person_id).where(AuditEntry.action == "person.close")
        assert set(session.scalars(closed)) == {None}

"""Letters: worded for their reader, written once where that is asked, and with links from outside."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import format_datetime
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.organisation import Organisation
from models.outbox import OutboxMail
from models.person import Person
from tests.world import World
from web.database import db
from web.letters import Guest, public_url, words_for, write_letter
from web.moments import moment_words

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def write(world: World, recipient: Person | Guest, occurrence: str | None = None) -> None:
    """A letter that the portal writes anyway, within a transaction of its own."""
    begin_write(db.session)
    organisation = db.session.get_one(Organisation, world.organisations["alba"])
    write_letter(
        kind="organisation.decided",
        record=organisation,
        recipient=recipient,
        subject="Two\nlines",
        template="approvals/mail/decided.txt",
        values={"organisation": organisation},
        occurrence=occurrence,
    )
    db.session.commit()


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail)))


def test_with_an_occurrence_a_letter_is_written_once_and_without_one_each_time(
    app: Flask, world: World
) -> None:
    with app.test_request_context():
        ada = db.session.get_one(Person, world.people["ada"])
        for occurrence in ("1", "1", "2", None, None):
            write(world, ada, occurrence)
        assert len(mails()) == 4
        assert {mail.subject for mail in mails()} == {"Two lines"}


def test_a_guest_gets_letters_and_somebody_who_left_gets_none(app: Flask, world: World) -> None:
    with app.test_request_context():
        write(world, Guest("Gus", "gus@elsewhere.example"))
        begin_write(db.session)
        ada = db.session.get_one(Person, world.people["ada"])
        ada.left_at = utc_now()
        db.session.commit()
        write(world, ada)
        assert [mail.recipient for mail in mails()] == ["gus@elsewhere.example"]


def test_times_in_a_letter_are_those_of_its_reader_and_the_writers_come_back(app: Flask) -> None:
    with app.test_request_context():
        assert format_datetime(NOON, "HH:mm") == "12:00"
        with words_for(Guest("Gus", "gus@elsewhere.example", zone="Asia/Tokyo")):
            assert format_datetime(NOON, "HH:mm") == "21:00"
            assert "21:00, Tokyo time" in moment_words(NOON)
        assert format_datetime(NOON, "HH:mm") == "12:00"


def test_an_error_in_a_letter_leaves_no_other_reader_behind(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(KeyError), words_for(Guest("Gus", "gus@elsewhere.example", zone="Asia/Tokyo")):
            raise KeyError
        assert format_datetime(NOON, "HH:mm") == "12:00"


def test_links_are_those_of_the_public_address(app: Flask, world: World) -> None:
    with app.test_request_context():
        unit = world.units["alba plant"]
        assert public_url("home.show", {}) == "http://localhost/"
        assert public_url("posts.index", {"unit_id": unit}) == f"http://localhost/units/{unit}/posts/"

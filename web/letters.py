"""Letters: mail in our words to one person, kept in the outbox in the transaction of what it tells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import current_app, g, render_template, url_for
from flask_babel import refresh
from sqlalchemy.orm import Session

from models.base import Base
from models.outbox import CalendarPart, OutboxMail, enqueue_mail
from models.person import Person
from web.database import db


@dataclass(frozen=True)
class Guest:
    """Somebody without an account who gets a letter. ``zone`` is an IANA name: the one they are likely to live in."""

    name: str
    email: str
    locale: str = "en"
    zone: str = "UTC"


@dataclass(frozen=True)
class Letter:
    """What is to be written: the text ``template`` gets ``recipient`` and ``values``, and holds one link of ours.

    ``unsubscribe_url`` is for what comes again and again; see ``models.outbox.enqueue_mail``.
    """

    subject: str
    template: str
    values: dict[str, Any]
    calendar: CalendarPart | None = None
    unsubscribe_url: str | None = None


def public_url(endpoint: str, values: dict[str, Any]) -> str:
    """The address of a page as people outside type it, whatever host this request came to.

    Say ``unit_id`` for a page of a unit: the acting unit is the sender's, and the reader may have none.
    """
    without_unit = {"unit": None} | values
    return str(current_app.extensions["settings"].public_url) + url_for(endpoint, **without_unit)


@contextmanager
def words_for(reader: Person | Guest) -> Iterator[None]:
    """Let gettext, dates and times speak this reader's language and time zone instead of the sender's."""
    g.reader = reader
    refresh()
    try:
        yield
    finally:
        g.pop("reader")
        refresh()


def write_letter(
    kind: str,
    record: Base,
    recipient: Person | Guest,
    subject: str,
    template: str,
    values: dict[str, Any],
    occurrence: str | None = None,
    calendar: CalendarPart | None = None,
    unsubscribe_url: str | None = None,
) -> None:
    """Enqueue one mail to one person about one event of ``record``, within the current write transaction.

    With an ``occurrence`` ("move 2", "2027-03-01") it is written once however often this is called; without one, at
    every call. ``record`` must have its id. A ``subject`` from lazy_gettext is told in the reader's language.
    Nothing is written to a person who left.
    """
    letter = Letter(subject, template, values, calendar, unsubscribe_url)
    record_id: int = record.id  # type: ignore[attr-defined] # Every record has an integer id.
    enqueue_letter(db.session, kind, record_id, recipient, occurrence or uuid4().hex, letter)


def enqueue_letter(
    session: Session, kind: str, record_id: int, recipient: Person | Guest, occurrence: str, letter: Letter
) -> OutboxMail | None:
    """Put the letter into the outbox, once for each ``occurrence``. None: the person left."""
    if isinstance(recipient, Person) and recipient.left_at is not None:
        return None
    with words_for(recipient):
        return enqueue_mail(
            session,
            kind=kind,
            record_id=record_id,
            recipient=recipient.email,
            occurrence=occurrence,
            subject=" ".join(str(letter.subject).split()),
            body=render_template(letter.template, recipient=recipient, **letter.values),
            calendar=letter.calendar,
            unsubscribe_url=letter.unsubscribe_url,
            locale=recipient.locale,
        )

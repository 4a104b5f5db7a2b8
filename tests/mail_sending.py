"""The application beside a real mail server, and mail that waits in its outbox; import the fixtures by name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import HashEncoder
from models.database import begin_write
from models.outbox import OutboxMail, enqueue_mail
from tests.conftest import settings_for
from tests.letter_box import LetterBox
from web.database import db
from web.settings import MailSettings


def application(url: str, folder: Path, port: int) -> Flask:
    mail = MailSettings("127.0.0.1", port, None, None, False, "Counterpart <post@counterpart.example>")
    return create_app(replace(settings_for(url, folder), mail=mail), load_encoder=HashEncoder)


@pytest.fixture
def app(database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]) -> Iterator[Flask]:
    app = application(database_url, tmp_path, letter_box[1])
    with app.app_context():
        yield app
        db.session.remove() if hasattr(db.session, "remove") else db.session.close()
        db.engine.dispose()


@pytest.fixture
def box(letter_box: tuple[LetterBox, int]) -> LetterBox:
    return letter_box[0]


def enqueue(
    session: Session, occurrence: str = "1", kind: str = "test.note", due_at: datetime | None = None
) -> None:
    begin_write(session)
    enqueue_mail(
        session,
        kind,
        7,
        "ada@alba.example",
        occurrence,
        "Grüße – hello",
        "Bonjour à tous",
        "<p>à</p>",
        due_at,
    )
    session.commit()


def only_mail(session: Session) -> OutboxMail:
    session.rollback()
    return session.scalars(select(OutboxMail)).one()

"""A real mail server on loopback that keeps what arrives."""

import asyncio
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class LetterBox:
    """Keeps what arrives; ``refusals`` is how many mails it turns away first."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name.
        if self.refusals:
            self.refusals -= 1
            return "451 Try again later, ada@alba.example"
        message = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


def words_of(mail: EmailMessage) -> str:
    """The plain words of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).strip()


class OwnPortController(Controller):
    """Listens on a free port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # The library leaves it untyped.


@pytest.fixture
def letter_box() -> Iterator[tuple[LetterBox, int]]:
    box = LetterBox()
    controller = OwnPortController(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield box, controller.port
    controller.stop()

"""The HTML of a mail, made from its plain words, so that the two never say different things."""

import re
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale

from models.outbox import OutboxMail
from web.localisation import LOCALES


@dataclass(frozen=True)
class Piece:
    """Words of a line; ``is_link``: they are an address of ours."""

    words: str
    is_link: bool


@dataclass(frozen=True)
class Paragraph:
    """Lines of pieces. ``button_url``: it is nothing but an address of ours."""

    lines: list[list[Piece]]
    button_url: str | None


def html_of(mail: OutboxMail, public_url: str) -> str:
    """The words as paragraphs, and our own addresses as links.

    Other addresses stay plain: somebody else's words may hold them, and a link in our mail would vouch for them.
    """
    # Not by render_template: the frame's variables need a request.
    template = current_app.jinja_env.get_template("mail/letter.html")
    locale = mail.locale if mail.locale in LOCALES else LOCALES[0]
    with force_locale(locale):
        return template.render(
            locale=locale, subject=mail.subject, paragraphs=paragraphs_of(mail.body, public_url)
        )


def paragraphs_of(body: str, public_url: str) -> list[Paragraph]:
    """What the body says, without its empty lines. ``public_url`` is how every address of ours begins."""
    # A full stop or bracket behind an address belongs to the sentence.
    rest = r"(?:[/?#](?:[^\s<>\"]*[^\s<>\".,;:!?)])?)?"
    ours = re.compile(f"({re.escape(public_url)}{rest})(?=$|[\\s.,;:!?)])")
    paragraphs = []
    for block in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        lines = [_pieces(line.strip(), ours) for line in block.splitlines()]
        is_address = len(lines) == 1 and len(lines[0]) == 1 and lines[0][0].is_link
        paragraphs.append(Paragraph(lines, lines[0][0].words if is_address else None))
    return paragraphs


def _pieces(line: str, ours: re.Pattern[str]) -> list[Piece]:
    # A pattern with one group splits into words and addresses by turns.
    parts = ours.split(line)
    return [Piece(part, is_link=place % 2 == 1) for place, part in enumerate(parts) if part]

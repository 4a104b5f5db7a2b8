"""Mail in our words, kept in the outbox in the transaction of what it tells."""

from typing import Any
from uuid import uuid4

from flask import current_app, render_template, url_for
from flask_security import MailUtil

from models.base import Base
from models.database import begin_write, is_writing
from models.outbox import enqueue_mail
from models.person import Person
from web.database import db


def public_url(endpoint: str, values: dict[str, Any]) -> str:
    """The address of a page as people outside type it, whatever host this request came to."""
    # No acting unit: it is the sender's, and the reader may have none.
    without_unit = {"unit": None} | values
    return str(current_app.extensions["settings"].public_url) + url_for(endpoint, **without_unit)


def write_letter(
    kind: str, record: Base, recipient: Person, subject: str, template: str, values: dict[str, Any]
) -> None:
    """Enqueue one mail to one person about one event of ``record``, within the current write transaction.

    The template gets ``recipient`` and ``values``. ``record`` must have its id.
    """
    enqueue_mail(
        db.session,
        kind=kind,
        record_id=record.id,  # type: ignore[attr-defined] # Every record has an integer id.
        recipient=recipient.email,
        occurrence=uuid4().hex,
        subject=" ".join(subject.split()),
        body=render_template(template, recipient=recipient, **values),
    )


class OutboxMailUtil(MailUtil):
    """Flask-Security's mail goes through the outbox, and addresses are kept in lower case."""

    def normalize(self, email: str) -> str:
        return str(super().normalize(email)).lower()

    def validate(self, email: str) -> str:
        return str(super().validate(email)).lower()

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **context: Any,
    ) -> None:
        """Enqueue the mail: in the view's write transaction or, where there is none, in its own."""
        account_id = context["user"].id
        stands_alone = not is_writing(db.session)
        if stands_alone:
            begin_write(db.session)
        enqueue_mail(
            db.session,
            kind=f"account.{template.rpartition('/')[2]}",
            record_id=account_id,
            recipient=str(recipient),
            occurrence=uuid4().hex,
            subject=str(subject),
            body=body or "",
        )
        if stands_alone:
            db.session.commit()

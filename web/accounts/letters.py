"""Flask-Security's mail, kept in the outbox like every other."""

from typing import Any
from uuid import uuid4

from flask_security import MailUtil

from models.database import begin_write, is_writing
from models.outbox import enqueue_mail
from web.database import db


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

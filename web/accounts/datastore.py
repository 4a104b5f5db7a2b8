"""How Flask-Security writes: through ``put``, which begins the write phase that every other feature begins
itself.

Sessions read by default, and Flask-Security changes an account first and commits after its view. So the first
``put`` of a request takes the change back, begins to write, checks that nobody changed the account meanwhile
and makes the change again. Hashing a password is over by then, so SQLite's one writer never waits for argon2.
"""

from typing import Any
from uuid import uuid4

from flask import abort, flash, has_request_context, redirect, request, url_for
from flask_security import FSQLALiteUserDatastore
from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import joinedload

from models.base import Base
from models.database import begin_write, is_writing
from models.person import Person
from web.accounts.account import Account
from web.database import db
from web.localisation import gettext

# The only GETs of the portal that write: a link in a mail cannot be a POST.
GETS_THAT_WRITE = frozenset({"security.confirm_email", "security.change_email_confirm"})
# What the links in mails and the open sessions depend on; whoever changes it ends what runs beside it.
GUARDED_COLUMNS = ("email", "password", "fs_uniquifier", "active", "confirmed_at")

# Asked by every request of somebody signed in: with the person in one statement, which is built once.
ACCOUNT_OF_SESSION = (
    select(Account)
    .where(Account.fs_uniquifier == bindparam("uniquifier"))
    .options(joinedload(Account.person, innerjoin=True))
)


class AccountDatastore(FSQLALiteUserDatastore):
    """The library's store with our way of writing. The signatures are the library's."""

    def find_user(self, case_insensitive: bool = False, **attribute: Any) -> Account | None:
        """The account, except that the session of a person who left finds none."""
        if "fs_uniquifier" in attribute:
            return _account_of_session(attribute["fs_uniquifier"])
        account = super().find_user(case_insensitive, **attribute)
        assert account is None or isinstance(account, Account)
        return account

    def create_user(self, **fields: Any) -> Account:
        """The account of a person who registers, with the person. ``password`` is already hashed.

        If the same form was sent twice at once the second one gets the account of the first.
        """
        begin_write(db.session)
        existing = self.find_user(email=fields["email"])
        if existing is not None:
            return existing
        person = db.session.scalar(select(Person).where(Person.email == fields["email"]))
        account = Account(
            person=person or Person(name=fields["name"], email=fields["email"]),
            email=fields["email"],
            password=fields["password"],
            fs_uniquifier=uuid4().hex,
        )
        db.session.add(account)
        db.session.flush()
        return account

    def put(self, model: Base) -> Base:
        """Add the record or its changes to the write phase, which begins here unless it has begun."""
        if is_writing(db.session):
            db.session.add(model)
            return model
        _refuse_writing_on_get()
        changes = _take_back_changes(model)
        before = {column: getattr(model, column) for column in GUARDED_COLUMNS}
        begin_write(db.session)
        db.session.refresh(model, with_for_update=True)
        if before != {column: getattr(model, column) for column in GUARDED_COLUMNS}:
            flash(gettext("Your account changed at the same moment. Please try again."), "error")
            abort(redirect(url_for("security.login"), 303))
        for column, value in changes.items():
            setattr(model, column, value)
        return model


def _account_of_session(uniquifier: str) -> Account | None:
    account = db.session.scalar(ACCOUNT_OF_SESSION, {"uniquifier": uniquifier})
    return account if account is not None and account.is_active else None


def _take_back_changes(model: Base) -> dict[str, Any]:
    """The changed columns with their new values; afterwards the model holds what was loaded."""
    changed = [attribute for attribute in inspect(model).attrs if attribute.history.has_changes()]
    changes = {attribute.key: attribute.value for attribute in changed}
    db.session.expire(model)
    return changes


def _refuse_writing_on_get() -> None:
    if not has_request_context() or request.method == "POST":
        return
    # HEAD is refused too: programs that look at links before people do use it.
    if request.method != "GET" or request.endpoint not in GETS_THAT_WRITE:
        abort(405)

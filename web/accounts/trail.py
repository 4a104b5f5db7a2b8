"""What an account's change brings with it: the audit row, the person's address, a word to the old address.

Flask-Security offers no other place for it than its signals, which it sends inside the write phase.
"""

from typing import Any

from flask import Flask, abort, flash, redirect, url_for
from flask_security import (
    change_email_confirmed,
    password_changed,
    password_reset,
    user_confirmed,
    user_registered,
)
from sqlalchemy import select

from models.audit import note_action
from models.base import utc_now
from models.outbox import enqueue_mail
from models.person import Person
from web.accounts.account import Account
from web.database import db
from web.localisation import gettext


def follow_accounts(app: Flask) -> None:
    user_registered.connect(_note_registration, app)
    user_confirmed.connect(_note_confirmation, app)
    password_changed.connect(_note_password_change, app)
    password_reset.connect(_note_password_reset, app)
    change_email_confirmed.connect(_follow_email, app)


def _note_registration(_app: Flask, user: Account, **_named: Any) -> None:
    note_action(db.session, user.person_id, "account.register", user)


def _note_confirmation(_app: Flask, user: Account, **_named: Any) -> None:
    note_action(db.session, user.person_id, "account.confirm", user)


def _note_password_change(_app: Flask, user: Account, **_named: Any) -> None:
    note_action(db.session, user.person_id, "account.change_password", user)


def _note_password_reset(_app: Flask, user: Account, **_named: Any) -> None:
    # The link came by mail, so whoever followed it reads the mail of this address.
    if user.confirmed_at is None:
        user.confirmed_at = utc_now()
    note_action(db.session, user.person_id, "account.reset_password", user)


def _follow_email(_app: Flask, user: Account, old_email: str, **_named: Any) -> None:
    other = db.session.scalar(
        select(Person.id).where(Person.email == user.email, Person.id != user.person_id)
    )
    if other is not None:
        db.session.rollback()
        flash(gettext("This link does not work any more. Ask for a new one below."), "error")
        abort(redirect(url_for("security.change_email"), 303))
    user.person.email = user.email
    note_action(
        db.session, user.person_id, "account.change_email", user, changes={"email": [old_email, user.email]}
    )
    enqueue_mail(
        db.session,
        kind="account.email_changed",
        record_id=user.id,
        recipient=old_email,
        occurrence=user.email,
        subject=gettext("Your e-mail address for Counterpart was changed"),
        body=gettext(
            "Hello %(name)s,\n\nfrom now on you sign in to Counterpart with %(email)s.\n\n"
            "If this was not you, answer the people who run this portal at once.\n",
            name=user.person.name,
            email=user.email,
        ),
    )

"""Flask-Security's settings and its start."""

from flask import Flask
from flask_security import FSQLALiteUserDatastore, Security

from web.accounts.account import Account, AccountRole
from web.database import db
from web.settings import Settings

datastore = FSQLALiteUserDatastore(db, Account, AccountRole)


def init_security(app: Flask, settings: Settings) -> None:
    """Configure sign-in, registration, confirmation and recovery."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_REGISTERABLE=False,
    )
    Security(app, datastore)

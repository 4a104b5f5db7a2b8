"""Demo mode: its settings, the mark on its database, one-click sign-ins, mail on a page.

Only the ``demo`` command makes these settings, and only with them does ``create_app`` call ``init_demo``.
"""

import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Flask, abort, redirect, render_template, url_for
from flask_security import login_user
from sqlalchemy import select
from sqlalchemy.engine import make_url
from werkzeug.wrappers import Response

from models.outbox import MailState, OutboxMail
from web.access import public
from web.accounts.account import Account
from web.database import db
from web.settings import DEFAULT_ENCODER, MailSettings, Settings, SettingsError, sqlite_url

DEMO_HOST = "127.0.0.1"
DEMO_PASSWORD = "counterpart-demo"  # noqa: S105 - Known to everybody; the demo listens on this machine only.
# SQLite keeps this number in the file's head for the application that made it: "CPdm".
DEMO_MARK = 0x4350646D
PRODUCTION_VARIABLES = ("COUNTERPART_SECRET_KEY", "COUNTERPART_DATABASE_URL", "COUNTERPART_PUBLIC_URL")
MAIL_SHOWN = 50

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@dataclass(frozen=True)
class DemoSignIn:
    """Somebody of the demo world whom a newcomer may become; ``who`` says it in words."""

    email: str
    who: str


# Names and duties of invented people, the same in every language like the rest of the demo world.
SIGN_INS = (
    DemoSignIn("hr@nordwind-batteries.example", "Jana Petersen, head of HR at Nordwind Batteries"),
    DemoSignIn("dean@ostsee-university.example", "Prof. Henrik Lund, dean at Ostsee University"),
    DemoSignIn("office@nordwind-batteries.example", "Tomasz Zielinski, partnership office at Nordwind"),
    DemoSignIn("admin@ostsee-university.example", "Administrator of Ostsee University"),
    DemoSignIn("operator@counterpart.example", "Operator of the portal"),
)


@dataclass(frozen=True)
class ShownMail:
    recipient: str
    subject: str
    body: str
    enqueued_at: datetime
    is_handed_over: bool


def demo_settings(folder: Path, port: int, environment: Mapping[str, str]) -> Settings:
    """The settings of demo mode. Raises SettingsError where a real installation is configured."""
    found = [name for name in PRODUCTION_VARIABLES if environment.get(name)]
    if found:
        raise SettingsError(
            f"Demo mode has known passwords, and {' and '.join(found)} say that this is a real installation. "
            "Start it with `serve`, or unset these variables."
        )
    return Settings(
        database_url=sqlite_url(folder),
        secret_key=_own_secret_key(folder / "secret_key"),
        public_url=f"http://{DEMO_HOST}:{port}",
        data_folder=folder,
        encoder_name=DEFAULT_ENCODER,
        mail=MailSettings("", 0, None, None, False, "Counterpart demo <demo@counterpart.example>"),
        is_demo=True,
    )


def _own_secret_key(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii")


def claim_for_demo(settings: Settings) -> None:
    """Mark a new database as the demo's. Raises SettingsError for one that is there and is not marked."""
    path = Path(str(make_url(settings.database_url).database))
    if path.exists() and not is_demo_database(settings.database_url):
        raise SettingsError(f"{path} is not a demo database. Demo mode would open it with known passwords.")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {DEMO_MARK}")


def is_demo_database(url: str) -> bool:
    """Whether the database was made by demo mode. A file that is not there is not."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not Path(str(address.database)).exists():
        return False
    with closing(sqlite3.connect(str(address.database))) as connection:
        return bool(connection.execute("PRAGMA application_id").fetchone()[0] == DEMO_MARK)


def sign_in_lines() -> list[str]:
    """What the command line says about signing in."""
    width = max(len(choice.email) for choice in SIGN_INS)
    lines = [f"  {choice.email:<{width}}  {choice.who}" for choice in SIGN_INS]
    return [f"Sign in as (the password is {DEMO_PASSWORD}):", *lines]


def init_demo(app: Flask) -> None:
    """Add the demo's pages and what the frame and the sign-in page show of it."""
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"demo_mail_url": url_for("demo.mail"), "demo_sign_ins": SIGN_INS})


@blueprint.post("/sign-in/<int:number>")
@public
def sign_in(number: int) -> Response:
    """Become one of the people that the sign-in page offers."""
    if number >= len(SIGN_INS):
        abort(404)
    account = db.session.scalar(select(Account).where(Account.email == SIGN_INS[number].email))
    if account is None:
        abort(404)
    login_user(account, authn_via=["password"])
    return redirect(url_for("home.show"), 303)


@blueprint.get("/mail")
@public
def mail() -> str:
    """The outbox, newest first: what a real installation would have sent."""
    rows = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(MAIL_SHOWN))
    mails = [
        ShownMail(row.recipient, row.subject, row.body, row.created_at, row.state is MailState.SENT)
        for row in rows
    ]
    return render_template("demo/mail.html", mails=mails)

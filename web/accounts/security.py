"""Flask-Security's settings and its start."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, render_template, request
from flask_security import Security, uia_email_mapper
from wtforms import Form

from models.base import utc_now
from web.accounts import forms
from web.accounts.account import Account, AccountRole
from web.accounts.datastore import AccountDatastore
from web.accounts.letters import OutboxMailUtil
from web.accounts.messages import MESSAGES, SUBJECTS
from web.accounts.trail import follow_accounts
from web.database import db
from web.letters import public_url
from web.settings import Settings

SHORTEST_PASSWORD = 10
# OWASP's profile for argon2id: 19 MiB, two passes. The library's default takes 64 MiB.
ARGON2 = {"argon2__memory_cost": 19_456, "argon2__time_cost": 2, "argon2__parallelism": 1}
# Tests hash often and guard nothing.
ARGON2_IN_TESTS = {"argon2__memory_cost": 64, "argon2__time_cost": 1, "argon2__parallelism": 1}

datastore = AccountDatastore(db, Account, AccountRole)


def init_security(app: Flask, settings: Settings) -> None:
    """Configure sign-in, registration, confirmation and recovery."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 # The name of a method, not a password.
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=ARGON2_IN_TESTS if settings.is_testing else ARGON2,
        # What tokens carry is signed and no secret; the default's half-million rounds would hold the writer.
        SECURITY_HASHING_SCHEMES=["hex_sha256"],
        SECURITY_DEPRECATED_HASHING_SCHEMES=[],
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_PASSWORD_LENGTH_MIN=SHORTEST_PASSWORD,
        SECURITY_JOIN_USER_ROLES=False,
        # Addresses are kept in lower case, so that the database's index finds them.
        SECURITY_USER_IDENTITY_ATTRIBUTES=[
            {"email": {"mapper": uia_email_mapper, "case_insensitive": False}}
        ],
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_REGISTERABLE=True,
        SECURITY_CONFIRMABLE=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_EMAIL=True,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_DATETIME_FACTORY=utc_now,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(hours=4),
        SECURITY_POST_REGISTER_VIEW="security.login",
        SECURITY_POST_CHANGE_VIEW="settings.show",
        SECURITY_POST_CHANGE_EMAIL_VIEW="settings.show",
        SECURITY_EMAIL_HTML=False,
        # The library writes "no-store=True", which is no directive; every page gets the right one elsewhere.
        SECURITY_CACHE_CONTROL={},
        SECURITY_I18N_DOMAIN="messages",
        SECURITY_I18N_DIRNAME=[str(Path(app.root_path) / "web" / "translations")],
        **{f"SECURITY_MSG_{key}": message for key, message in MESSAGES.items()},
        **SUBJECTS,
    )
    security = Security(
        app,
        datastore,
        login_form=forms.LoginForm,
        register_form=forms.RegisterForm,
        forgot_password_form=forms.ForgotPasswordForm,
        reset_password_form=forms.ResetPasswordForm,
        change_password_form=forms.ChangePasswordForm,
        change_email_form=forms.ChangeEmailForm,
        send_confirmation_form=forms.SendConfirmationForm,
        verify_form=forms.VerifyForm,
        mail_util_cls=OutboxMailUtil,
        render_template=_render,
    )
    # Its JSON answers tell apart who is registered, which its pages do not.
    security.want_json(lambda _request: False)
    app.before_request(_refuse_json)
    app.jinja_env.globals["public_url"] = public_url
    follow_accounts(app)
    app.after_request(_see_other)


def _render(template: str, **context: Any) -> Any:
    """Pages get their form as ``form`` and answer 422 when it holds errors; mail stays plain text."""
    form = next(
        (value for name, value in context.items() if isinstance(value, Form) and name != "wan_verify_form"),
        None,
    )
    page = render_template(template, form=form, **context)
    return (page, 422) if form is not None and form.errors else page


def _refuse_json() -> None:
    # The limits count what is typed into forms; a program that sends JSON would pass by them.
    if request.blueprint == "security" and request.is_json:
        abort(415)


def _see_other(response: Response) -> Response:
    # The library answers 302, after which some programs repeat the POST.
    if request.blueprint == "security" and request.method == "POST" and response.status_code == 302:
        response.status_code = 303
    return response

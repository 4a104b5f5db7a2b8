"""The way to the mail server is encrypted for nobody else."""

import smtplib
import ssl

import pytest
from flask import Flask


def test_by_starttls_the_server_shows_who_it_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[ssl.SSLContext | None] = []

    def note(_server: smtplib.SMTP, context: ssl.SSLContext | None = None) -> None:
        contexts.append(context)

    monkeypatch.setattr(smtplib.SMTP, "starttls", note)
    with app.app_context():
        backend = app.extensions["mailman"].get_connection()
        backend.connection_class().starttls(context=None)
    [context] = contexts
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname

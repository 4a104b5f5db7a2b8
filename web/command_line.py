"""The parts of the command line that need no application: errors, options, and care for a database."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege, UndefinedFile, UndefinedTable
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from web.settings import DEFAULT_ENCODER, StartError, sqlite_url, usable_url

if TYPE_CHECKING:
    from matching.encoder import Encoder


# A server without pgvector, and one that has it but lets only an administrator switch it on.
MISSING_EXTENSION = (FeatureNotSupported, UndefinedFile, InsufficientPrivilege)


class CommandLine(click.Group):
    """A refusal that can be explained is one line, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        # FAISS and torch read it when they are imported; one thread for each request serves many best.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            return super().invoke(ctx)
        except StartError as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            words = _words_for(error)
            if words is None:
                raise
            raise click.ClickException(words) from error


def _words_for(error: DBAPIError) -> str | None:
    """What whoever runs the portal can do about it. None: it is a mistake of the program, which a traceback shows."""
    # A driver may raise an error without a word; its kind is all that is known then.
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    said = lines[0]
    if "no such table" in said or isinstance(error.orig, UndefinedTable):
        return "The database lacks migrations. Run `python app.py db upgrade` first."
    if "file is not a database" in said or "malformed" in said:
        return f"The database cannot be used: {said}. Restore a backup, or name another file."
    if "unable to open database file" in said:
        return (
            "The database cannot be used: its file is not there, or this user may not open it. See whether "
            "COUNTERPART_DATA or COUNTERPART_DATABASE_URL names the right one; `python app.py db upgrade` makes it."
        )
    if isinstance(error.orig, MISSING_EXTENSION) and "vector" in said:
        return (
            f"The database cannot be used: {said}. PostgreSQL needs the extension pgvector: install it beside the "
            "server, and let an administrator run CREATE EXTENSION vector in this database once."
        )
    if isinstance(error, OperationalError) or isinstance(error.orig, InsufficientPrivilege):
        return f"The database cannot be used: {said}"
    return None


def _usable_database(_context: click.Context, _option: click.Parameter, url: str) -> str:
    return usable_url(url)


database_option = click.option(
    "--database",
    envvar="COUNTERPART_DATABASE_URL",
    default=lambda: sqlite_url(Path(os.environ.get("COUNTERPART_DATA") or "instance").absolute()),
    callback=_usable_database,
    help="URL of the database. Default: COUNTERPART_DATABASE_URL, else SQLite in COUNTERPART_DATA or ./instance.",
)
port_option = click.option(
    "--port",
    envvar="PORT",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; PORT in the environment does the same.",
)


@click.group("db")
def database_commands() -> None:
    """Bring the database up to date, or see whether it is."""


@database_commands.command()
@database_option
def upgrade(database: str) -> None:
    """Run the migrations that the database lacks. Rows stay; a failure changes nothing."""
    bring_up_to_date(database)
    click.echo("The database is up to date.")


@database_commands.command("check")
@database_option
def check_database(database: str) -> None:
    """Fail unless every migration was run and the tables are what the models say."""
    from web.self_check import problems_of_tables

    report(problems_of_tables(database))


@database_commands.command()
@click.argument("message")
@database_option
def revision(message: str, database: str) -> None:
    """Write the next numbered migration from what changed in the models; read it before you use it.

    \b
    Example:  python app.py db revision "add meetings"
    """
    from web.database_commands import new_revision

    click.echo(f"Wrote {new_revision(database, message)}. Read it, and try it on a copy.")


@click.command(short_help="Is all well? Fails if not.")
@database_option
def check(database: str) -> None:
    """Look for stale or missing passages, missing migrations, stuck mail and jobs; fail if there is any."""
    from web.database_commands import session_on
    from web.self_check import problems_of

    with session_on(database) as session:
        report(problems_of(session, database))


@click.command("re-encode", short_help="Let the vectors of another encoder serve.")
@click.option(
    "--encoder",
    envvar="COUNTERPART_ENCODER",
    default=DEFAULT_ENCODER,
    show_default=True,
    help="A sentence-transformers model, by name or folder.",
)
@database_option
def re_encode(encoder: str, database: str) -> None:
    """Make this encoder the one that serves: encode what lacks its vectors, then switch in one step.

    The old vectors serve until then. It can be stopped and started again. The worker does the same by itself
    when COUNTERPART_ENCODER changes.
    """
    serve_encoder(database, encoder)
    click.echo(f"The vectors of {encoder} serve.")


def serve_encoder(database_url: str, name: str) -> None:
    """Load this encoder and let its vectors serve, with a line of progress."""
    from web.database_commands import session_on
    from web.encoder_change import change_encoder
    from web.worker import encoder_has_changed

    with session_on(database_url) as session:
        # A database that cannot be used is told before the seconds that loading takes.
        encoder_has_changed(session, name)
        session.rollback()
        encoder = load_encoder_here(name)
        change_encoder(session, encoder, progress_line("Encoding posts"))


def load_encoder_here(name: str) -> "Encoder":
    """The encoder for a command that has the machine for itself. Raises StartError if it cannot be loaded."""
    from matching.encoder import EncoderError, load_encoder

    click.echo("Loading the encoder …", err=True)
    try:
        return load_encoder(name, threads=os.cpu_count())
    except EncoderError as error:
        raise StartError(str(error)) from error


def bring_up_to_date(database_url: str) -> None:
    """Run the migrations that the database lacks; for a SQLite file make its folder first."""
    from web.database_commands import upgrade_database
    from web.serving import prepare_folder

    address = make_url(database_url)
    if address.get_backend_name() == "sqlite":
        prepare_folder(Path(str(address.database)).absolute().parent)
    upgrade_database(database_url)


def progress_line(what: str) -> Callable[[int, int], None]:
    """A function that rewrites one line on a terminal, and elsewhere writes a line at each tenth."""
    told = -1

    def show(done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // max(total, 1)
        # Standard error, because a command's answer may be read by a program.
        if sys.stderr.isatty():
            click.echo(f"\r{what}: {done:,} of {total:,}", nl=done >= total, err=True)
        elif tenth > told:
            told = tenth
            click.echo(f"{what}: {done:,} of {total:,}", err=True)

    return show


def report(problems: list[str]) -> None:
    """Print the problems and end with exit code 1, or say that all is well."""
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("All is well.")

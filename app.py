"""The application and its command line: the only place where the parts meet.

What a command does stands in the room that it belongs to; heavy parts are imported by the commands that need them,
so that the others start at once.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from web.access import check_every_endpoint_declares
from web.accounts.security import init_security
from web.acting import carry_acting_unit
from web.database import init_database
from web.errors import init_errors
from web.features import register_features
from web.localisation import init_localisation
from web.mail import init_mail
from web.matcher import init_matcher
from web.navigation import init_navigation
from web.protection import init_protection
from web.rate_limits import init_rate_limits
from web.settings import DEFAULT_ENCODER, Settings, SettingsError, StartError, settings_from, sqlite_url

if TYPE_CHECKING:
    from matching.encoder import Encoder


def create_app(settings: Settings, load_encoder: "Callable[[], Encoder] | None" = None) -> Flask:
    """The application for these settings. ``load_encoder`` is called in the background, at most once a
    process.
    """
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.config["TESTING"] = settings.is_testing
    app.extensions["settings"] = settings
    init_protection(app, settings)
    init_database(app, settings.database_url)
    init_localisation(app)
    init_security(app, settings)
    init_mail(app, settings)
    init_matcher(app, load_encoder or partial(_load_encoder, settings.encoder_name))
    init_navigation(app)
    init_errors(app)
    register_features(app)
    if settings.is_demo:
        from web.demo import init_demo

        init_demo(app)
    init_rate_limits(app)
    carry_acting_unit(app)
    check_every_endpoint_declares(app)
    return app


def _load_encoder(name: str, threads: int | None = None) -> "Encoder":
    from matching.encoder import load_encoder

    return load_encoder(name, threads=threads)


class CommandLine(click.Group):
    """A refusal that can be explained is one line, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        # FAISS and torch read it when they are imported; one thread each serves many requests at once best.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            return super().invoke(ctx)
        except StartError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be used: {error.orig}") from error


database_option = click.option(
    "--database",
    envvar="COUNTERPART_DATABASE_URL",
    default=lambda: sqlite_url(Path(os.environ.get("COUNTERPART_DATA", "instance")).absolute()),
    help="URL of the database. Default: COUNTERPART_DATABASE_URL, else the SQLite file in ./instance.",
)
port_option = click.option(
    "--port",
    envvar="PORT",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on.",
)


@click.group(
    cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def main() -> None:
    """Counterpart finds universities and companies their complementary partners.

    \b
    Try it out:          python app.py demo
    Run it for real:     python app.py db upgrade
                         python app.py create-operator you@example.org "Your Name"
                         python app.py serve
    Is all well?         python app.py check

    Settings come from variables of the environment; the README lists them.
    """


@main.command()
@port_option
@click.option("--folder", type=click.Path(path_type=Path), default=Path("instance/demo"), show_default=True,
              help="Where the demo keeps its data.")  # fmt: skip
def demo(port: int, folder: Path) -> None:
    """Show the portal with a made-up world, on this machine only.

    Everybody knows the passwords, and mail is shown on a page instead of being sent. The first start loads some
    seventy organisations with their posts and takes about a minute; later ones are ready in seconds.

    \b
    Example:  python app.py demo --port 8123
    """
    from web.demo import DEMO_HOST, claim_for_demo, demo_settings, sign_in_lines
    from web.serving import Listening, check_port, prepare_folder

    listening = Listening(DEMO_HOST, port)
    check_port(listening)
    prepare_folder(folder.absolute())
    settings = demo_settings(folder.absolute(), port, os.environ)
    claim_for_demo(settings)
    _upgrade(settings.database_url)
    _run_in_child(_load_demo_world, settings)
    _serve(settings, listening, sign_in_lines())


@main.command()
@port_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is every one."
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Web processes.")
@click.option(
    "--threads", type=click.IntRange(1), default=8, show_default=True, help="Threads of each of them."
)
def serve(port: int, host: str, workers: int, threads: int) -> None:
    """Start the web server and the worker; Ctrl-C stops both.

    Needs COUNTERPART_SECRET_KEY and COUNTERPART_PUBLIC_URL, and a database that `db upgrade` has brought up to date.

    \b
    Example:  python app.py serve --port 8000 --threads 16
    """
    from web.database_commands import is_database_current
    from web.demo import is_demo_database
    from web.serving import Listening, check_port, prepare_folder

    settings = settings_from(os.environ)
    if is_demo_database(settings.database_url):
        raise SettingsError("This database was made by demo mode, with known passwords. Set another one.")
    listening = Listening(host, port, workers, threads)
    check_port(listening)
    prepare_folder(settings.data_folder)
    if not is_database_current(settings.database_url):
        raise SettingsError("The database lacks migrations. Run `python app.py db upgrade` first.")
    _serve(settings, listening, [])


@main.command()
def worker() -> None:
    """Run only the worker, which sends mail and changes encoders; `serve` has one already."""
    from web.worker import run_worker

    settings = settings_from(os.environ)
    run_worker(partial(create_app, settings), change_encoder)


@main.group()
def db() -> None:
    """Bring the database up to date, or see whether it is."""


@db.command()
@database_option
def upgrade(database: str) -> None:
    """Run the migrations that the database lacks. Rows stay; a failure changes nothing."""
    _upgrade(database)
    click.echo("The database is up to date.")


@db.command("check")
@database_option
def check_database(database: str) -> None:
    """Fail unless every migration was run and the tables are what the models say."""
    from web.database_commands import differences_from_models, is_database_current

    problems = differences_from_models(database)
    if not is_database_current(database):
        problems.insert(0, "There are migrations to run: python app.py db upgrade")
    _report(problems)


@db.command()
@click.argument("message")
@database_option
def revision(message: str, database: str) -> None:
    """Write the next numbered migration from what changed in the models; read it before you use it.

    \b
    Example:  python app.py db revision "add meetings"
    """
    from web.database_commands import new_revision

    click.echo(f"Wrote {new_revision(database, message)}. Read it, and try it on a copy.")


@main.command()
@database_option
def check(database: str) -> None:
    """Look for stale or missing passages, missing migrations and mail that is stuck; fail if there is any."""
    from web.database_commands import session_on
    from web.self_check import problems_of

    with session_on(database) as session:
        _report(problems_of(session, database))


@main.command("re-encode")
@click.option("--encoder", default=DEFAULT_ENCODER, envvar="COUNTERPART_ENCODER", show_default=True,
              help="A sentence-transformers model, by name or folder.")  # fmt: skip
@database_option
def re_encode(encoder: str, database: str) -> None:
    """Make this encoder the one that serves: encode what lacks its vectors, then switch in one step.

    The old vectors serve until then. It can be stopped and started again. The worker does the same by itself when
    COUNTERPART_ENCODER changes.
    """
    _change_encoder(database, encoder)
    click.echo(f"The vectors of {encoder} serve.")


@main.command("create-operator")
@click.argument("email")
@click.argument("name")
@click.password_option(help="Asked for if it is not given.")
def make_operator(email: str, name: str, password: str) -> None:
    """Add a person who runs the platform: approves organisations, watches queues.

    \b
    Example:  python app.py create-operator you@example.org "Your Name"
    """
    from web.database import db as database
    from web.operators import create_operator

    app = create_app(settings_from(os.environ))
    with app.app_context():
        try:
            create_operator(database.session, name, email, password)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{email} can sign in now.")


def change_encoder(settings: Settings) -> None:
    """What the worker starts in a process of its own when the settings name another encoder."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _change_encoder(settings.database_url, settings.encoder_name)

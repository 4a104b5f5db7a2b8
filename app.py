"""The application and its command line: the only place where the parts meet.

What a command does stands in the room that it belongs to; heavy parts are imported by the commands that need
them, so that the others start at once.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app

from models.base import utc_now
from models.database import begin_write
from web.access import check_every_endpoint_declares
from web.accounts.security import init_security
from web.acting import carry_acting_unit
from web.command_line import (
    CommandLine,
    bring_up_to_date,
    check,
    database_commands,
    load_encoder_here,
    port_option,
    re_encode,
    serve_encoder,
)
from web.database import db, init_database
from web.distances import init_distances
from web.errors import init_errors
from web.evaluate_command import evaluate
from web.features import register_features
from web.import_command import import_posts_command
from web.jobs.commands import jobs_commands
from web.learn_command import learn
from web.leaving.commands import people_commands
from web.localisation import init_localisation
from web.mail import init_mail
from web.marking import init_marking
from web.matcher import init_matcher
from web.moments import init_moments
from web.navigation import init_navigation
from web.pictures import init_pictures
from web.protection import init_protection
from web.rate_limits import init_rate_limits
from web.settings import Settings, SettingsError, settings_from
from web.templating import init_templating

if TYPE_CHECKING:
    from matching.encoder import Encoder


def create_app(settings: Settings, load_encoder: "Callable[[], Encoder] | None" = None) -> Flask:
    """The application for these settings. ``load_encoder`` is called in the background, at most once a
    process.
    """
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.config["TESTING"] = settings.is_testing
    app.extensions["settings"] = settings
    init_templating(app)
    init_protection(app, settings)
    init_database(app, settings.database_url)
    init_localisation(app)
    init_moments(app)
    init_security(app, settings)
    init_mail(app, settings)
    load_ours = partial(_load_encoder, settings.encoder_name, settings.encoder_languages)
    init_matcher(app, load_encoder or load_ours, settings.encoder_languages)
    init_navigation(app)
    init_pictures(app)
    init_distances(app)
    init_marking(app)
    init_errors(app)
    register_features(app)
    if settings.is_demo:
        from web.demo import init_demo

        init_demo(app)
    init_rate_limits(app)
    carry_acting_unit(app)
    check_every_endpoint_declares(app)
    return app


def _load_encoder(name: str, languages: frozenset[str]) -> "Encoder":
    from matching.encoder import load_encoder

    return load_encoder(name, languages)


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Counterpart finds universities and companies their complementary partners.

    \b
    Try it out:        python app.py demo
    Run it for real:   python app.py db upgrade
                       python app.py create-operator you@example.org "Your Name"
                       python app.py serve
    Is all well?       python app.py check

    Settings come from variables of the environment; the README lists them.
    """


@main.command(short_help="Show the portal with a made-up world.")
@port_option
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("instance/demo"),
    show_default=True,
    help="Where the demo keeps its data.",
)
def demo(port: int, folder: Path) -> None:
    """Show the portal with a made-up world, on this machine only.

    Everybody knows the passwords, and mail is shown on a page instead of being sent. The first start loads
    nearly eighty organisations with their posts and takes about a minute; later ones are ready in seconds.

    \b
    Example:  python app.py demo --port 8123
    """
    from web.children import run_in_child
    from web.demo import DEMO_HOST, claim_for_demo, demo_settings, sign_in_lines
    from web.serving import Listening, check_port, prepare_folder, run_web_and_worker

    listening = Listening(DEMO_HOST, port)
    check_port(listening)
    prepare_folder(folder.absolute())
    settings = demo_settings(folder.absolute(), port, os.environ)
    claim_for_demo(settings)
    bring_up_to_date(settings.database_url)
    run_in_child(partial(load_demo_world, settings))
    run_web_and_worker(settings, listening, partial(create_app, settings), change_encoder, sign_in_lines())


@main.command()
@port_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all of them."
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Web processes.")
@click.option("--threads", type=click.IntRange(1), default=8, show_default=True, help="Threads of each.")
def serve(port: int, host: str, workers: int, threads: int) -> None:
    """Start the web server and the worker; Ctrl-C stops both.

    Needs COUNTERPART_SECRET_KEY and COUNTERPART_PUBLIC_URL, and a database that `db upgrade` has brought up
    to date.

    \b
    Example:  python app.py serve --port 8000 --threads 16
    """
    from web.serving import Listening, check_port, prepare_folder, run_web_and_worker

    settings = settings_from(os.environ)
    listening = Listening(host, port, workers, threads)
    check_port(listening)
    prepare_folder(settings.data_folder)
    check_database(settings)
    run_web_and_worker(settings, listening, partial(create_app, settings), change_encoder, [])


@main.command(short_help="Run only the worker, which serve has, too.")
def worker() -> None:
    """Run only the worker, which sends mail, does what recurs and changes encoders; `serve` has one already."""
    from web.serving import prepare_folder
    from web.worker import run_worker

    settings = settings_from(os.environ)
    prepare_folder(settings.data_folder)
    check_database(settings)
    run_worker(partial(create_app, settings), change_encoder)


def check_database(settings: Settings) -> None:
    """Raise SettingsError for the demo's database, and for one that lacks migrations."""
    from web.database_commands import is_database_current
    from web.demo import is_demo_database

    if is_demo_database(settings.database_url):
        raise SettingsError("This database was made by demo mode, with known passwords. Name another one.")
    if not is_database_current(settings.database_url):
        raise SettingsError("The database lacks migrations. Run `python app.py db upgrade` first.")


@main.command("create-operator", short_help="Add a person who runs the platform.")
@click.argument("email")
@click.argument("name")
@click.password_option(help="Asked for if it is not given.")
def make_operator(email: str, name: str, password: str) -> None:
    """Add a person who runs the platform: approves organisations, watches queues.

    \b
    Example:  python app.py create-operator you@example.org "Your Name"
    """
    from web.operators import create_operator

    with create_app(settings_from(os.environ)).app_context():
        try:
            create_operator(db.session, name, email, password)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{email} can sign in now.")


@main.command("end-operator", short_help="Take the rights of an operator from somebody.")
@click.argument("email")
def unmake_operator(email: str) -> None:
    """Take the rights of an operator from somebody, who keeps the account. The last one keeps them.

    \b
    Example:  python app.py end-operator you@example.org
    """
    from web.operators import end_operator

    with create_app(settings_from(os.environ)).app_context():
        try:
            end_operator(db.session, email)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{email.strip().lower()} is no operator any more.")


def change_encoder(settings: Settings) -> None:
    """What the worker starts in a process of its own when the settings name another encoder."""
    # Pages come first: this takes what they leave of the processor.
    os.nice(10)
    serve_encoder(settings.database_url, settings.encoder_name)


def load_demo_world(settings: Settings) -> None:
    """Fill an empty demo database, in one transaction. Runs in a child: the parent must not meet torch."""
    from seed_data.dealings import Scene, load_dealings, read_dealings
    from seed_data.loader import Given, load_world, read_world, texts_to_encode
    from web.demo_world import DemoWorld

    with create_app(settings).app_context():
        demo_world = DemoWorld(db.session)
        if not demo_world.is_empty():
            return
        world = read_world()
        passages = demo_world.encoded(texts_to_encode(world), load_encoder_here(settings.encoder_name))
        begin_write(db.session)
        now = utc_now()
        given = Given(db.session, demo_world.find_place, demo_world.account_adder(), now)
        loaded = load_world(world, passages, given)
        # In a request of its own, because the invitations of its meetings hold links.
        with current_app.test_request_context(base_url=settings.public_url):
            scene = Scene(db.session, loaded.people, loaded.units, demo_world.schedule, now)
            load_dealings(read_dealings(), scene)
        db.session.commit()


main.add_command(database_commands)
main.add_command(check)
main.add_command(evaluate)
main.add_command(import_posts_command)
main.add_command(jobs_commands(lambda: create_app(settings_from(os.environ))))
main.add_command(learn)
main.add_command(people_commands(lambda: create_app(settings_from(os.environ))))
main.add_command(re_encode)

if __name__ == "__main__":
    main()

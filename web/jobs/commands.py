"""The ``jobs`` commands: every periodic job can be seen and run by hand, or by a scheduler of one's own."""

from collections.abc import Callable

import click
from flask import Flask

from models.base import utc_now
from web.settings import StartError


def jobs_commands(make_app: Callable[[], Flask]) -> click.Group:
    """The group of commands; ``make_app`` is called by the command that is used, and registers every job."""

    @click.group("jobs")
    def group() -> None:
        """See and run the jobs that the worker runs periodically."""

    @group.command("list")
    def list_jobs() -> None:
        """Name every job, how often it runs, and when it did last."""
        app = make_app()
        from web.jobs.looking import job_lines

        with app.app_context():
            click.echo("\n".join(job_lines(utc_now())))

    @group.command("run")
    @click.argument("name")
    def run_job(name: str) -> None:
        """Run one job now, due or not; fail if it fails or another process runs it.

        \b
        Example:  python app.py jobs run mail.send
        """
        app = make_app()
        from web.jobs.registry import all_jobs, job_named
        from web.jobs.running import run_now

        job = job_named(name)
        if job is None:
            raise StartError(
                f"No job is named {name}. There are: {', '.join(job.name for job in all_jobs())}."
            )
        ending = run_now(app, job)
        if ending is None:
            raise StartError(f"{name} is being run by another process.")
        if ending.error:
            raise StartError(f"{name} failed: {ending.error}. The log says more.")
        click.echo(f"{name} is done: {ending.count}.")

    return group

"""The ``import-posts`` command: its options, and what it says afterwards."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.command_line import database_option, load_encoder_here
from web.settings import DEFAULT_ENCODER, StartError

if TYPE_CHECKING:
    from web.posts.importing import ImportReport

ERRORS_SHOWN = 5


@click.command("import-posts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Name or number of the organisation that posts.")
@click.option("--unit", help="Name of the unit that posts the rows which name none. Default: the whole.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="A column with another name.")
@click.option("--default", "defaults", multiple=True, metavar="FIELD=VALUE", help="For cells that are empty.")
@click.option("--strict", is_flag=True, help="Import nothing if one row is wrong.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@database_option
def import_posts_command(
    file: Path,
    organisation: str,
    unit: str | None,
    mapping: tuple[str, ...],
    defaults: tuple[str, ...],
    strict: bool,
    dry_run: bool,
    database: str,
) -> None:
    """Import and publish the posts of a CSV or JSONL FILE.

    Rows are recognised by side and external_id: importing again changes nothing. Wrong rows are left out and
    listed, with how to mend them, in FILE.errors.csv. An interruption leaves everything as it was.

    \b
    Example:  python app.py import-posts programmes.csv --organisation "Ostsee University" \\
                  --map title=name --default side=capability --default kind=programme
    """
    from web.database_commands import session_on
    from web.posts.importing import find_organisation, find_unit, import_posts

    with session_on(database) as session:
        organisation_id = find_organisation(session, organisation)
        report = import_posts(
            session,
            file,
            organisation_id,
            lambda: load_encoder_here(os.environ.get("COUNTERPART_ENCODER", DEFAULT_ENCODER)),
            unit_id=find_unit(session, organisation_id, unit) if unit else None,
            mapping=_pairs(mapping),
            defaults=_pairs(defaults),
            is_strict=strict,
            is_dry_run=dry_run,
            shows_progress=True,
        )
    _tell(report)


def _pairs(options: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for option in options:
        field, separator, value = option.partition("=")
        if not separator:
            raise StartError(f"{option} needs an equals sign, for example title=name.")
        pairs[field.strip()] = value.strip()
    return pairs


def _tell(report: "ImportReport") -> None:
    words = "" if report.is_written else " (nothing was written)"
    click.echo(f"{report.added} added, {report.changed} changed, {report.unchanged} as before{words}.")
    if report.unknown_columns:
        click.echo(f"Not read: {', '.join(report.unknown_columns)}.")
    if report.wrong_rows:
        for error in report.errors[:ERRORS_SHOWN]:
            click.echo(f"Row {error.row}, {error.field}: {error.problem} {error.remedy}")
        click.echo(f"{report.wrong_rows} rows are wrong; all of them stand in {report.errors_path}.")
        raise click.exceptions.Exit(1)

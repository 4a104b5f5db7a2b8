"""The command that measures the ranking on labelled data."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import click

from models.post import PostSide
from web.command_line import load_encoder_here, progress_line
from web.settings import DEFAULT_ENCODER, StartError

PARTS = ("quality", "calibration", "faithfulness", "stability", "exposure")


@click.command(short_help="Measure the ranking on labelled pairs.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--split",
    "splits",
    multiple=True,
    help="Which part of the labels to measure on. Default: test; in a folder of sets also its variants.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--queries",
    type=click.Choice(["need", "capability"]),
    help="What the queries are. Without it the folder's name tells: cip_to_onet asks with capabilities.",
)
@click.option("--only", "parts", multiple=True, type=click.Choice(PARTS), help="Measure only this.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which vectors are kept for the next run. Default: one beneath the temporary folder.",
)
@click.option(
    "--markdown",
    "page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also write the table into this page, between its two markers.",
)
def evaluate(
    folder: Path,
    splits: tuple[str, ...],
    as_json: bool,
    queries: str | None,
    parts: tuple[str, ...],
    keep: Path | None,
    page: Path | None,
) -> None:
    """Measure the ranking on a FOLDER of labelled pairs, or on each set in a FOLDER of several.

    The ranking is the one of the pages, over a temporary database. Measured are its quality beside cosine, BM25,
    popularity and chance; whether a better grade means more labelled pairs; whether the cited sentence is what the
    score needs most; how far small edits of a text move its first page; and how evenly first pages show
    organisations. Intervals are of 95 %.

    \b
    A set holds:
      queries.jsonl       {"id", "text", maybe "places": [{"country", "region"}]}
      corpus.jsonl        {"id", "text", maybe "org_id"}
      orgs.jsonl          {"org_id", "name", "city", "region", "country", "n_posts"},
                          only where documents belong to organisations
      qrels_SPLIT.tsv     query-id, corpus-id or org_id, grade
      exclude_SPLIT.tsv   query-id, id that is not to be ranked for it; optional

    \b
    Examples:  python app.py evaluate data/onet_to_cip --split dev --only quality
               python app.py evaluate data --markdown docs/ranking.md
    """
    from matching.encoder import load_published_encoder
    from matching.evaluation import Part
    from matching.evaluation import evaluate as measure
    from matching.evaluation_sets import sets_of, write_between_markers
    from matching.evaluation_tables import markdown_table, plain_table, summary_lines, table_of
    from matching.kept_vectors import KeptVectors, default_folder
    from matching.labelled_data import LabelledDataError

    side = PostSide(queries) if queries else None
    wanted = frozenset(Part(part) for part in parts or PARTS)
    try:
        sets = sets_of(folder, splits)
        kept = keep or default_folder()
        encoder = KeptVectors(load_encoder_here(DEFAULT_ENCODER), kept)
        has_baselines = bool(wanted & {Part.QUALITY, Part.EXPOSURE})
        plain = KeptVectors(load_published_encoder(os.cpu_count()), kept) if has_baselines else None
        results = [
            measure(one, split, encoder, _progress_of(f"{one.resolve().name}, {split}"), side, wanted, plain)
            for one, split in sets
        ]
        if page is not None:
            write_between_markers(
                page, f"Encoder: `{encoder.key}`\n\n{markdown_table(summary_lines(results))}"
            )
    except LabelledDataError as error:
        raise StartError(str(error)) from error
    if as_json:
        is_one_set = len(results) == 1 and (folder / "queries.jsonl").is_file()
        answer = results[0] if is_one_set else {"encoder": encoder.key, "sets": results}
        click.echo(json.dumps(answer, indent=2))
    else:
        click.echo(table_of(results[0]) if len(results) == 1 else plain_table(summary_lines(results)))


def _progress_of(name: str) -> Callable[[str, int, int], None]:
    """A function that shows each thing that is done on a line of its own."""
    lines: dict[str, Callable[[int, int], None]] = {}

    def show(what: str, done: int, total: int) -> None:
        lines.setdefault(what, progress_line(f"{name}: {what}"))(done, total)

    return show

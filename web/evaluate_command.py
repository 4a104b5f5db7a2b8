"""The command that measures the ranking on labelled data."""

import json
from collections.abc import Callable
from pathlib import Path

import click

from models.post import PostSide
from web.command_line import load_encoder_here, progress_line
from web.settings import DEFAULT_ENCODER, StartError


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--split", default="test", show_default=True, help="Which part of the labels to measure on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--queries",
    type=click.Choice(["need", "capability"]),
    help="What the queries are. Without it the folder's name tells: cip_to_onet asks with capabilities.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which vectors are kept for the next run. Default: one beneath the temporary folder.",
)
def evaluate(folder: Path, split: str, as_json: bool, queries: str | None, keep: Path | None) -> None:
    """Measure the ranking on a FOLDER of labelled pairs, beside cosine, BM25, popularity and chance.

    The ranking is the one of the pages, over a temporary database.

    \b
    FOLDER holds:
      queries.jsonl       {"id", "text", maybe "places": [{"country", "region"}]}
      corpus.jsonl        {"id", "text", maybe "org_id"}
      orgs.jsonl          {"org_id", "name", "city", "region", "country", "n_posts"},
                          only where documents belong to organisations
      qrels_SPLIT.tsv     query-id, corpus-id or org_id, grade
      exclude_SPLIT.tsv   query-id, id that is not to be ranked for it; optional

    \b
    Example:  python app.py evaluate data/onet_to_cip --split dev
    """
    from matching.evaluation import evaluate as measure
    from matching.evaluation import table_of
    from matching.kept_vectors import KeptVectors, default_folder
    from matching.labelled_data import LabelledDataError

    lines: dict[str, Callable[[int, int], None]] = {}

    def show(what: str, done: int, total: int) -> None:
        lines.setdefault(what, progress_line(what))(done, total)

    try:
        side = PostSide(queries) if queries else None
        encoder = KeptVectors(load_encoder_here(DEFAULT_ENCODER), keep or default_folder())
        result = measure(folder, split, encoder, show, side)
    except LabelledDataError as error:
        raise StartError(str(error)) from error
    click.echo(json.dumps(result, indent=2) if as_json else table_of(result))

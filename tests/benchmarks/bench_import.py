"""How fast posts are imported, beside how fast the same passages are encoded with nothing around it.

``python -m tests.benchmarks.bench_import /path/to/data`` reads ``onet_to_cip`` there, writes 1,725 programmes
as capabilities of twelve universities and 573 occupations as needs of eight companies to CSV files in a
temporary folder, and imports them with the real encoder. Raw encoding and import take turns file by file, so
that another program on the machine slows both alike.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from matching.encoder import Encoder, load_encoder
from matching.passages import check_passages, spans_of
from matching.reencoding import ensure_encoder
from models.base import Base
from models.database import begin_write, prepare_engine
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.passage import Passage
from models.post import Post
from web.posts.importing import import_posts

UNIVERSITIES = 12
COMPANIES = 8


@dataclass(frozen=True)
class File:
    """One organisation's file, with the values that hold for all its rows."""

    name: str
    kind: OrganisationKind
    path: Path
    defaults: dict[str, str]
    texts: list[str]


@dataclass(frozen=True)
class Times:
    """Seconds by the clock and of this process's processor time, and how many different passages there are.

    Processor time does not count what other programs took meanwhile.
    """

    passages: int
    raw: float
    raw_processor: float
    whole_import: float
    whole_import_processor: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds onet_to_cip")
    parser.add_argument("--share", type=float, default=1.0, help="import only this share of each file")
    parser.add_argument("--keep", type=Path, help="write the database to this file and keep it")
    arguments = parser.parse_args()
    encoder = load_encoder()
    encoder.encode(["The first call is slower than the others."])
    with tempfile.TemporaryDirectory(prefix="counterpart-import-") as folder:
        files = _files(arguments.data / "onet_to_cip", Path(folder), arguments.share)
        database = arguments.keep or Path(folder) / "bench.sqlite3"
        session = _session(database)
        times = []
        for number, file in enumerate(files):
            times.append(_measure(session, file, encoder, is_raw_first=number % 2 == 0))
            sys.stdout.write(_line(file.name, [times[-1]]))
        sys.stdout.write(_line("all files", times))
        sys.stdout.write(_summary(session, encoder))
        session.close()


def _measure(session: Session, file: File, encoder: Encoder, is_raw_first: bool) -> Times:
    organisation_id = _organisation(session, file)
    pieces = _pieces(file.texts)
    raw = _seconds_of(lambda: encoder.encode(pieces)) if is_raw_first else None
    whole_import = _seconds_of(
        lambda: import_posts(session, file.path, organisation_id, lambda: encoder, defaults=file.defaults)
    )
    raw = raw or _seconds_of(lambda: encoder.encode(pieces))
    return Times(len(pieces), *raw, *whole_import)


def _seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    start, start_processor = perf_counter(), process_time()
    work()
    return perf_counter() - start, process_time() - start_processor


def _pieces(texts: list[str]) -> list[str]:
    """The different passages of these texts: what the import encodes too."""
    return list(
        dict.fromkeys(text[span.start : span.stop] for text in texts for span in spans_of(text, "en"))
    )


def _line(name: str, times: list[Times]) -> str:
    passages = sum(one.passages for one in times)
    raw = sum(one.raw for one in times)
    whole_import = sum(one.whole_import for one in times)
    by_processor = sum(one.raw_processor for one in times) / sum(one.whole_import_processor for one in times)
    return (
        f"{name:<16} {passages:6d} passages   raw {passages / raw:6.1f}/s"
        f"   import {passages / whole_import:6.1f}/s   ratio {raw / whole_import:.3f}"
        f" (processor time {by_processor:.3f})\n"
    )


def _summary(session: Session, encoder: Encoder) -> str:
    posts = session.scalar(select(func.count(Post.id)))
    passages = session.scalar(select(func.count(Passage.id)))
    begin_write(session)
    problems = check_passages(session, ensure_encoder(session, encoder))
    session.rollback()
    return (
        f"{posts} posts with {passages} stored passages; {len(problems)} problems found by check_passages\n"
    )


def _files(source: Path, folder: Path, share: float) -> list[File]:
    programmes = _records(source / "corpus.jsonl", share)
    occupations = _records(source / "queries.jsonl", share)
    capability = {"side": "capability", "kind": "programme"}
    need = {"side": "need", "kind": "talent", "urgency": "2"}
    files = [
        _file(
            folder,
            f"University {n + 1}",
            OrganisationKind.UNIVERSITY,
            programmes[n::UNIVERSITIES],
            capability,
        )
        for n in range(UNIVERSITIES)
    ]
    files += [
        _file(folder, f"Company {n + 1}", OrganisationKind.COMPANY, occupations[n::COMPANIES], need)
        for n in range(COMPANIES)
    ]
    return files


def _records(path: Path, share: float) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return records[: max(UNIVERSITIES, round(len(records) * share))]


def _file(
    folder: Path, name: str, kind: OrganisationKind, records: list[dict[str, str]], defaults: dict[str, str]
) -> File:
    path = folder / f"{name.lower().replace(' ', '-')}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "text"])
        writer.writerows([record["id"], record["title"][:150], record["text"]] for record in records)
    texts = [f"{record['title'][:150]}\n{record['text']}" for record in records]
    return File(name, kind, path, defaults, texts)


def _session(database: Path) -> Session:
    engine = create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    prepare_engine(engine)
    return Session(engine)


def _organisation(session: Session, file: File) -> int:
    begin_write(session)
    organisation = Organisation(
        name=file.name, kind=file.kind, sector=Sector.EDUCATION, state=OrganisationState.APPROVED
    )
    session.add(organisation)
    session.flush()
    session.add(Unit(organisation_id=organisation.id, name=file.name))
    session.commit()
    return organisation.id


if __name__ == "__main__":
    main()

"""Write a drawn world into a real database, in bulk: 100,000 posts with 680,000 passages take about a minute.

Every organisation has one person of its office; those of the LOOKERS can sign in, so that pages can be asked. The text
and the passages of a post are as the application itself would have stored them: `check_passages` finds no fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, insert, text

from matching.columns import KINDS, POST_KINDS, SECTORS
from matching.passages import spans_of
from matching.sentences import Span
from models.base import Base, utc_now
from models.changelog import Change
from models.organisation import Organisation, OrganisationState, Unit
from models.passage import EncoderRecord, EncoderState, Passage, hash_of
from models.person import Membership, MembershipState, Person, Role
from models.place import Place
from models.post import DEFAULT_VISIBILITY, Post, PostSide, PostState, end_of_day
from tests.benchmarks.world_plan import LOOKERS, TOWNS
from tests.benchmarks.worlds import Part, World
from tests.browsing import sign_in
from web.accounts.account import Account
from web.database_commands import import_every_record
from web.gazetteer import Gazetteer

Row = dict[str, Any]
ENCODER_ID = 1
PASSAGE_COLUMNS = ("post_id", "encoder_id", "position", "start", "stop", "text_hash", "vector")


def write_world(url: str, world: World) -> None:
    """Make the tables in an empty database and fill them. On SQLite it is not safe against a crash meanwhile."""
    import_every_record()
    engine = create_engine(url)
    try:
        _make_tables(engine)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA synchronous=OFF")
            _write_organisations(connection, world)
            now = utc_now()
            for part in world.parts():
                texts = [_text_and_spans(world, part, number) for number in range(len(part.posts))]
                connection.execute(insert(Post), list(_posts(world, part, texts, now)))
                _write_passages(connection, part, texts)
            changes = [{"seq": number, "post_id": number} for number in range(1, len(world) + 1)]
            connection.execute(insert(Change), changes)
            if engine.dialect.name == "postgresql":
                _set_sequences(connection)
            connection.commit()
        _settle(engine)
    finally:
        engine.dispose()


def cookie_of(app: Flask, looker: int) -> str:
    """Return the Cookie header of the person of a looker's office (0 … LOOKERS − 1), who has signed in and seen a page.

    With the first page the session gets what its forms are signed with; later ones leave the cookie as it is.
    """
    client = app.test_client()
    sign_in(client, str(looker + 1))
    client.get("/accessibility")
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"


def _make_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        Base.metadata.create_all(connection)


def _write_organisations(connection: Connection, world: World) -> None:
    key, width = world.real.encoder_key, world.real.vectors.shape[1]
    connection.execute(
        insert(EncoderRecord),
        {"id": ENCODER_ID, "key": key, "name": key, "dimensions": width, "state": EncoderState.ACTIVE},
    )
    towns = Gazetteer().towns[:TOWNS]
    connection.execute(
        insert(Place),
        [
            {
                "id": number, "geoname_id": town.geoname_id, "name": town.name, "country": town.country,
                "region": town.region, "latitude": town.latitude, "longitude": town.longitude,
                "zone": town.zone,
            }
            for number, town in enumerate(towns, start=1)
        ],
    )  # fmt: skip
    rows = world.organisations
    names = [f"{towns[row['place']].name} {SECTORS[row['sector']].value} {row['id']}" for row in rows]
    connection.execute(
        insert(Organisation),
        [
            {
                "id": int(row["id"]), "name": name, "kind": KINDS[row["kind"]],
                "sector": SECTORS[row["sector"]], "state": OrganisationState.APPROVED, "version": 1,
                "activity": None if np.isnan(row["activity"]) else int(row["activity"]),
            }
            for row, name in zip(rows, names, strict=True)
        ],
    )  # fmt: skip
    ids = [int(row["id"]) for row in rows]
    units = [
        {"id": one, "organisation_id": one, "name": name, "version": 1, "place_id": int(row["place"]) + 1}
        for one, name, row in zip(ids, names, rows, strict=True)
    ]
    connection.execute(insert(Unit), units)
    _write_people(connection, ids)


def _write_people(connection: Connection, ids: list[int]) -> None:
    people = [
        {"id": one, "name": f"Person {one}", "email": f"{one}@world.example", "version": 1} for one in ids
    ]
    connection.execute(insert(Person), people)
    memberships = [
        {
            "person_id": one, "organisation_id": one, "unit_id": one, "role": Role.OFFICE,
            "state": MembershipState.ACTIVE, "version": 1,
        }
        for one in ids
    ]  # fmt: skip
    connection.execute(insert(Membership), memberships)
    accounts = [
        {
            "person_id": one, "email": f"{one}@world.example", "password": "!", "active": True,
            "fs_uniquifier": f"session-of-{one}", "confirmed_at": utc_now(),
        }
        for one in ids[:LOOKERS]
    ]  # fmt: skip
    connection.execute(insert(Account), accounts)


def _text_and_spans(world: World, part: Part, number: int) -> tuple[str, str, list[Span]]:
    title, words = world.text_of(part.start + number)
    language = world.language_of(part.start + number)
    spans = spans_of(f"{title}\n{words}", language)
    if len(spans) != part.first[number + 1] - part.first[number]:
        # The exchanged words made a sentence too long: the anchor's own text has as many as there are vectors.
        real = world.real.texts[int(part.posts["anchor"][number])]
        title, words, spans = real.title, real.text, spans_of(real.matching_text, language)
    return title, words, spans


def _posts(
    world: World, part: Part, texts: list[tuple[str, str, list[Span]]], now: datetime
) -> Iterator[Row]:
    for number, (row, (title, words, _)) in enumerate(zip(part.posts, texts, strict=True)):
        side = PostSide.NEED if row["is_need"] else PostSide.CAPABILITY
        owner = int(row["owner"]) + 1
        published = now - timedelta(days=int(row["published"]))
        ends_on = (now + timedelta(days=int(row["closes_in"]))).date() if row["closes_in"] >= 0 else None
        yield {
            "id": part.start + number + 1, "organisation_id": owner, "unit_id": owner, "author_id": owner,
            "side": side, "kind": POST_KINDS[row["kind"]], "title": title, "text": words,
            "language": world.language_of(part.start + number), "visibility": DEFAULT_VISIBILITY[side],
            "urgency": int(row["urgency"]) if row["is_need"] else None,
            "importance": int(row["importance"]) if row["is_need"] else None,
            "place_id": int(row["place"]) + 1 if row["place"] >= 0 else None,
            "is_remote": bool(row["is_remote"]), "ends_on": ends_on,
            "closes_at": None if ends_on is None else end_of_day(ends_on, "UTC"),
            "state": PostState.PUBLISHED, "created_at": published, "published_at": published, "version": 1,
        }  # fmt: skip


def _write_passages(connection: Connection, part: Part, texts: list[tuple[str, str, list[Span]]]) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        for number, (title, words, spans) in enumerate(texts):
            digest, first = hash_of(f"{title}\n{words}"), int(part.first[number])
            for position, span in enumerate(spans):
                vector = part.passages[first + position]
                yield part.start + number + 1, ENCODER_ID, position, span.start, span.stop, digest, vector

    driver: Any = connection.connection.driver_connection
    columns = ", ".join(PASSAGE_COLUMNS)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(PASSAGE_COLUMNS))
        statement = f"INSERT INTO {Passage.__tablename__} ({columns}) VALUES ({marks})"
        driver.executemany(statement, ((*row[:-1], row[-1].tobytes()) for row in rows()))
        return
    from pgvector.psycopg import register_vector

    register_vector(driver)
    with driver.cursor() as cursor:
        statement = f"COPY {Passage.__tablename__} ({columns}) FROM STDIN WITH (FORMAT BINARY)"
        with cursor.copy(statement) as copy:
            copy.set_types(["int4", "int4", "int4", "int4", "int4", "varchar", "vector"])
            for row in rows():
                copy.write_row(row)


def _set_sequences(connection: Connection) -> None:
    """Ids were given; the next one that the database gives must come after them."""
    for table in Base.metadata.sorted_tables:
        for column in table.primary_key.columns:
            if column.autoincrement in (True, "auto") and column.type.python_type is int:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                        f"COALESCE(max({column.name}), 0) + 1, false) FROM {table.name}"
                    )
                )


def _settle(engine: Engine) -> None:
    """What a database that has grown by itself has too: statistics on PostgreSQL, the write-ahead log on SQLite."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        else:
            connection.exec_driver_sql("ANALYZE")

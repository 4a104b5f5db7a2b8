"""Rows that a database holds before it is migrated, written without the models."""

from datetime import UTC, datetime

from sqlalchemy import Connection, create_engine, text

from models.base import Base


class Writing:
    """One committed piece of work on a database, with an engine of its own."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)

    def __enter__(self) -> Connection:
        self.connection = self.engine.connect()
        return self.connection

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self.connection.commit()
        self.connection.close()
        self.engine.dispose()


def add_post_with_passage(connection: Connection) -> None:
    tables = Base.metadata.tables
    connection.execute(
        tables["organisation"].insert().values(id=1, name="A", kind="company", sector="energy", version=1)
    )
    connection.execute(tables["unit"].insert().values(id=1, organisation_id=1, name="A", version=1))
    connection.execute(
        tables["post"].insert().values(
            id=1, organisation_id=1, unit_id=1, side="capability", kind="jobs", title="T", text="T",
            visibility="network", version=1,
        )
    )  # fmt: skip
    connection.execute(
        tables["encoder"].insert().values(id=1, key="k", name="n", dimensions=1, state="active")
    )
    connection.execute(
        tables["passage"].insert().values(
            id=1, post_id=1, encoder_id=1, position=0, start=0, stop=3, text_hash="h", vector=b"1234"
        )
    )  # fmt: skip


def add_dealings_of_two(connection: Connection) -> None:
    """A second organisation that the first asked in vain and then dismissed."""
    tables = Base.metadata.tables
    moment = datetime(2026, 11, 1, 8, tzinfo=UTC)
    connection.execute(
        tables["organisation"].insert().values(id=2, name="B", kind="university", sector="energy", version=1)
    )
    connection.execute(tables["unit"].insert().values(id=2, organisation_id=2, name="B", version=1))
    connection.execute(tables["person"].insert().values(id=1, name="Ada", email="ada@x.example", version=1))
    connection.execute(
        tables["introduction"].insert().values(
            id=1, asking_organisation_id=1, asking_unit_id=1, asked_organisation_id=2, asked_unit_id=2,
            asked_by_id=1, purpose="P", state="expired", expires_at=moment, answered_at=moment, version=1,
        )
    )  # fmt: skip
    connection.execute(
        tables["dismissal"].insert().values(
            id=1, organisation_id=1, unit_id=1, dismissed_id=2, person_id=1, reason="too_far", note="Too far."
        )
    )  # fmt: skip


def counts(connection: Connection) -> dict[str, int]:
    return {
        table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        for table in ("post", "passage")
    }

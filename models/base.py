"""The declarative base, column types that mean the same on SQLite and PostgreSQL, and the clock."""

from array import array
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Enum, LargeBinary, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Ids are never given out twice: a link in an old mail must not open somebody else's record.
NEVER_REUSE_IDS: dict[str, Any] = {"sqlite_autoincrement": True}


def utc_now() -> datetime:
    """The current moment, aware, in UTC. The one clock of the application: tests move it with
    time-machine.
    """
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive datetime is refused, because nobody can say which moment it
    means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Embedding(TypeDecorator[bytes]):
    """A vector as the bytes of its float32 numbers: a BLOB on SQLite, pgvector's ``vector`` on PostgreSQL."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            # Imported here because it brings NumPy, which no other command of this package needs.
            from models.sent_vector import SentVector

            return dialect.type_descriptor(SentVector())
        return dialect.type_descriptor(LargeBinary())

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        # SQLite's bytes are what is wanted: nothing need be called for each of them.
        return None if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "postgresql":
            return value
        return array("f", value).tolist()


def words_named(words: type[StrEnum], name: str) -> Enum:
    """The column type of a StrEnum whose CHECK has a name of its own.

    Needed where a table has two columns of the same words: PostgreSQL refuses two constraints of one name.
    """
    return Enum(
        words,
        name=name,
        native_enum=False,
        length=40,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Every record of the application, the account in ``web/`` included."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        # Kept as the word itself with a CHECK, so that adding a word is a readable migration on both
        # databases.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=40,
            create_constraint=True,
            values_callable=lambda words: [word.value for word in words],
        ),
    }
    __table_args__: Any = NEVER_REUSE_IDS

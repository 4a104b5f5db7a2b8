"""What one test leaves to the next. Each has an application and a database of its own, and would compile the same
addresses, statements and templates again; and none of them need wait for the disk.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

import pytest
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.engine import Dialect
from sqlalchemy.pool import Pool
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_once() -> Iterator[None]:
    """Werkzeug takes each rule of each application apart and writes and compiles a function for it, which is most of
    the work of making one. All of it depends on the rule's own words only, so the next application takes it over.
    """
    compile_rule: Callable[[Rule], None] = Rule.compile
    known: dict[tuple[object, ...], Rule] = {}

    def take_over(rule: Rule) -> None:
        words = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes)
        same = known.get(words)
        if same is None or rule.defaults:
            compile_rule(rule)
            if not rule.defaults:
                known[words] = rule
            return
        rule._trace, rule._converters, rule._parts = same._trace, same._converters, same._parts
        rule.arguments = set(same.arguments)
        rule._build = same._build.__func__.__get__(rule)  # type: ignore[attr-defined] # A method of the rule.
        rule._build_unknown = same._build_unknown.__func__.__get__(rule)  # type: ignore[attr-defined] # As above.

    patch = pytest.MonkeyPatch()
    patch.setattr(Rule, "compile", take_over)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """SQLAlchemy keeps what it compiled with the engine, and every test makes an engine. What is compiled depends on
    the dialect's class only, because all our engines are made alike: those of one class share it.
    """
    compile_statement: Callable[..., Any] = ClauseElement._compile_w_cache
    first: dict[type[Dialect], Dialect] = {}
    kept: LRUCache[Any, Any] = LRUCache(20_000)

    def take_over(
        statement: ClauseElement,
        dialect: Dialect,
        *,
        compiled_cache: object | None,
        column_keys: Sequence[str],
        for_executemany: bool,
        schema_translate_map: Any,
        linting: int,
    ) -> Any:
        return compile_statement(
            statement,
            dialect if compiled_cache is None else first.setdefault(type(dialect), dialect),
            compiled_cache=None if compiled_cache is None else kept,
            column_keys=column_keys,
            for_executemany=for_executemany,
            schema_translate_map=schema_translate_map,
            linting=linting,
        )

    patch = pytest.MonkeyPatch()
    patch.setattr(ClauseElement, "_compile_w_cache", take_over)
    yield
    patch.undo()


class KeptTemplates(BytecodeCache):
    """Templates as Python compiled them, by name and content."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session")
def compiled_templates() -> KeptTemplates:
    """Compiled once: every test has an application of its own, which would do it again."""
    return KeptTemplates()


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Let SQLite hand its writes to the system and go on: the files are thrown away, and no test pulls a plug. A
    process that is killed loses nothing by it.
    """
    event.listen(Pool, "connect", _trust_the_power_supply)
    yield
    event.remove(Pool, "connect", _trust_the_power_supply)


def _trust_the_power_supply(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")

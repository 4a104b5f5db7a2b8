"""Fetch the few files by others that our pages serve: run by hand with `python -m web.vendor`, then commit
the result.

Each package is one exact version from the npm registry, checked against the hash written here before
anything of it is kept. No bundler and no node_modules: what is listed is copied, licences beside it, and
`manifest.json` says what every file is. Imports the standard library only.
"""

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
STATIC_VENDOR = PROJECT / "web" / "static" / "vendor"
TEST_VENDOR = PROJECT / "tests" / "vendor"
DEFAULT_REGISTRY = "https://registry.npmjs.org"


@dataclass(frozen=True)
class Package:
    """One npm package: `files` maps a path inside its tarball to the path it gets under `folder`."""

    name: str
    version: str
    licence: str
    integrity: str
    folder: Path
    files: Mapping[str, str]


BOOTSTRAP = Package(
    name="bootstrap",
    version="5.3.9",
    licence="MIT",
    integrity="sha512-20cU0rcfw8WdxtVbmfU+xT2EjvVTw9Ror/h1Qvd7DXCujRg8OO9mdBCsmTHdJFf3BuadmBNJtgIuUXsBqSkk/w==",
    folder=STATIC_VENDOR / "bootstrap",
    files={"dist/css/bootstrap.min.css": "bootstrap.min.css", "LICENSE": "LICENSE"},
)
HTMX = Package(
    name="htmx.org",
    version="4.0.1",
    licence="0BSD",
    integrity="sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
    folder=STATIC_VENDOR / "htmx",
    files={"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
)
INTER = Package(
    name="@fontsource-variable/inter",
    version="5.3.0",
    licence="OFL-1.1",
    integrity="sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
    folder=STATIC_VENDOR / "inter",
    files={
        "files/inter-latin-opsz-normal.woff2": "inter-latin-opsz-normal.woff2",
        "files/inter-latin-ext-opsz-normal.woff2": "inter-latin-ext-opsz-normal.woff2",
        "LICENSE": "LICENSE",
    },
)
AXE = Package(
    name="axe-core",
    version="4.14.1",
    licence="MPL-2.0",
    integrity="sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    folder=TEST_VENDOR,
    files={"axe.min.js": "axe.min.js", "LICENSE": "axe-LICENSE"},
)
LUCIDE = Package(
    name="lucide-static",
    version="1.62.0",
    licence="ISC",
    integrity="sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
    folder=STATIC_VENDOR / "lucide",
    files={"LICENSE": "LICENSE"},
)
ICONS = """
arrow-left arrow-left-right arrow-right ban bell briefcase building-2 calendar check chevron-down chevron-left
chevron-right circle circle-alert circle-check circle-help clipboard-list clock download external-link eye
eye-off factory file-text files flask-conical globe graduation-cap handshake house inbox info landmark link-2
list-checks lock log-out mail map-pin message-square network pencil plus quote refresh-cw search settings
sliders-horizontal sparkles trash-2 triangle-alert undo-2 upload user user-plus users wrench x
"""


def registry() -> str:
    """The registry's base address without a closing slash: NPM_CONFIG_REGISTRY, npm's own setting, or the
    public one.
    """
    address = os.environ.get("NPM_CONFIG_REGISTRY", "")
    if not address:
        try:
            command = ["npm", "config", "get", "registry"]
            answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 A fixed command.
            address = answer.stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            address = DEFAULT_REGISTRY
    if not address.startswith(("https://", "http://")):
        raise ValueError(f"the registry's address {address!r} is not a web address")
    return address.rstrip("/")


def checked(content: bytes, integrity: str) -> bytes:
    """`content` again if its hash is `integrity` ("sha512-…", base64); ValueError if it is not."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != integrity:
        raise ValueError(f"the download has the hash {found}, expected {integrity}")
    return content


def download(package: Package) -> dict[str, bytes]:
    """The files of a package's tarball by their path in it, after its hash was checked."""
    bare_name = package.name.rpartition("/")[2]
    address = f"{registry()}/{package.name}/-/{bare_name}-{package.version}.tgz"
    with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310 The address was checked.
        content = checked(answer.read(), package.integrity)
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            source = archive.extractfile(member) if member.isfile() else None
            if source is not None:
                files[member.name.partition("/")[2]] = source.read()
    return files


def symbol(name: str, picture: str) -> str:
    """One Lucide picture as a <symbol>: only its shapes, the strokes are set once on the symbol."""
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", picture, re.DOTALL)
    if shapes is None:
        raise ValueError(f"the icon {name} is not an SVG")
    inside = re.sub(r"\s+", " ", shapes.group(1)).strip()
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{inside}</symbol>'
    )


def sprite(files: Mapping[str, bytes]) -> bytes:
    """The icons that our pages use in one SVG file; KeyError if Lucide has no icon of that name."""
    symbols = [symbol(name, files[f"icons/{name}.svg"].decode()) for name in ICONS.split()]
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def keep(path: Path, content: bytes) -> dict[str, str | int]:
    """Write one file and answer its line of the manifest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {
        "path": path.relative_to(PROJECT).as_posix(),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def vendor(package: Package) -> dict[str, object]:
    """Fetch one package, write its files and answer its entry of the manifest."""
    files = download(package)
    kept = [keep(package.folder / target, files[source]) for source, target in package.files.items()]
    if package is LUCIDE:
        kept.append(keep(package.folder / "icons.svg", sprite(files)))
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "integrity": package.integrity,
        "files": kept,
    }


def main() -> int:
    """Fetch everything and write the manifest; 1 and one clear line if a download fails."""
    entries = []
    for package in (BOOTSTRAP, HTMX, INTER, LUCIDE, AXE):
        try:
            entries.append(vendor(package))
        except (urllib.error.URLError, ValueError, KeyError) as problem:
            sys.stderr.write(f"{package.name} {package.version}: {problem}\n")
            return 1
        sys.stdout.write(f"{package.name} {package.version}\n")
    text = json.dumps({"packages": entries}, indent=2) + "\n"
    (STATIC_VENDOR / "manifest.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

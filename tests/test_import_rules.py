"""Imports run one way, app → web → matching → models, and each outside library has its one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("models", "matching", "web", "seed_data")
MAY_IMPORT = {
    "models": frozenset({"models"}),
    "matching": frozenset({"models", "matching"}),
    "web": frozenset({"models", "matching", "web"}),
    "seed_data": frozenset({"models", "matching", "seed_data"}),
}
FORBIDDEN_LIBRARIES = {
    "models": frozenset({"flask", "faiss", "sentence_transformers", "torch", "numpy", "wtforms"}),
    "matching": frozenset({"flask", "wtforms", "flask_login", "flask_security", "huey"}),
    "web": frozenset({"faiss", "sentence_transformers", "torch"}),
    "seed_data": frozenset({"flask", "faiss", "sentence_transformers", "torch"}),
}
# Libraries that only one file may import, so that they can be exchanged and are loaded only when needed.
ONE_DOOR = {"sentence_transformers": "matching/encoder.py", "faiss": "matching/vectors.py"}
MODEL_LIBRARIES = frozenset({"sqlalchemy", "models"})


def _imports_of(source: str) -> Iterator[tuple[int, str]]:
    """Line and first name of everything imported, also inside functions and for type checking only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module.split(".")[0]


def breaches_in(path: str, source: str) -> list[str]:
    """What the file at ``path`` (relative, with slashes) imports against the rules."""
    room = path.split("/")[0]
    found = []
    for line, name in _imports_of(source):
        if name in {*ROOMS, "app", "tests"} and name not in MAY_IMPORT[room]:
            found.append(f"{path}:{line} imports {name}, which lies above {room}")
        if name in FORBIDDEN_LIBRARIES[room] and ONE_DOOR.get(name) != path:
            found.append(f"{path}:{line} imports {name}, which {room} does without")
        elif ONE_DOOR.get(name, path) != path:
            found.append(f"{path}:{line} imports {name}, whose one door is {ONE_DOOR[name]}")
    return found


def test_imports_run_one_way() -> None:
    breaches = [
        breach
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in file.parts
        for breach in breaches_in(file.relative_to(ROOT).as_posix(), file.read_text())
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("models/post.py", "from matching.index import Index"),
        ("models/post.py", "def late() -> None:\n    import flask"),
        ("models/post.py", "import numpy as np"),
        ("matching/ranking.py", "from web.database import db"),
        ("matching/ranking.py", "import flask.globals"),
        ("matching/ranking.py", "import faiss"),
        ("web/partners.py", "from app import create_app"),
        ("web/partners.py", "if True:\n    from sentence_transformers import SentenceTransformer"),
        ("seed_data/loader.py", "from web.places import find_places"),
    ],
)
def test_a_planted_breach_is_found(path: str, source: str) -> None:
    assert breaches_in(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("matching/vectors.py", "import faiss"),
        ("matching/encoder.py", "from sentence_transformers import SentenceTransformer"),
        ("web/partners.py", "from models.post import Post\nfrom matching.ranking import rank_partners"),
    ],
)
def test_what_is_allowed_is_not_called_a_breach(path: str, source: str) -> None:
    assert not breaches_in(path, source)


def test_the_top_level_holds_no_other_code() -> None:
    code_folders = {
        file.relative_to(ROOT).parts[0]
        for file in ROOT.glob("*/**/*.py")
        if not file.relative_to(ROOT).parts[0].startswith(".") and "build" not in file.parts
    }
    assert code_folders <= {*ROOMS, "tests"}
    assert {file.name for file in ROOT.glob("*.py")} == {"app.py"}

"""A kept index is believed only where nothing about it is in doubt; then it equals one read from the database."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from matching import index_file, reading
from matching.calibration import load_calibration
from matching.index import Index
from matching.index_file import LEFT_BEHIND
from matching.passages import active_encoder
from matching.side_table import SideTable
from models.database import begin_write
from models.post import PostSide
from tests.market import Market

WORDS = ("battery", "nursing", "welding", "logistics", "enzymes", "turbines")


@pytest.fixture
def market(session: Session) -> Market:
    market = Market(session)
    for number in range(4):
        owner = market.university(f"University {number}") if number % 2 else market.company(f"Firm {number}")
        for word in WORDS:
            market.need(owner, f"{word} {number}")
            market.capability(owner, f"{word} and more of {number}")
    return market


@pytest.fixture
def folder(market: Market, tmp_path: Path) -> Path:
    """Where an index of the market was kept."""
    kept = tmp_path / "data" / "index"
    Index(folder=kept, kept_from=1).refresh(market.session)
    return kept


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many posts were read from the database, one number a reading."""
    counted: list[int] = []
    read_posts = reading.read_posts

    def counting(session, post_ids, encoder_id):  # type: ignore[no-untyped-def]
        wanted = list(post_ids)
        counted.append(len(wanted))
        return read_posts(session, wanted, encoder_id)

    monkeypatch.setattr(reading, "read_posts", counting)
    return counted


def content(index: Index) -> dict[object, object]:
    """Everything that a ranking asks of an index, in the order of post ids."""
    found: dict[object, object] = {}
    for side, table in index.sides.items():
        order = np.argsort(table.posts["id"])
        texts = [{"batteri": 1.0}, {"nurs": 0.6, "weld": 0.8}]
        words = table.words.similarities_of_each(texts)[:, table.word_rows]
        owners = index.organisations[table.posts["owner"]]["id"]
        found[side] = (
            table.posts["id"][order].tolist(),
            owners[order].tolist(),
            table.vectors.rows(order).round(6).tolist(),
            words[:, order].round(6).tolist(),
        )
    return found


def started(session: Session, folder: Path) -> Index:
    index = Index(folder=folder, kept_from=1)
    index.refresh(session)
    return index


def test_a_kept_index_needs_no_post_of_the_database(market: Market, folder: Path, reads: list[int]) -> None:
    kept = started(market.session, folder)
    assert reads == []
    fresh = Index()
    fresh.refresh(market.session)
    assert content(kept) == content(fresh)


def test_a_kept_index_takes_in_what_changed_since(market: Market, folder: Path, reads: list[int]) -> None:
    market.edit(1, "turbines instead. Twice over.")
    market.delete(2)
    owner = market.university("Newcomer")
    market.capability(owner, "battery once more")
    kept = started(market.session, folder)
    assert sum(reads) < 10
    fresh = Index()
    fresh.refresh(market.session)
    assert content(kept) == content(fresh)
    # What was changed in memory never reaches the files.
    again = started(market.session, folder)
    assert content(again) == content(fresh)


def test_a_change_of_any_part_of_any_file_is_noticed(market: Market, folder: Path, tmp_path: Path) -> None:
    fresh = Index()
    fresh.refresh(market.session)
    sound = shutil.copytree(folder, tmp_path / "sound")
    names = sorted(path.name for path in sound.iterdir())
    assert len(names) > 10
    for name in names:
        whole = (sound / name).read_bytes()
        for place in sorted({0, len(whole) // 4, len(whole) // 2, 3 * len(whole) // 4, len(whole) - 1}):
            spoilt = bytearray(whole)
            spoilt[place] ^= 0x15
            assert_doubted(market, folder, sound, partial(overwrite, content=bytes(spoilt)), name)
        assert_doubted(market, folder, sound, partial(overwrite, content=whole[:-1]), name)
        assert_doubted(market, folder, sound, Path.unlink, name)
    assert content(started(market.session, folder)) == content(fresh)


def overwrite(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def assert_doubted(
    market: Market, folder: Path, sound: Path, spoil: Callable[[Path], object], name: str
) -> None:
    shutil.rmtree(folder)
    shutil.copytree(sound, folder)
    spoil(folder / name)
    encoder = active_encoder(market.session)
    assert encoder is not None
    index = Index(folder=folder, kept_from=1)
    index.calibration = load_calibration(encoder.key, encoder.dimensions)
    assert not index._start_from_folder(market.session, encoder), f"{name} was believed"


def test_an_index_of_another_encoder_is_not_believed(market: Market, folder: Path, reads: list[int]) -> None:
    encoder = active_encoder(market.session)
    assert encoder is not None
    encoder_id = encoder.id
    begin_write(market.session)
    encoder = active_encoder(market.session)
    assert encoder is not None
    encoder.key = "another"
    market.session.commit()
    started(market.session, folder)
    assert sum(reads) == 4 * 2 * len(WORDS)
    assert encoder_id == 1


def test_an_index_of_a_database_that_went_another_way_is_not_believed(
    market: Market, folder: Path, reads: list[int], tmp_path: Path
) -> None:
    older = shutil.copytree(folder, tmp_path / "older")
    market.edit(1, "turbines instead. Twice over.")
    newer = Index(folder=folder, kept_from=1)
    shutil.rmtree(folder)
    newer.refresh(market.session)
    assert older.exists()
    # As after restoring a backup: the last change is gone, and another one bears its number.
    from sqlalchemy import delete, func, select

    from models.changelog import Change

    begin_write(market.session)
    last = market.session.scalar(select(func.max(Change.seq)))
    market.session.execute(delete(Change).where(Change.seq == last))
    market.session.add(Change(seq=last, post_id=3))
    market.session.commit()
    reads.clear()
    started(market.session, folder)
    assert sum(reads) == 4 * 2 * len(WORDS)


def test_an_index_that_cannot_be_kept_still_answers(market: Market, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be", encoding="utf-8")
    index = Index(folder=tmp_path / "data" / "index", kept_from=1)
    index.refresh(market.session)
    assert len(index.sides[PostSide.NEED]) == 4 * len(WORDS)


def test_nothing_is_left_beside_the_kept_index(market: Market, folder: Path) -> None:
    shutil.rmtree(folder)
    for _ in range(2):
        Index(folder=folder, kept_from=1).refresh(market.session)
        (folder / "index.json").write_text("spoilt", encoding="utf-8")
    assert [path.name for path in folder.parent.iterdir()] == ["index"]


def test_what_a_killed_writer_left_is_removed_by_the_next_but_not_what_is_at_work(
    market: Market, folder: Path
) -> None:
    long_ago = time.time() - LEFT_BEHIND - 60
    for name in ("index.new-killed", "index.new-swapping.old", "index.new-at-work"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "index.json").write_text("half", encoding="utf-8")
        if name != "index.new-at-work":
            os.utime(folder.parent / name, (long_ago, long_ago))
    (folder / "index.json").write_text("spoilt", encoding="utf-8")
    started(market.session, folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["index", "index.new-at-work"]


def test_a_writer_that_loses_the_race_leaves_nothing(
    market: Market, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def losing(path: Path, target: Path) -> Path:
        if target == folder:
            shutil.copytree(path, target)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", losing)
    (folder / "index.json").write_text("spoilt", encoding="utf-8")
    assert len(started(market.session, folder).sides[PostSide.NEED]) == 4 * len(WORDS)
    assert [path.name for path in folder.parent.iterdir()] == ["index"]


def test_a_folder_that_is_swapped_while_it_is_read_is_not_believed(
    market: Market, folder: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_side = index_file._side

    def swapping(folder: Path, side: PostSide, names: dict[str, Any]) -> SideTable:
        listed = folder / "index.json"
        listed.write_text(listed.read_text(encoding="utf-8") + " ", encoding="utf-8")
        return read_side(folder, side, names)

    monkeypatch.setattr(index_file, "_side", swapping)
    started(market.session, folder)
    assert sum(reads) == 4 * 2 * len(WORDS)

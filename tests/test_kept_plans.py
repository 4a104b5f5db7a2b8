"""SQLite plans a statement anew at each execution where a value is bound to what a partial index's condition names.

For the long statements of lists that takes many times as long as asking them; ``models.placeholders.constant`` writes
the word into the statement instead.
"""

import re

import pytest
from flask import Flask
from sqlalchemy import bindparam, select

from models.base import Base
from models.placeholders import with_words_written
from models.relationship import Relationship, Stage
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.statements import statements_of
from tests.world import World
from web.database import db


def columns_of_conditions() -> set[str]:
    """The columns that are compared with one word in the condition of a partial index, as ``table.column``."""
    return {
        f"{table.name}.{column}"
        for table in Base.metadata.tables.values()
        for index in table.indexes
        for column in re.findall(r"(\w+) = '", str(index.dialect_options["sqlite"]["where"]))
    }


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/units/{unit}/introductions/",
        "/units/{unit}/introductions/?show=open",
        "/units/{unit}/pipeline/?stage=",
        "/units/{unit}/pipeline/table?stage=",
        "/units/{unit}/follow-ups/",
    ],
)
def test_a_list_binds_no_value_that_its_plan_would_hang_on(
    app: Flask, browse: Browser, world: World, path: str
) -> None:
    with app.app_context():
        add_dealings(db.session, world)
    browse.sign_in("dora")
    sent = statements_of(app, lambda: browse.get(path.format(unit=world.units["boreal engineering"])))
    columns = columns_of_conditions()
    assert "proposal.state" in columns
    found = [(column, one) for column in columns for one in sent if re.search(rf"\b{column} !?= \?", one)]
    assert not found


def test_words_that_are_written_into_a_statement_are_ours_alone() -> None:
    open_stages = Relationship.stage.in_((Stage.MEETING, Stage.FOLLOW_UP))
    names = Relationship.id.in_(bindparam("cards", expanding=True))
    statement = with_words_written(
        select(Relationship.id).where(open_stages, Relationship.stage != Stage.CLOSED, names)
    )
    words = str(statement.compile())
    assert "IN ('meeting', 'follow_up')" in words
    assert "!= 'closed'" in words
    assert set(statement.compile().params) == {"cards"}

"""What is promised to partners, below the follow-ups: who is said to see to it, and what asking for it takes."""

import pytest
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.partnership import Counterpart
from models.person import Person
from tests.browsing import Browser
from tests.partnering import Partnering, add_partnership
from tests.promised import agreed_offer
from tests.statements import statements_of
from tests.test_promises_attention import promised
from tests.world import World
from web.database import db


@pytest.fixture
def ids(app: Flask, world: World) -> Partnering:
    with app.app_context():
        return add_partnership(db.session, world)


def test_an_office_asks_as_often_for_many_promises_of_a_unit_below_as_for_one(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    def statements() -> int:
        path = f"/units/{world.units['alba plant']}/follow-ups/?whose=ours"
        browse.sign_in("olga").get(path)
        return len(statements_of(app, lambda: browse.get(path)))

    before = statements()
    agreed_offer(browse, ids)
    agreed_offer(browse, ids)
    words = promised(browse, world, "olga", "alba plant", "ours")
    assert words.count("Open : The data of forty cells") == 2
    assert statements() == before


def test_nobody_is_named_who_may_not_work_on_it_any_more(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    assert "Max Example" in promised(browse, world, "olga", "alba", "ours")
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Counterpart, ids.asking_person).ended_at = utc_now()
        [membership] = db.session.get_one(Person, world.people["max"]).memberships
        membership.unit_id = world.units["alba"]
        db.session.commit()
    words = promised(browse, world, "olga", "alba", "ours")
    assert "Send the cells" in words
    assert "Max Example" not in words
    assert "nobody looks after it" in words

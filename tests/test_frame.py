"""What every page asks before its own: the account, the rights, the acting unit. Each statement here is paid by all."""

import pytest
from flask import Flask

from models.database import begin_write
from models.person import MembershipState, Person
from tests.browsing import Browser
from tests.statements import statements_of
from tests.world import World
from web.database import db

# Three and no more: the account with its person, the rights, the unit with its organisation. Whoever may act for
# several units chooses between them, which asks for their names.
ALWAYS = ["FROM account JOIN person", "FROM membership JOIN organisation", "FROM unit JOIN organisation"]
CHOICES = "WHERE unit.id IN"


@pytest.mark.parametrize(("name", "has_choice"), [("max", False), ("olga", True)])
def test_the_frame_asks_three_questions(
    app: Flask, world: World, browse: Browser, name: str, has_choice: bool
) -> None:
    browse.sign_in(name)
    # This page asks for nothing of its own.
    asked = statements_of(app, lambda: browse.get("/accessibility"))
    begun = [statement for statement in asked if statement.startswith(("PRAGMA", "BEGIN"))]
    wanted = [*ALWAYS, CHOICES] if has_choice else ALWAYS
    told = [statement for statement in asked if statement not in begun]
    assert len(told) == len(wanted), "\n".join(told)
    for statement, part in zip(told, wanted, strict=True):
        assert part in " ".join(statement.split())


def test_a_right_that_is_taken_away_is_gone_on_the_next_page(
    app: Flask, world: World, browse: Browser
) -> None:
    browse.sign_in("max")
    posts = f"/units/{world.units['alba plant']}/posts/"
    browse.get(posts)
    with app.app_context():
        end_memberships_of(world.people["max"])
    browse.get(posts, status=404)


def end_memberships_of(person_id: int) -> None:
    begin_write(db.session)
    person = db.session.get_one(Person, person_id)
    for membership in person.memberships:
        membership.state = MembershipState.ENDED
    db.session.commit()

"""Who may not leave yet, because nobody else would look after the organisation or the portal."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.organisation import Organisation, OrganisationState
from models.person import Membership, Person, Role
from tests.attending import writing
from tests.browsing import Browser
from tests.test_leaving import CLOSING
from tests.world import PASSWORD, World, build_world
from web.accounts.account import Account
from web.leaving.closing import close_account, hold_leaver, is_last_operator, left_without_admin


def test_nobody_leaves_an_organisation_or_the_portal_alone(app: Flask, browse: Browser, world: World) -> None:
    from flask_security import hash_password

    with app.app_context():
        hashed = hash_password(PASSWORD)
    with writing(app) as session:
        for account in session.scalars(select(Account)):
            account.password = hashed
    for name, obstacle in (("ada", "the last admin of Alba"), ("opal", "the last operator")):
        page = browse.sign_in(name).get(CLOSING)
        values = {"name_choice": "keep", "password": PASSWORD}
        assert obstacle in browse.submit(page, "Close my account", values, status=409).words
        browse.get("/settings")


@pytest.mark.parametrize(("first", "second"), [("ada", "olga"), ("opal", "uma")])
def test_of_the_last_two_only_one_may_leave(either_session: Session, first: str, second: str) -> None:
    session = either_session
    world = build_world(session)
    begin_write(session)
    role_of_olga = select(Membership).where(Membership.person_id == world.people["olga"])
    session.scalars(role_of_olga).one().role = Role.ADMIN
    session.get_one(Person, world.people["uma"]).is_operator = True
    session.commit()

    def may_leave(asked: Session, name: str) -> bool:
        begin_write(asked)
        person = hold_leaver(asked, world.people[name])
        return not left_without_admin(asked, person) and not is_last_operator(asked, person)

    def second_may_leave() -> bool:
        with Session(session.get_bind()) as waiting:
            return may_leave(waiting, second)

    assert may_leave(session, first)
    with ThreadPoolExecutor(1) as beside:
        answer = beside.submit(second_may_leave)
        # Long enough for the other to come to the lock.
        time.sleep(0.3)
        person_id = world.people[first]
        close_account(session, session.get_one(Person, person_id), True, person_id, utc_now())
        session.commit()
        assert not answer.result(timeout=20)


def test_whoever_is_alone_in_an_organisation_may_leave_it_to_nobody(
    app: Flask, browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.leaving.pages.verify_password", lambda typed, _hash: typed == PASSWORD)
    values = {"name_choice": "keep", "password": PASSWORD}
    page = browse.sign_in("dana").get(CLOSING)
    assert "Delta Labs, without anybody" in page.words
    browse.submit(page, "Close my account", values)
    page = browse.sign_in("ada").get(CLOSING)
    assert "without anybody" not in page.words
    browse.submit(page, "Close my account", values, status=409)
    with writing(app) as session:
        session.get_one(Organisation, world.organisations["alba"]).state = OrganisationState.REFUSED
    browse.submit(page, "Close my account", values)

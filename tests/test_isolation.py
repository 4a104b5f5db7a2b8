"""Nobody reads or changes what is not theirs: every address, as everybody, aimed at everybody's dealings."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.base import Base
from models.database import begin_write
from models.person import MembershipState, Person
from models.side import Side
from tests.aims import Aim, aims
from tests.browsing import Browser
from tests.canaries import EVERYBODY, MarkedWorld, mark_world
from tests.conftest import fill_database, filling_a_copy
from tests.world import World
from web.database import db

REFUSED = frozenset({302, 303, 403, 404})
# They belong to neither side of any deal, so that even the addresses that name no record change nothing of it.
STRANGERS = ("", "uma", "lars", "dana", "opal")
# No row of any deal names them and none of their units takes part, so one deal is refused them by the same lines as
# another: they are aimed at the first deal only. Lars, who took part and left, is named in all and aimed at all.
NEVER_TOOK_PART = ("", "uma", "dana", "opal")
OWN_ACCOUNT = ("security.", "settings.")
# Tables of one's own account, of the platform, and counters: a stranger may change what is their own there.
NOT_PRIVATE = frozenset(
    {
        "account",
        "audit_entry",
        "person",
        "membership",
        "rate_limit_counter",
        "outbox_mail",
        "job_run",
        "calendar_feed",
        "alert_setting",
    }
)
# Addresses of the operator and of an administrator, whose rights other tests ask about.
OF_THE_OPERATOR = ("approvals.", "closing.", "merging.")
OF_OTHER_ROLES = (*OF_THE_OPERATOR, "jobs.", "people.", "units.", "organisations.")


@dataclass(frozen=True)
class Cell:
    """One address with ids filled in, and whether the person of the walk has any right to it."""

    endpoint: str
    path: str
    may_use: bool


@pytest.fixture(scope="session")
def marked_once(
    built_world: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, MarkedWorld]:
    """The marked world in a database of its own, written once and copied for each test."""
    with filling_a_copy(built_world[0], tmp_path_factory.mktemp("marked")) as (path, session):
        return path, mark_world(session, deepcopy(built_world[1]))


@pytest.fixture
def marked(app: Flask, database_url: str, marked_once: tuple[Path, MarkedWorld]) -> MarkedWorld:
    fill_database(database_url, marked_once[0])
    return marked_once[1]


@pytest.fixture
def browse(app: Flask, marked: MarkedWorld) -> Browser:
    """A browser in front of the marked world."""
    return Browser(app)


def cells(app: Flask, marked: MarkedWorld, name: str, method: str) -> list[Cell]:
    """Every address of this method, aimed at every deal from both of its sides, each path once."""
    found: dict[str, Cell] = {}
    every_aim = aims(marked)
    wanted = every_aim[: len(Side)] if name in NEVER_TOOK_PART else every_aim
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or set()) or rule.endpoint in {"static", "security.static"}:
            continue
        for aim in wanted:
            names = rule.arguments & aim.arguments.keys()
            assert names == rule.arguments, f"{rule.rule}: say in canaries.py what stands for its arguments"
            arguments = {argument: aim.arguments[argument] for argument in names}
            path = app.url_map.bind("localhost").build(rule.endpoint, arguments)
            may_use = all(name in aim.users[argument] for argument in names & aim.users.keys())
            for asked in _with_questions(rule.endpoint, path, aim) if method == "GET" else (path,):
                found.setdefault(asked, Cell(rule.endpoint, asked, may_use))
    return list(found.values())


def _with_questions(endpoint: str, path: str, aim: Aim) -> Iterator[str]:
    """The address alone, and with the questions that pages read from it."""
    yield path
    questions = {
        "introductions.new": "partner={organisation_id}&topic={topic_id}",
        "posts.new": "topic={topic_id}",
        "partnerships.new": "introduction={introduction_id}",
        "heard_needs.new": "meeting={meeting_id}",
        "relationships.joint_session": "partner={organisation_id}",
        "pipeline.bulk": "do=move&cards={relationship_id}",
        "pipeline.board": "done={batch}",
        "pipeline.table": "done={batch}",
        "pipeline.views": "deleted={view_id}",
        "outcomes.several": "kept={outcome_id}",
        "follow_ups.index": "whose=ours",
        "meetings.index": "whose=side&when=past",
        "home.show": "whose=ours",
        "alerts.index": "deleted={saved_search_id}",
        "search.show": "q=canary",
        "partnerships.show": "side=asked",
    }
    if endpoint in questions:
        yield f"{path}?{questions[endpoint].format(**aim.arguments)}"
    if endpoint in {"home.show", "meetings.index", "partnerships.index", "topics.index", "heard_needs.index"}:
        yield f"{path}?unit={aim.arguments['unit_id']}"


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_page_tells_anybody_what_is_not_theirs(
    app: Flask, marked: MarkedWorld, browse: Browser, name: str
) -> None:
    browse.sign_in(name)
    wrong: list[str] = []
    for cell in cells(app, marked, name, "GET"):
        response = browse.client.get(cell.path)
        wrong += _complaints(marked, name, cell, response)
    assert not wrong, "\n".join(wrong)


def test_whoever_answers_a_summary_because_nobody_else_is_left_reads_nothing_but_it(
    app: Flask, marked: MarkedWorld, browse: Browser
) -> None:
    """Dora is all the office of Boreal's engineering and took part in all its deals; Mia only writes for it."""
    with app.app_context():
        begin_write(db.session)
        for membership in db.session.get_one(Person, marked.world.people["dora"]).memberships:
            membership.state = MembershipState.ENDED
        db.session.commit()
    browse.sign_in("mia")
    deal = next(deal for deal in marked.deals if deal.name == "accepted")
    page = f"/meetings/{deal.ids.past_meeting}/outcome"
    assert "canary-accepted-read summary" in browse.get(page).words
    wrong: list[str] = []
    for cell in cells(app, marked, "mia", "GET"):
        told = browse.client.get(cell.path).get_data(as_text=True)
        if cell.endpoint == "outcomes.show":
            told = re.sub(r"canary-\w+-read summary", "", told)
        wrong += [f"{word} at {cell.path}" for word in marked.leaked_to("mia", told) if word not in cell.path]
    assert not wrong, "\n".join(wrong)


def test_only_stopping_mail_by_one_click_needs_no_forgery_token(
    app: Flask, marked: MarkedWorld, browse: Browser
) -> None:
    assert app.extensions["csrf"]._exempt_views == {
        "web.alerts.stopping.stop_now",
        "web.digest.stopping.stop_now",
    }
    browse.sign_in("max")
    before = _private_rows(app)
    for cell in cells(app, marked, "max", "POST"):
        status = browse.client.post(cell.path, data=FORGED).status_code
        assert status in {400, 403, 404}, f"{cell.path} ({cell.endpoint}): {status}"
    assert _private_rows(app) == before


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_forged_form_of_anybody_changes_or_tells_what_is_not_theirs(
    app: Flask, marked: MarkedWorld, browse: Browser, name: str
) -> None:
    browse.sign_in(name)
    wrong: list[str] = []
    before, token = _private_rows(app), browse.token()
    for cell in cells(app, marked, name, "POST"):
        if cell.endpoint.startswith(OWN_ACCOUNT) or (cell.may_use and name not in STRANGERS):
            continue
        if name == "opal" and cell.endpoint.startswith(OF_THE_OPERATOR):
            continue  # Approving and closing is what an operator is for.
        response = browse.client.post(cell.path, data={**FORGED, "csrf_token": token})
        wrong += _complaints(marked, name, cell, response)
    after = _private_rows(app)
    for table in sorted(before):
        if before[table] != after[table]:
            wrong.append(f"{name or 'a visitor'} changed {table}")
    assert not wrong, "\n".join(wrong)


def _complaints(marked: MarkedWorld, name: str, cell: Cell, response: TestResponse) -> Iterator[str]:
    who = name or "a visitor"
    told = response.get_data(as_text=True) + "".join(f"{key}: {value}\n" for key, value in response.headers)
    for word in marked.leaked_to(name, told):
        # What was sent in the address is no news to whoever sent it.
        if word not in cell.path:
            yield f"{who} reads {word} at {cell.path} ({cell.endpoint}, {response.status_code})"
    if response.status_code >= 500:
        yield f"{cell.path} fails for {who} with {response.status_code}"
    if not cell.may_use and not _is_of_other_roles(cell) and response.status_code not in REFUSED:
        yield f"{who} is let in at {cell.path} ({cell.endpoint}, {response.status_code})"


def _is_of_other_roles(cell: Cell) -> bool:
    return cell.endpoint.startswith(OF_OTHER_ROLES)


def _private_rows(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables that hold dealings, by table."""
    with app.app_context():
        return {
            table.name: sorted((tuple(row) for row in db.session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in NOT_PRIVATE
        }


# One value for every field that the forms know, so that nothing but the permission stands in the way.
FORGED = {
    "text": "forged", "title": "forged", "name": "forged", "note": "forged", "words": "forged",
    "purpose": "forged", "reason": "forged", "what": "forged", "doing": "forged", "beneficiary": "forged",
    "benefit": "forged", "result": "forged", "step": "forged", "agreed": "forged", "feedback": "forged",
    "email": "eve@evil.example", "slot": "1", "people": "1", "proposal": "1", "person": "1", "person_id": "1",
    "owner_id": "1", "sponsor_id": "1", "cadence_id": "1", "version": "1", "days": "3, 7", "to": "closed",
    "closed": "other", "stage": "managing", "held": "held", "our_interest": "high", "their_interest": "some",
    "decision": "meet_again", "due": "2027-05-05", "due_on": "2027-05-05", "kind": "task", "move": "send",
    "do": "move", "cards": "1", "outcome": "1", "row": "1", "answer": "accepted", "attendance": "declined",
    "mode": "video", "where": "forged", "day": "2027-05-05", "clock": "10:00", "zone": "UTC", "minutes": "60",
    "frequency": "off", "query": "", "q": "forged", "role": "office", "unit_id": "1", "direction": "both",
    "happened_on": "2026-05-05", "quiet_after_days": "1", "cold_after_days": "2", "is_default": "y",
}  # fmt: skip

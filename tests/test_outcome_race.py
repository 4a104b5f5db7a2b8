"""Both sides tell what came of one meeting at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.relationship import Contact, Relationship, Stage
from tests.browsing import Browser
from tests.met import MINIMAL, add_meeting_of_the_past, in_days, outcome_path
from tests.world import build_world
from web.database import db


def test_two_sides_at_once_count_the_meeting_once_on_each(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        met = add_meeting_of_the_past(world)
    ready = Barrier(4)

    def tell(name: str) -> int:
        browse = Browser(either_app).sign_in(name)
        data = {**MINIMAL, "due": in_days(7), "owner": str(world.people[name]), "csrf_token": browse.token()}
        ready.wait()
        return browse.client.post(outcome_path(met, "/log"), data=data).status_code

    # Two of each side: of one side the second is told that a colleague was faster.
    with ThreadPoolExecutor(4) as pool:
        answers = dict(
            zip(("max", "olga", "dora", "mia"), pool.map(tell, ("max", "olga", "dora", "mia")), strict=True)
        )
    assert sorted([answers["max"], answers["olga"]]) == [303, 409], answers
    # Mia neither is the office nor takes part, so a colleague's account is not shown to her.
    assert (answers["dora"], answers["mia"]) in {(303, 403), (409, 303), (303, 409)}, answers
    with either_app.app_context():
        assert len(db.session.scalars(select(Outcome)).all()) == 2
        assert db.session.get_one(Meeting, met.past_meeting).state is MeetingState.HELD
        for number in (met.ours, met.theirs):
            contacts = select(Contact).where(
                Contact.relationship_id == number, Contact.meeting_id == met.past_meeting
            )
            assert len(db.session.scalars(contacts).all()) == 1
            assert db.session.get_one(Relationship, number).stage is Stage.FOLLOW_UP

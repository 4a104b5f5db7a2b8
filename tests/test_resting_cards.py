"""Cards on which nobody is expected to get in touch are not quiet: counter, list, card, page and alarm agree."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from models.base import utc_now
from models.cadence import start_cadence
from models.database import begin_write
from models.follow_up import FollowUp
from models.meeting import Meeting
from models.organisation import Organisation, OrganisationState, Unit
from models.outbox import OutboxMail
from models.relationship import Relationship, Stage, relationship_between
from tests.browsing import Browser
from tests.cards import add_card
from tests.dealings import Dealings, add_dealings
from tests.periodic_work import run_jobs
from tests.world import World, build_world
from web.database import db

SILENT = timedelta(days=30)


class Silence:
    """Alba's plant and Boreal's engineering met 30 days ago; the next meeting is in five days."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.world: World = build_world(db.session)
            self.dealt: Dealings = add_dealings(db.session, self.world)
            begin_write(db.session)
            for card in (self.dealt.ours, self.dealt.theirs):
                db.session.get_one(Relationship, card).last_contact_at = utc_now() - SILENT
            db.session.commit()
        self.pipeline = f"/units/{self.world.units['alba plant']}/pipeline/"
        self.browse = Browser(app).sign_in("olga")

    def meeting_is_over(self) -> None:
        with self.app.app_context():
            begin_write(db.session)
            meeting = db.session.get_one(Meeting, self.dealt.next_meeting)
            meeting.starts_at -= timedelta(days=6)
            meeting.ends_at -= timedelta(days=6)
            db.session.commit()

    def set_state(self, organisation: str, state: OrganisationState) -> None:
        with self.app.app_context():
            begin_write(db.session)
            db.session.get_one(Organisation, self.world.organisations[organisation]).state = state
            db.session.commit()

    def told(self) -> dict[str, bool]:
        """Where the silence is told."""
        numbers = [
            " ".join(item.get_text(" ").split()) for item in self.browse.get("/").select(".home-counters li")
        ]
        listed = self.browse.get(f"{self.pipeline}table?quietness=quiet&quietness=cold")
        fresh = self.browse.get(f"{self.pipeline}table?quietness=fresh")
        run_jobs(self.app, "relationships.quiet", "reminders.sweep")
        with self.app.app_context():
            kind = OutboxMail.kind == "reminder.relationship.quiet"
            mails = db.session.scalars(select(OutboxMail.id).where(kind)).all()
        return {
            "counter": "0 quiet" not in numbers,
            "list": bool(listed.select(".pipeline-table tbody tr")),
            "not among the fresh": not fresh.select(".pipeline-table tbody tr"),
            "card": bool(self.browse.get(self.pipeline).select(".pipeline-card.pipeline-quiet")),
            "page": "Quiet" in self.browse.get(f"/relationships/{self.dealt.ours}").words,
            "alarm": bool(mails),
        }


@pytest.fixture
def silence(either_app: Flask) -> Silence:
    return Silence(either_app)


def test_whom_one_meets_soon_is_quiet_nowhere_until_the_meeting_is_over(silence: Silence) -> None:
    assert not any(silence.told().values()), silence.told()
    silence.meeting_is_over()
    assert all(silence.told().values()), silence.told()


@pytest.mark.parametrize("state", [OrganisationState.CLOSED, OrganisationState.REFUSED])
def test_a_partner_that_takes_no_part_is_quiet_nowhere_until_it_does_again(
    silence: Silence, state: OrganisationState
) -> None:
    silence.meeting_is_over()
    silence.set_state("boreal", state)
    assert not any(silence.told().values()), silence.told()
    silence.set_state("boreal", OrganisationState.APPROVED)
    assert all(silence.told().values()), silence.told()


def test_an_alarm_that_was_due_is_not_sent_once_the_partner_is_closed(silence: Silence) -> None:
    silence.meeting_is_over()
    run_jobs(silence.app, "relationships.quiet")
    silence.set_state("boreal", OrganisationState.CLOSED)
    assert not silence.told()["alarm"]


def test_nobody_of_a_closed_organisation_is_told_to_get_in_touch(silence: Silence) -> None:
    silence.meeting_is_over()
    silence.set_state("alba", OrganisationState.CLOSED)
    assert not silence.told()["alarm"]


def test_a_card_of_a_closed_organisation_leads_to_closing_it_where_nothing_is_left_to_do(
    silence: Silence,
) -> None:
    silence.meeting_is_over()
    silence.set_state("boreal", OrganisationState.CLOSED)
    with silence.app.app_context():
        begin_write(db.session)
        db.session.execute(text("UPDATE follow_up SET dropped_at = created_at"))
        db.session.execute(text("UPDATE meeting SET state = 'not_held'"))
        db.session.commit()
    page_of_card = f"/relationships/{silence.dealt.ours}"
    for path in (silence.pipeline, f"{silence.pipeline}table", page_of_card):
        page = silence.browse.get(path)
        assert "Plan one" not in page.words, path
        sent = silence.browse.submit(page, "Close the card : Boreal University, Engineering")
        form = silence.browse.follow(sent)
        assert "Why does it end here?" in form.words
    assert "Boreal University was closed on this portal" in silence.browse.get(page_of_card).words
    assert "Nobody waits" in silence.browse.get(page_of_card).words
    assert "Boreal" not in silence.browse.get(f"{silence.pipeline}table?step=awaited").find("main").get_text()
    silence.browse.submit(form, "Close")
    closed = silence.browse.get(page_of_card).words
    assert "Close the card" not in closed
    assert "Closed: They are not there any more." in closed
    assert "organisation closed" in silence.browse.get(f"{silence.pipeline}table?stage=closed").words


def test_no_page_of_a_card_leads_to_asking_whom_nobody_can_ask(silence: Silence) -> None:
    with silence.app.app_context():
        begin_write(db.session)
        unit = db.session.get_one(Unit, silence.world.units["alba plant"])
        card = add_card(db.session, unit, "Gone for now", Stage.SUGGESTED)
        start_cadence(db.session, card, None, utc_now())
        db.session.commit()
        relationship_id, organisation_id = card.id, card.partner_id
        nudge_id = db.session.scalars(select(FollowUp.id).where(FollowUp.relationship_id == card.id)).one()
    pages = (f"/relationships/{relationship_id}/move?to=introduced", f"/follow-ups/{nudge_id}/write")
    for path in pages:
        assert "Ask for a meeting" in silence.browse.get(path).words, path
    with silence.app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, organisation_id).state = OrganisationState.REFUSED
        db.session.commit()
    for path in pages:
        assert "Ask for a meeting" not in silence.browse.get(path).words, path
    assert "Write to them your own way" in silence.browse.get(pages[1]).words


def test_nobody_is_told_of_a_colleague_that_they_are_not_in_the_network(silence: Silence) -> None:
    with silence.app.app_context():
        begin_write(db.session)
        unit = db.session.get_one(Unit, silence.world.units["alba plant"])
        store = Unit(organisation_id=unit.organisation_id, parent_id=unit.parent_id, name="Store")
        db.session.add(store)
        db.session.flush()
        card = relationship_between(db.session, unit, store)
        db.session.commit()
        path = f"/relationships/{card.id}"
    silence.set_state("alba", OrganisationState.REFUSED)
    for page in (silence.pipeline, f"{silence.pipeline}table", path):
        words = silence.browse.get(page).select_one("main").get_text(" ", strip=True)
        assert "Store" in words
        assert "not in the network" not in words, page

"""The page of one relationship: what it says, and what each reader may see of it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp
from models.meeting import Meeting, MeetingState
from models.organisation import Organisation, OrganisationState, Unit
from models.partnership import (
    Partnership,
    PartnershipEvent,
    PartnershipEventKind,
    PartnershipKind,
    PartnershipStage,
)
from models.relationship import (
    Relationship,
    RelationshipPerson,
)
from models.side import Side
from tests.browsing import Browser
from tests.cards import add_card, add_stay
from tests.dealings import ASKED_SECRET, ASKING_SECRET, Dealings, add_dealings
from tests.dealings import dealt as dealt
from tests.march import in_march as in_march
from tests.march import path_of
from tests.pipelining import set_state
from tests.world import World
from web.database import db


def change(app: Flask, dealt: Dealings, **values: object) -> None:
    with app.app_context():
        begin_write(db.session)
        ours = db.session.get_one(Relationship, dealt.ours)
        for name, value in values.items():
            setattr(ours, name, value)
        db.session.commit()


def test_the_office_reads_everything_of_our_side_and_nothing_of_theirs(
    browse: Browser, dealt: Dealings
) -> None:
    page = browse.sign_in("olga").get(path_of(dealt))
    assert page.heading == "Boreal University, Engineering"
    for words in ("Their budget is small.", "We called.", "Send the test plan.", "Mentors for theses"):
        assert words in page.words
    assert ASKED_SECRET not in page.words


def test_a_member_who_takes_no_part_sees_the_card_and_not_what_is_kept(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    change(app, dealt, owner_id=world.people["olga"])
    with app.app_context():
        begin_write(db.session)
        db.session.delete(db.session.scalars(select(RelationshipPerson)).first())
        db.session.get_one(FollowUp, dealt.follow_up).owner_id = world.people["olga"]
        db.session.commit()
    page = browse.sign_in("max").get(path_of(dealt))
    assert ASKING_SECRET not in page.words
    assert "read by the office and by those who take part" in page.words
    browse.post(path_of(dealt, "/notes"), {"text": "Let me in"}, 403)
    browse.post(path_of(dealt, "/people"), {"person_id": str(world.people["max"])}, 403)


@pytest.mark.parametrize("name", ["ada", "boris", "dora", "mia", "carl", "opal", "uma"])
def test_it_is_nobody_elses_page(browse: Browser, world: World, dealt: Dealings, name: str) -> None:
    browse.sign_in(name)
    for rest in ("", "/edit", "/contact"):
        browse.get(path_of(dealt, rest), 404)
    for rest in ("/edit", "/contact", "/notes", "/people", f"/people/{world.people['max']}/remove"):
        browse.post(path_of(dealt, rest), {}, 404)


def test_nothing_of_our_relationship_reaches_the_partner(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    """Dora opens her own page of the same dealings, and her own pipeline."""
    browse.sign_in("dora")
    for path in (
        f"/relationships/{dealt.theirs}",
        f"/units/{world.units['boreal engineering']}/pipeline/?stage=all",
        f"/units/{world.units['boreal engineering']}/pipeline/table?stage=all",
    ):
        words = browse.get(path).words
        assert ASKING_SECRET not in words
        assert "Alba" in words or "Plant" in words


def test_stages_are_told_with_their_dates(browse: Browser, world: World, dealt: Dealings) -> None:
    road = browse.sign_in("olga").get(path_of(dealt)).find("ol", attrs={"aria-label": "Stages"})
    assert road is not None
    words = " ".join(road.get_text(" ").split())
    assert "Suggested 1 Mar 2027" in words
    assert road.find(attrs={"aria-current": "step"}).get_text().startswith("Meeting")


def test_time_in_stage_is_told_against_what_is_usual(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    assert "we do not know yet what is usual" in browse.sign_in("olga").get(path_of(dealt)).words
    with app.app_context():
        begin_write(db.session)
        unit = db.session.get_one(Unit, world.units["alba plant"])
        for number in range(5):
            add_stay(
                db.session, unit, f"Partner {number}", db.session.get_one(Relationship, dealt.ours).stage, 90
            )
        db.session.commit()
    change(app, dealt, last_contact_at=utc_now() - timedelta(days=70))
    set_state(app, dealt.next_meeting, MeetingState.CANCELLED)
    words = browse.get(path_of(dealt)).words
    assert "usually it takes us 90 days" in words
    assert "70 days without contact; not cold yet, because this stage usually takes 90 days" in words


def test_the_first_meeting_in_person_is_visible(app: Flask, browse: Browser, dealt: Dealings) -> None:
    assert "met in person yet? Not yet" in browse.sign_in("olga").get(path_of(dealt)).words
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Meeting, dealt.past_meeting).state = MeetingState.HELD
        db.session.commit()
    assert "met in person yet? Yes, on 8 Mar 2027" in browse.get(path_of(dealt)).words


def test_a_partnership_shows_its_own_stages(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        partnership = Partnership(
            asking_organisation_id=world.organisations["alba"],
            asking_unit_id=world.units["alba plant"],
            asked_organisation_id=world.organisations["boreal"],
            asked_unit_id=world.units["boreal engineering"],
            proposed_by=Side.ASKED,
            proposed_by_id=world.people["dora"],
            kind=PartnershipKind.FULL,
            doing="testing",
            beneficiary="students",
            benefit="practice",
            result="jobs",
            started_on=utc_now().date(),
        )
        partnership.events = [
            PartnershipEvent(
                kind=PartnershipEventKind.STAGE,
                stage=PartnershipStage.SCOPING,
                side=Side.ASKED,
                person_id=world.people["dora"],
            )
        ]
        db.session.add(partnership)
        db.session.commit()
    page = browse.sign_in("olga").get(path_of(dealt))
    assert page.find("ol", attrs={"aria-label": "Stages of the partnership"})
    assert "Whose turn is it? Yours: they wait for your answer" in page.words


def test_the_next_step_is_what_the_dealings_ask_for_or_the_task_that_is_due_before(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    def next_step() -> str:
        facts = browse.sign_in("olga").get(path_of(dealt)).select(".relationship-facts div")
        return " ".join(facts[1].get_text(" ", strip=True).split())

    assert next_step().startswith("Next step Send the test plan.")
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(FollowUp, dealt.follow_up).due_at = utc_now() + timedelta(days=9)
        db.session.commit()
    assert next_step() == "Next step Meet them 15 Mar 2027 · agreed"


def test_a_task_shows_on_the_page_until_it_is_done(app: Flask, browse: Browser, dealt: Dealings) -> None:
    browse.sign_in("olga")
    assert "due 13 Mar 2027" in browse.get(path_of(dealt)).words
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
        db.session.commit()
    assert "No task is planned." in browse.get(path_of(dealt)).words


def test_a_card_without_any_history_has_a_page(app: Flask, browse: Browser, world: World) -> None:
    with app.app_context():
        begin_write(db.session)
        card = add_card(db.session, db.session.get_one(Unit, world.units["alba plant"]), "Nord").id
        db.session.commit()
    words = browse.sign_in("max").get(f"/relationships/{card}").words
    assert "Nobody has been in touch yet." in words
    assert "It has not moved since it was added." in words


def test_a_partner_that_is_not_in_the_network_any_more_leaves_no_dead_ends(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        partner = db.session.get_one(Organisation, world.organisations["boreal"])
        partner.state = OrganisationState.REFUSED
        db.session.commit()
    page = browse.sign_in("max").get(f"/relationships/{dealt.ours}")
    assert "Boreal University is not in the network at the moment" in page.words
    for link in page.select("main a[href^='/']"):
        assert browse.client.get(str(link["href"])).status_code == 200, link["href"]


def test_asking_for_a_meeting_begins_with_the_unit_of_the_card(
    app: Flask, browse: Browser, world: World
) -> None:
    """The strongest post is the faculty's, but the card is about the university as a whole."""
    with app.app_context():
        dealings = add_dealings(db.session, world, "alba plant", "boreal", "max", "boris")
    page = browse.sign_in("olga").get(f"/relationships/{dealings.ours}")
    link = next(link for link in page.find_all("a") if link.get_text(strip=True) == "Ask for a meeting")
    addressee = browse.get(str(link["href"])).find("select", attrs={"name": "addressee"})
    assert addressee is not None
    chosen = addressee.find("option", selected=True)
    assert chosen is not None
    assert chosen.get_text().startswith("Boreal University")

"""Partnerships: proposed and confirmed, shown to both sides, grown, and closed well."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.introduction import Introduction
from models.meeting import Meeting, MeetingState
from models.organisation import Unit
from models.partnership import Partnership, PartnershipKind, PartnershipStage, PartnershipState
from models.relationship import ContactKind, Direction, Relationship, RelationshipPerson, Stage
from tests.browsing import Browser, Page
from tests.dealings import Dealings
from tests.partnered import as_it_is_now, mails
from tests.partnered import dealt as dealt
from tests.partnered import ids as ids
from tests.partnering import Partnering, add_partnership
from tests.statements import statements_of
from tests.world import World
from web.database import db

BLANKS = {
    "doing": "testing cells in one laboratory.",
    "beneficiary": "battery makers",
    "benefit": "reliable data",
    "result": "two engineers a year",
}


def propose(browse: Browser, introduction_id: int, values: dict[str, str] | None = None) -> Page:
    page = browse.get(f"/partnerships/new?introduction={introduction_id}")
    return browse.submit(page, "Propose it", {**BLANKS, **(values or {})})


def test_one_side_proposes_and_the_other_confirms(app: Flask, browse: Browser, dealt: Dealings) -> None:
    answer = propose(browse.sign_in("max"), dealt.introduction)
    page = browse.follow(answer)
    assert "You proposed this partnership and wait for their answer." in page.words
    assert (
        "By testing cells in one laboratory, this partnership will help battery makers with reliable data, "
        "leading to two engineers a year." in page.words
    )
    (mail,) = mails(app, "partnership.news")
    assert mail.recipient == "dora@boreal.example"
    path = page.response.request.path
    theirs = browse.sign_in("dora").get(path)
    assert "They propose this partnership." in theirs.words
    confirmed = browse.follow(browse.submit(theirs, "Confirm it", {"text": "With pleasure."}))
    assert "Confirmed." in confirmed.words
    assert "Nobody owes anybody anything." in confirmed.words
    with app.app_context():
        partnership = db.session.scalars(select(Partnership)).one()
        assert partnership.state is PartnershipState.ACTIVE
        stages = db.session.scalars(select(Relationship.stage)).all()
        assert set(stages) == {Stage.PARTNERSHIP}
    assert {mail.recipient for mail in mails(app, "partnership.news")} == {
        "dora@boreal.example",
        "max@alba.example",
    }


def test_proposing_answering_and_a_letter_are_contacts_of_both_sides(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    page = browse.sign_in("max").get(f"/partnerships/new?introduction={dealt.introduction}")
    path = browse.follow(browse.submit(page, "Propose it", BLANKS)).response.request.path
    assert directions(app, dealt.ours) == [Direction.OURS]
    browse.submit(browse.sign_in("dora").get(path), "Confirm it")
    browse.submit(browse.get(f"{path}/expectations"), "Send it")
    browse.submit(browse.get(f"{path}/stage"), "Save", {"stage": "managing"})
    assert directions(app, dealt.ours) == [Direction.OURS, Direction.THEIRS, Direction.THEIRS]
    assert directions(app, dealt.theirs) == [Direction.THEIRS, Direction.OURS, Direction.OURS]


def test_contacts_say_what_was_done_about_the_partnership_and_lead_to_it(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    path = browse.follow(propose(browse.sign_in("max"), dealt.introduction)).response.request.path
    browse.submit(browse.sign_in("dora").get(path), "Confirm it")
    browse.submit(browse.get(f"{path}/expectations"), "Send it")
    browse.submit(browse.get(f"{path}/close"), "Close it", {"reason": "reached", "text": "We met."})
    deeds = [
        ("Partnership closed", path),
        ("Letter of expectations sent", f"{path}/expectations"),
        ("Partnership confirmed", path),
        ("Partnership proposed", path),
    ]
    assert contacts_told(browse, dealt.theirs) == deeds
    assert contacts_told(browse.sign_in("max"), dealt.ours) == deeds
    with app.app_context():
        begin_write(db.session)
        db.session.add(RelationshipPerson(relationship_id=dealt.theirs, person_id=world.people["boris"]))
        db.session.commit()
    # Boris takes part in the card alone, and would find no page behind these links.
    assert contacts_told(browse.sign_in("boris"), dealt.theirs) == []


def contacts_told(browse: Browser, relationship_id: int) -> list[tuple[str, str]]:
    """What the page of a relationship says of each deed, and where that leads, the newest first."""
    links = browse.get(f"/relationships/{relationship_id}").select("section[aria-labelledby=contacts] li a")
    return [(link.get_text(), str(link["href"]).partition("?")[0]) for link in links]


def directions(app: Flask, relationship_id: int) -> list[Direction]:
    """Who was heard by messages, in their order."""
    with app.app_context():
        ours = db.session.get_one(Relationship, relationship_id)
        return [
            contact.direction for contact in reversed(ours.contacts) if contact.kind is ContactKind.MESSAGE
        ]


def test_a_pilot_needs_an_end_and_a_purpose(browse: Browser, dealt: Dealings) -> None:
    page = browse.sign_in("max").get(f"/partnerships/new?introduction={dealt.introduction}")
    wrong = browse.submit(page, "Propose it", {"ends_on": "", "doing": "our work"}, status=422)
    assert wrong.error_of("ends_on") == "Error: Say when the pilot ends. It can grow or end earlier."
    assert wrong.error_of("beneficiary") == "Error: Say whom it helps."
    assert wrong.find(attrs={"name": "doing"})["value"] == "our work"
    early = browse.submit(
        page, "Propose it", {**BLANKS, "started_on": "2027-05-01", "ends_on": "2027-04-01"}, status=422
    )
    assert "It would end before it begins." in early.error_of("ends_on")
    far = browse.submit(page, "Propose it", {**BLANKS, "ends_on": "9027-04-01"}, status=422)
    assert "Check the year." in far.error_of("ends_on")
    full = {**BLANKS, "kind": "full", "ends_on": ""}
    assert "Partnership" in browse.follow(browse.submit(page, "Propose it", full)).words


def test_the_own_proposal_can_only_be_taken_back_and_only_once(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with app.app_context():
        ids = add_partnership(db.session, world, state=PartnershipState.PROPOSED)
    path = f"/partnerships/{ids.partnership}"
    browse.sign_in("max").post(f"{path}/answer/confirm", {}, 303)
    with app.app_context():
        assert as_it_is_now(ids.partnership).state is PartnershipState.PROPOSED
    page = browse.submit(browse.get(path), "Take it back")
    assert "Taken back" in browse.follow(page).words
    browse.sign_in("dora").post(f"{path}/answer/confirm", {}, 303)
    with app.app_context():
        assert as_it_is_now(ids.partnership).state is PartnershipState.WITHDRAWN


def test_there_is_one_partnership_between_two_units_at_a_time(
    app: Flask, browse: Browser, dealt: Dealings, ids: Partnering
) -> None:
    page = browse.sign_in("dora").client.get(f"/partnerships/new?introduction={dealt.introduction}")
    assert page.status_code == 303
    assert page.headers["Location"].startswith(f"/partnerships/{ids.partnership}")
    browse.post(
        f"/partnerships/new?introduction={dealt.introduction}",
        {**BLANKS, "kind": "full", "started_on": "2027-01-01"},
        303,
    )
    with app.app_context():
        assert len(db.session.scalars(select(Partnership)).all()) == 1


def test_without_an_introduction_the_page_offers_those_that_were_accepted(
    browse: Browser, dealt: Dealings
) -> None:
    page = browse.sign_in("max").get("/partnerships/new")
    assert "Boreal University, Engineering" in page.words
    assert "Nobody has accepted an introduction yet." in browse.sign_in("carl").get("/partnerships/new").words
    browse.get(f"/partnerships/new?introduction={dealt.introduction}", 404)


def test_a_pilot_shows_five_facts_and_no_more(browse: Browser, ids: Partnering) -> None:
    page = browse.sign_in("max").get(f"/partnerships/{ids.partnership}")
    facts = page.find("dl", class_="partnership-facts")
    assert [term.get_text() for term in facts.find_all("dt")] == [
        "Between",
        "Began",
        "Ends",
        "Stage",
        "Met in person",
    ]
    assert "Stages" not in [heading.get_text() for heading in page.find_all("h2")]
    assert "not yet" in facts.get_text()


def test_meeting_in_person_is_seen(app: Flask, browse: Browser, dealt: Dealings, ids: Partnering) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Meeting, dealt.past_meeting).state = MeetingState.HELD
        db.session.commit()
    facts = browse.sign_in("dora").get(f"/partnerships/{ids.partnership}").find(class_="partnership-facts")
    assert "since" in facts.get_text()


def test_a_pilot_grows_when_both_sides_want_it_and_keeps_its_history(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    page = browse.follow(
        browse.submit(browse.sign_in("max").get(path), "Let it grow into a full partnership")
    )
    assert "You asked to turn the pilot into a full partnership" in page.words
    browse.post(f"{path}/grow/agree", {}, 303)
    with app.app_context():
        assert as_it_is_now(ids.partnership).kind is PartnershipKind.PILOT
    theirs = browse.sign_in("dora").get(path)
    grown = browse.follow(browse.submit(theirs, "Let it grow"))
    assert "It is a full partnership now." in grown.words
    assert "Promised: Send the cells" in grown.words
    assert "Scoping since" in grown.words
    with app.app_context():
        partnership = as_it_is_now(ids.partnership)
        assert (partnership.kind, partnership.ends_on) == (PartnershipKind.FULL, None)


def test_the_stage_is_seen_with_its_date(app: Flask, browse: Browser, ids: Partnering) -> None:
    path = f"/partnerships/{ids.partnership}"
    page = browse.sign_in("dora").get(f"{path}/stage")
    with time_machine.travel(utc_now() + timedelta(days=30), tick=False):
        told = browse.follow(browse.submit(page, "Save", {"stage": "managing", "text": "We test."}))
    assert "Stage: Managing" in told.words
    assert "Managing since" in told.find(class_="partnership-facts").get_text()
    assert "We test." in browse.sign_in("max").get(path).words
    with app.app_context():
        partnership = as_it_is_now(ids.partnership)
        assert partnership.stage is PartnershipStage.MANAGING
        days = [event.at.date() for event in partnership.events if event.stage]
        assert (days[-1] - days[0]).days == 30


def test_closing_well_needs_a_reason_and_leaves_everything_readable(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    page = browse.sign_in("max").get(f"{path}/close")
    assert "One promise is still owed." in page.words
    wrong = browse.submit(page, "Close it", status=422)
    assert wrong.error_of("reason")
    assert wrong.error_of("text")
    browse.submit(page, "Close it", {"reason": "reached", "text": "Two engineers came."})
    theirs = browse.sign_in("dora").get(path)
    assert "We reached what we set out to do" in theirs.words
    assert "Two engineers came." in theirs.words
    assert theirs.find("a", string="Promise something") is None
    assert "Two engineers came." in mails(app, "partnership.news")[-1].body
    browse.post(f"{path}/stage", {"stage": "managing"}, 303)
    with app.app_context():
        assert as_it_is_now(ids.partnership).stage is PartnershipStage.SCOPING
    assert "Over" in [heading.get_text() for heading in browse.get("/partnerships").find_all("h2")]


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    def statements() -> int:
        return len(statements_of(app, lambda: browse.get("/partnerships")))

    browse.sign_in("max")
    statements()
    one = statements()
    with app.app_context():
        for number in range(12):
            begin_write(db.session)
            unit = Unit(
                organisation_id=world.organisations["boreal"],
                parent_id=world.units["boreal"],
                name=f"Institute {number}",
            )
            db.session.add(unit)
            db.session.flush()
            world.units[f"institute {number}"] = unit.id
            db.session.commit()
            add_partnership(db.session, world, asked=f"institute {number}", answerer="boris")
    assert statements() == one


def test_an_introduction_that_waits_cannot_become_a_partnership(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.get_one(Introduction, dealt.introduction)
        introduction.state = "proposed"  # type: ignore[assignment] # The word will do.
        introduction.answered_at = None
        db.session.commit()
    page = browse.sign_in("max").get(f"/partnerships/new?introduction={dealt.introduction}")
    assert "Nobody has accepted an introduction yet." in page.words

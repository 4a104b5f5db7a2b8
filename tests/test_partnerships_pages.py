"""Partnerships: proposed and confirmed, shown to both sides and to nobody else, grown, and closed well."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.introduction import Introduction
from models.meeting import Meeting, MeetingState
from models.organisation import Unit
from models.outbox import OutboxMail
from models.outcome import SharedSummary, SummaryState
from models.partnership import (
    Counterpart,
    ExpectationLetter,
    Partnership,
    PartnershipKind,
    PartnershipStage,
    PartnershipState,
    PrivateGoal,
)
from models.relationship import ContactKind, Direction, Relationship, Stage
from models.side import Side
from tests.browsing import Browser, Page
from tests.dealings import Dealings, add_dealings
from tests.partnering import ASKED_DRAFT, ASKED_GOAL, ASKING_GOAL, Partnering, add_partnership
from tests.statements import statements_of
from tests.world import World
from web.database import db

BLANKS = {
    "doing": "testing cells in one laboratory.",
    "beneficiary": "battery makers",
    "benefit": "reliable data",
    "result": "two engineers a year",
}


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    with app.app_context():
        return add_dealings(db.session, world)


@pytest.fixture
def ids(app: Flask, world: World, dealt: Dealings) -> Partnering:
    with app.app_context():
        return add_partnership(db.session, world, introduction_id=dealt.introduction)


def the(app: Flask, partnership_id: int) -> Partnership:
    db.session.expire_all()
    return db.session.get_one(Partnership, partnership_id)


def mails(app: Flask, kind: str) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)))


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
        assert the(app, ids.partnership).state is PartnershipState.PROPOSED
    page = browse.submit(browse.get(path), "Take it back")
    assert "Taken back" in browse.follow(page).words
    browse.sign_in("dora").post(f"{path}/answer/confirm", {}, 303)
    with app.app_context():
        assert the(app, ids.partnership).state is PartnershipState.WITHDRAWN


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
    assert "Engineering, Boreal University" in page.words
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


def paths_of(ids: Partnering) -> list[str]:
    return [
        f"/partnerships/{ids.partnership}",
        f"/partnerships/{ids.partnership}/promises",
        f"/partnerships/{ids.partnership}/expectations",
        f"/partnerships/{ids.partnership}/stage",
        f"/partnerships/{ids.partnership}/close",
        f"/partnerships/{ids.partnership}/people/new",
        f"/partnerships/{ids.partnership}/promises/offer",
        f"/partnerships/{ids.partnership}/promises/request",
        f"/commitments/{ids.promise}",
        f"/commitments/{ids.request}",
        f"/commitments/{ids.promise}/moves/deliver",
    ]


@pytest.mark.parametrize("name", ["", "uma", "ada", "boris", "carl", "dana", "opal"])
def test_nobody_else_sees_or_changes_anything_of_it(browse: Browser, ids: Partnering, name: str) -> None:
    browse.sign_in(name)
    refused = 302 if not name else 404
    for path in paths_of(ids):
        assert browse.client.get(path).status_code == refused, path
    posts = [
        f"/partnerships/{ids.partnership}/stage",
        f"/partnerships/{ids.partnership}/close",
        f"/partnerships/{ids.partnership}/grow/ask",
        f"/partnerships/{ids.partnership}/answer/confirm",
        f"/partnerships/{ids.partnership}/people/new",
        f"/partnerships/{ids.partnership}/expectations",
        f"/partnerships/{ids.partnership}/promises/offer",
        f"/commitments/{ids.promise}/moves/deliver",
        f"/counterparts/{ids.asking_person}/edit",
        f"/counterparts/{ids.asking_person}/remove",
    ]
    for path in posts:
        status = browse.client.post(path, data={"csrf_token": browse.token()}).status_code
        assert status == refused, path
    if name:
        assert browse.get("/partnerships").find("table") is None


def test_private_goals_and_drafts_never_reach_the_other_side(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    read = {"max": "", "dora": "", "olga": ""}
    for name in read:
        browse.sign_in(name)
        for path in ["/partnerships", *paths_of(ids), f"/counterparts/{ids.asking_person}/edit"]:
            read[name] += browse.client.get(path).get_data(as_text=True)
    assert ASKING_GOAL in read["max"]
    assert ASKING_GOAL in read["olga"]
    assert ASKING_GOAL not in read["dora"]
    assert ASKED_GOAL in read["dora"]
    assert ASKED_DRAFT in read["dora"]
    for name in ("max", "olga"):
        assert ASKED_GOAL not in read[name]
        assert ASKED_DRAFT not in read[name]
    browse.sign_in("max").get(f"/commitments/{ids.draft}", 404)
    browse.get(f"/counterparts/{ids.asked_person}/edit", 404)
    browse.post(f"/counterparts/{ids.asked_person}/edit", {"goals": "ours"}, 404)
    browse.post(f"/counterparts/{ids.asked_person}/remove", {}, 404)
    with app.app_context():
        for mail in db.session.scalars(select(OutboxMail)):
            assert "canary-goal" not in mail.body + (mail.html or "")


def test_people_are_named_with_their_goals_and_a_side_without_any_is_warned_of(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    page = browse.sign_in("max").get(f"/counterparts/{ids.asking_person}/edit")
    browse.submit(page, "No longer name them")
    page = browse.get(path)
    assert "Plant, Alba Cells has named nobody yet." in page.words
    with app.app_context():
        assert ASKING_GOAL not in db.session.scalars(select(PrivateGoal.text)).all()
    form = browse.get(f"{path}/people/new")
    incomplete = browse.submit(form, "Save", {"goals": ""}, status=422)
    assert incomplete.error_of("person")
    assert "Write what they want" in incomplete.error_of("goals")
    values = {
        "person": str(form.find("option", string="Olga Example")["value"]),
        "part": "Head of HR",
        "works_with": str(ids.asked_person),
        "goals": "Fewer vacant posts",
        "private_goals": "Only three of them",
    }
    saved = browse.follow(browse.submit(form, "Save", values))
    assert "Olga Example , Head of HR ↔ Dora Example" in saved.words
    assert "Only your side reads this: Only three of them" in saved.words
    theirs = browse.sign_in("dora").get(path).words
    assert "Olga Example , Head of HR ↔ Dora Example" in theirs
    assert "Fewer vacant posts" in theirs
    assert "Only three" not in theirs


def test_only_people_of_the_own_side_can_be_named_and_only_partners_of_this_partnership(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}/people/new"
    browse.sign_in("max")
    values = {"person": str(world.people["mia"]), "goals": "x", "works_with": ""}
    assert "not one of the choices" in browse.post(path, values, 422).words
    values = {"person": str(world.people["olga"]), "goals": "x", "works_with": str(ids.asking_person)}
    assert "not one of the choices" in browse.post(path, values, 422).words
    with app.app_context():
        assert len(db.session.scalars(select(Counterpart)).all()) == 2


def test_a_change_that_crosses_a_colleagues_is_shown_and_overwrites_nothing(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/counterparts/{ids.asking_person}/edit"
    mine = browse.sign_in("max").get(path)
    olga = Browser(app).sign_in("olga")
    olga.submit(olga.get(path), "Save", {"goals": "Olga's words"})
    crossed = browse.submit(mine, "Save", {"goals": "Max's words"}, status=409)
    assert "They wrote: “Olga's words”" in crossed.words
    assert "Max's words" in crossed.find("textarea", attrs={"name": "goals"}).get_text()
    browse.submit(crossed, "Save")
    with app.app_context():
        assert db.session.get_one(Counterpart, ids.asking_person).goals == "Max's words"


def test_whoever_is_named_may_work_on_it(app: Flask, browse: Browser, world: World, ids: Partnering) -> None:
    browse.sign_in("ada").get(f"/partnerships/{ids.partnership}", 404)
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            Counterpart(partnership_id=ids.partnership, side=Side.ASKING, person_id=world.people["ada"])
        )
        # Named on a side to which one does not belong opens nothing.
        db.session.add(
            Counterpart(partnership_id=ids.partnership, side=Side.ASKING, person_id=world.people["carl"])
        )
        db.session.commit()
    browse.sign_in("ada").get(f"/partnerships/{ids.partnership}")
    browse.sign_in("carl").get(f"/partnerships/{ids.partnership}", 404)


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
        assert the(app, ids.partnership).kind is PartnershipKind.PILOT
    theirs = browse.sign_in("dora").get(path)
    grown = browse.follow(browse.submit(theirs, "Let it grow"))
    assert "It is a full partnership now." in grown.words
    assert "Promised: Send the cells" in grown.words
    assert "Scoping since" in grown.words
    with app.app_context():
        partnership = the(app, ids.partnership)
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
        partnership = the(app, ids.partnership)
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
        assert the(app, ids.partnership).stage is PartnershipStage.SCOPING
    assert "Over" in [heading.get_text() for heading in browse.get("/partnerships").find_all("h2")]


def test_the_letter_is_drafted_from_what_was_said_and_read_by_both_once_sent(
    app: Flask, browse: Browser, world: World, dealt: Dealings, ids: Partnering
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            SharedSummary(
                meeting_id=dealt.next_meeting,
                written_by=Side.ASKED,
                person_id=world.people["dora"],
                text="Forty cells in the first month.",
                state=SummaryState.CONFIRMED,
            )
        )
        db.session.commit()
    path = f"/partnerships/{ids.partnership}/expectations"
    page = browse.sign_in("max").get(path)
    draft = page.find("textarea", attrs={"name": "text"}).get_text()
    assert "What we expect of ourselves: Placements in our test hall." in " ".join(draft.split())
    assert "What we hope for from you: Graduates who can run ageing tests." in " ".join(draft.split())
    assert "Forty cells in the first month." in draft
    browse.submit(page, "Save the draft", {"text": "We expect forty cells."})
    assert "We expect forty cells." in browse.get(path).words
    assert "We expect forty cells." not in browse.sign_in("dora").get(path).words
    browse.sign_in("max").submit(browse.get(path), "Send it")
    (mail,) = mails(app, "partnership.expectations")
    assert mail.recipient == "dora@boreal.example"
    assert "We expect forty cells." in mail.body
    assert mail.body.count("http://localhost/") == 1
    assert "We expect forty cells." in browse.sign_in("dora").get(path).words
    with app.app_context():
        letters = db.session.scalars(select(ExpectationLetter).order_by(ExpectationLetter.id)).all()
        assert [letter.side for letter in letters if letter.sent_at] == [Side.ASKING]


def test_a_letter_that_a_colleague_changed_meanwhile_is_not_overwritten(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}/expectations"
    mine = browse.sign_in("max").get(path)
    olga = Browser(app).sign_in("olga")
    olga.submit(olga.get(path), "Save the draft", {"text": "Olga's letter"})
    crossed = browse.submit(mine, "Send it", {"text": "Max's letter"}, status=409)
    assert "Olga's letter" in crossed.words
    assert "Max's letter" in crossed.find("textarea").get_text()


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

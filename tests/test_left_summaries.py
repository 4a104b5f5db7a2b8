"""A summary of a meeting that nobody of those it went to is left to answer: who is told of it, and what they read."""

import pytest
from flask import Flask

from models.outbox import OutboxMail
from models.outcome import Decision, Interest, Outcome, SharedSummary, SummaryState, Topic
from models.person import MembershipState, Person, Role
from models.relationship import PrivateNote, Relationship, RelationshipPerson
from models.side import Side
from tests.attending import found, home, writing
from tests.browsing import Browser
from tests.dealings import ASKED_SECRET, Dealings
from tests.dealings import dealt as dealt
from tests.world import World, add_person

SUMMED_UP = "Alba Cells summed up your meeting"
MISSING = "What came of the meeting with Alba"


def path_of(dealt: Dealings, below: str = "") -> str:
    return f"/meetings/{dealt.past_meeting}/outcome{below}"


def dora_leaves(app: Flask, world: World) -> None:
    """She is all the office that Boreal's engineering has, owns its card, and is the only one of it who met Max."""
    with writing(app) as session:
        for membership in session.get_one(Person, world.people["dora"]).memberships:
            membership.state = MembershipState.ENDED


def dora_tells(app: Flask, world: World, dealt: Dealings) -> None:
    """Everything that her side keeps of the meeting: its account, a topic and a note."""
    dora, boreal = world.people["dora"], world.organisations["boreal"]
    shared = {"meeting_id": dealt.past_meeting, "organisation_id": boreal, "relationship_id": dealt.theirs}
    with writing(app) as session:
        session.add_all(
            [
                Outcome(
                    **shared,
                    side=Side.ASKED,
                    person_id=dora,
                    our_interest=Interest.HIGH,
                    their_interest=Interest.SOME,
                    decision=Decision.MEET_AGAIN,
                    feedback=f"They were early. {ASKED_SECRET}",
                ),
                Topic(**shared, person_id=dora, text=f"They need a wet room. {ASKED_SECRET}"),
                PrivateNote(
                    relationship_id=dealt.theirs,
                    meeting_id=dealt.past_meeting,
                    person_id=dora,
                    text=f"Declined because of the budget. {ASKED_SECRET}",
                ),
            ]
        )


def test_whoever_answers_because_nobody_else_is_left_reads_the_summary_and_nothing_else(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    dora_tells(app, world, dealt)
    assert ASKED_SECRET in browse.sign_in("dora").get(path_of(dealt)).words
    dora_leaves(app, world)
    page = browse.sign_in("mia").get(path_of(dealt))
    assert "We talked about ageing tests." in page.words
    for word in (
        ASKED_SECRET,
        "Our interest",
        "Meet again",
        "Your side",
        "Also came up",
        "Needs that were heard",
    ):
        assert word not in page.words, word
    assert ASKED_SECRET not in browse.get(path_of(dealt, "/log"), 403).words
    page = browse.submit(page, "Send the correction", {"text": "We talked about cooling."})
    assert ASKED_SECRET not in page.words
    with writing(app) as session:
        newest = session.query(SharedSummary).order_by(SharedSummary.id.desc()).first()
        assert newest is not None
        assert (newest.text, newest.written_by) == ("We talked about cooling.", Side.ASKED)
        seen = newest.id
    form = {"text": "Something else", "seen": str(seen), "csrf_token": browse.token()}
    assert browse.client.post(path_of(dealt).replace("outcome", "summary"), data=form).status_code == 403


def test_whoever_answers_sees_that_the_summary_was_answered_meanwhile(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    dora_tells(app, world, dealt)
    dora_leaves(app, world)
    page = browse.sign_in("mia").get(path_of(dealt))
    with writing(app) as session:
        session.get_one(SharedSummary, dealt.summary).state = SummaryState.CONFIRMED
    page = browse.submit(page, "Yes, confirm it", status=409)
    assert "Read the newest version below" in page.words
    assert ASKED_SECRET not in page.words
    assert "Yes, confirm it" not in page.words


def test_without_a_summary_that_waits_for_them_nothing_opens(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    dora_leaves(app, world)
    with writing(app) as session:
        session.delete(session.get_one(SharedSummary, dealt.summary))
    browse.sign_in("mia").get(path_of(dealt), 403)


@pytest.mark.parametrize("part", ["owner", "sponsor", "person"])
def test_whoever_is_left_on_the_card_answers_rather_than_the_members(
    app: Flask, browse: Browser, world: World, dealt: Dealings, part: str
) -> None:
    with writing(app) as session:
        add_person(session, world, "otto", "boreal", [("boreal engineering", Role.MEMBER)])
        theirs = session.get_one(Relationship, dealt.theirs)
        otto = world.people["otto"]
        if part == "owner":
            theirs.owner_id = otto
        elif part == "sponsor":
            theirs.sponsor_id = otto
        else:
            session.add(RelationshipPerson(relationship_id=theirs.id, person_id=otto))
    dora_leaves(app, world)
    assert not found(home(browse, "mia"), SUMMED_UP)
    browse.get(path_of(dealt), 403)
    page = home(browse, "otto")
    assert found(page, SUMMED_UP)
    browse.get(path_of(dealt))
    browse.sign_in("max")
    browse.submit(browse.get(path_of(dealt)), "Send the new version", {"text": "Once more."})
    with writing(app) as session:
        mails = session.query(OutboxMail).filter_by(kind="summary.proposed").all()
        assert [mail.recipient for mail in mails] == ["otto@boreal.example"]


def test_an_owner_of_another_unit_who_does_not_see_the_meeting_stops_no_member(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        add_person(session, world, "otto", "boreal", [("boreal", Role.MEMBER)])
        session.get_one(Relationship, dealt.theirs).owner_id = world.people["otto"]
    dora_leaves(app, world)
    assert not found(home(browse, "otto"), SUMMED_UP)
    browse.get(path_of(dealt), 404)
    assert found(home(browse, "mia"), SUMMED_UP)
    browse.get(path_of(dealt))


def test_where_an_office_is_left_it_answers_and_no_member_is_told(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        add_person(session, world, "otto", "boreal", [("boreal", Role.OFFICE)])
    dora_leaves(app, world)
    assert not found(home(browse, "mia"), SUMMED_UP)
    browse.get(path_of(dealt), 403)
    page = home(browse, "otto", "ours")
    assert found(page, SUMMED_UP)
    browse.get(path_of(dealt))


def test_a_missing_outcome_opens_for_the_members_who_are_told_of_it(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        add_person(session, world, "otto", "boreal", [("boreal", Role.OFFICE)])
    dora_leaves(app, world)
    page = home(browse, "mia")
    [row] = [row for row in page.select(".attention-row") if MISSING in row.get_text()]
    page = browse.get(str(row.a["href"]))
    # What becomes of their account is for the office, so they are led to the meeting rather than refused.
    page = browse.submit(page, "Save", {"held": "not_held"})
    browse.follow(page)
    assert not found(home(browse, "mia"), MISSING)

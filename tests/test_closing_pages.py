"""Closing an organisation: only the operator may, reads first what will happen, and everybody concerned is told."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from models.audit import AuditEntry
from models.base import utc_now
from models.booking import Booking
from models.cadence import start_cadence, was_in_touch
from models.changelog import Change
from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction, IntroductionState, ProposalState
from models.meeting import Meeting, MeetingState
from models.organisation import Organisation, OrganisationState
from models.partnership import Partnership, PartnershipState
from models.post import Post, PostState
from models.relationship import ContactKind, Direction, Relationship, Stage
from tests.closing_scene import REASON, Scene
from web.database import db


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


@pytest.fixture
def either_scene(either_app: Flask) -> Scene:
    return Scene(either_app)


def test_closing_ends_what_waits_and_leaves_what_partners_have(either_scene: Scene) -> None:
    scene = either_scene
    page = scene.browse.get(scene.path)
    for words in (
        "2 published posts are withdrawn.",
        "1 request that waits for an answer is ended.",
        "2 meetings ahead are cancelled.",
        "2 cards of others that are about it",
        "1 running partnership with its promises.",
        "The accounts of its 3 people",
    ):
        assert words in page.words
    scene.close()
    with scene.app.app_context():
        boreal = db.session.get_one(Organisation, scene.world.organisations["boreal"])
        assert (boreal.state, boreal.refusal_reason) == (OrganisationState.CLOSED, REASON)
        posts = db.session.scalars(select(Post).where(Post.organisation_id == boreal.id)).all()
        assert {post.state for post in posts} == {PostState.WITHDRAWN}
        changed = set(db.session.scalars(select(Change.post_id).order_by(Change.seq.desc()).limit(3)))
        assert {post.id for post in posts} <= changed
        asked = db.session.get_one(Introduction, scene.asked.introduction)
        assert asked.state is IntroductionState.EXPIRED
        assert {proposal.state for proposal in asked.proposals} == {ProposalState.CLOSED}
        assert db.session.get_one(Meeting, scene.met.next_meeting).state is MeetingState.CANCELLED
        assert db.session.get_one(Meeting, scene.met.past_meeting).state is not MeetingState.CANCELLED
        assert db.session.scalars(select(Booking)).all() == []
        assert db.session.scalars(select(Partnership.state)).all() == [PartnershipState.ACTIVE]
        assert db.session.get_one(Relationship, scene.met.ours).stage is not Stage.CLOSED
        trail = set(db.session.scalars(select(AuditEntry.action)))
        assert trail >= {"organisation.close", "post.close", "introduction.end", "meeting.cancel"}
        told = scene.mails()
        assert sorted(told) == ["boris", "carl", "dora", "max", "mia"]
        assert all(len(mails) == 1 and REASON in mails[0].body for mails in told.values())
        assert told["dora"][0].kind == "organisation.closed"
        assert told["max"][0].kind == "organisation.partner_closed"
        assert f"/relationships/{scene.met.ours}" in told["max"][0].body


def test_after_closing_others_do_not_find_it_and_both_still_read_what_they_did(scene: Scene) -> None:
    partners = f"/units/{scene.world.units['alba plant']}/partners/"
    assert "Boreal University" in scene.browse.sign_in("max").get(partners).words
    scene.browse.sign_in("opal")
    scene.close()
    assert "Boreal University" not in scene.browse.sign_in("max").get(partners).words
    meeting, boreal = scene.met.past_meeting, scene.world.organisations["boreal"]
    browse = scene.browse.sign_in("max")
    browse.get(f"/organisations/{boreal}", 404)
    assert "Boreal University" in browse.get(f"/meetings/{meeting}").words
    assert (
        "Boreal University was closed on this portal" in browse.get(f"/relationships/{scene.met.ours}").words
    )
    browse = scene.browse.sign_in("dora")
    assert "Alba Cells" in browse.get(f"/meetings/{meeting}").words
    assert "This organisation is closed" in browse.get(f"/organisations/{boreal}").words
    browse.get(f"/organisations/{scene.world.organisations['alba']}", 404)
    home = browse.get("/").words
    assert "Boreal University is closed" in home
    assert REASON in home
    assert "The operator of the portal looks at it" not in home
    for page in ("partners/", "people"):
        words = browse.get(f"/units/{scene.world.units['boreal engineering']}/{page}").words
        assert "Your organisation is closed: you see no other organisations" in words
        assert "waiting for approval" not in words
    assert f"Closed: {REASON}" in browse.get("/join").words


def test_after_closing_no_request_leads_to_another_meeting_or_to_a_profile(scene: Scene) -> None:
    met = f"/introductions/{scene.met.introduction}"
    browse = scene.browse.sign_in("max")
    with scene.app.app_context():
        begin_write(db.session)
        db.session.execute(text("UPDATE proposal SET state = 'closed' WHERE state = 'open'"))
        db.session.commit()
    assert "Propose another meeting" in browse.get(met).words
    form = browse.get(f"{met}/propose")
    scene.browse.sign_in("opal")
    scene.close()
    page = scene.browse.sign_in("max").get(met)
    assert "Boreal University was closed on this portal" in page.words
    assert "Propose another meeting" not in page.words
    assert "Profile" not in page.words
    again = scene.browse.submit(form, "Propose these times", {"csrf_token": scene.browse.token()})
    assert "Both organisations have to be approved" in scene.browse.follow(again).words
    page = scene.browse.sign_in("dora").get(met)
    assert "Propose another meeting" not in page.words
    assert "Profile" not in page.words


def test_no_page_of_the_two_leads_to_another_meeting_or_to_what_is_not_there(either_scene: Scene) -> None:
    scene = either_scene
    meeting = f"/meetings/{scene.met.next_meeting}"
    scene.close()
    for name, card in (("max", scene.met.ours), ("dora", scene.met.theirs)):
        browse = scene.browse.sign_in(name)
        assert "did not come about" not in browse.get("/").words
        assert "does not take part in this portal any more" in browse.get(meeting).words
        assert "Agree on another time" not in browse.get(meeting).words
        assert "may propose another one" not in browse.get(f"/introductions/{scene.met.introduction}").words
        for leads_nowhere in ("Ask for a meeting", "Profile", "Why you two fit"):
            assert leads_nowhere not in browse.get(f"/relationships/{card}").words


def test_nobody_is_said_to_answer_a_summary_whose_readers_are_gone(either_scene: Scene) -> None:
    scene = either_scene
    outcome = f"/meetings/{scene.met.past_meeting}/outcome"
    words = scene.browse.sign_in("max").get(outcome).words
    assert "It is the turn of Boreal University to confirm or correct it." in words
    scene.browse.sign_in("opal")
    scene.close()
    words = scene.browse.sign_in("max").get(outcome).words
    assert "Boreal University was closed before it confirmed or corrected it." in words
    assert "It is the turn of" not in words
    assert "Waits for an answer" not in words


def test_board_and_table_say_whose_partner_is_gone(either_scene: Scene) -> None:
    scene = either_scene
    pipeline = f"/units/{scene.world.units['alba plant']}/pipeline/"
    browse = scene.browse.sign_in("max")
    assert "organisation closed" not in browse.get(pipeline).words
    scene.browse.sign_in("opal")
    scene.close()
    browse = scene.browse.sign_in("max")
    assert "organisation closed" in browse.get(pipeline).words
    assert "organisation closed" in browse.get(f"{pipeline}table").words


def test_nobody_is_said_to_have_withdrawn_what_ended_with_an_organisation(scene: Scene) -> None:
    with scene.app.app_context():
        begin_write(db.session)
        corvus = db.session.get_one(Organisation, scene.world.organisations["corvus"])
        name = corvus.name
    scene.path = f"/approvals/{scene.world.organisations['corvus']}/close"
    scene.close()
    page = scene.browse.sign_in("dora").get(f"/introductions/{scene.asked.introduction}")
    assert f"The request ended because {name} was closed" in page.words
    assert "Ask anew" not in page.words


def test_a_request_that_a_closed_organisation_left_unanswered_is_not_said_to_be_declined(
    either_scene: Scene,
) -> None:
    scene = either_scene
    scene.close()
    browse = scene.browse.sign_in("carl")
    page = browse.get(f"/introductions/{scene.asked.introduction}")
    assert "The request ended because Boreal University was closed" in page.words
    assert "Ask anew" not in page.words
    for path in (
        f"/introductions/{scene.asked.introduction}",
        f"/relationships/{scene.asked.ours}",
        f"/units/{scene.world.units['corvus']}/introductions/",
    ):
        words = browse.get(path).words
        assert "eclined" not in words
        assert "Ended without an answer" in words


def test_what_ran_out_before_the_closing_is_not_to_be_asked_anew(either_scene: Scene) -> None:
    scene = either_scene
    with scene.app.app_context():
        begin_write(db.session)
        ended = utc_now() - timedelta(days=1)
        asked = db.session.get_one(Introduction, scene.asked.introduction)
        asked.state, asked.expires_at, asked.answered_at = IntroductionState.EXPIRED, ended, ended
        for proposal in asked.proposals:
            proposal.state, proposal.answered_at = ProposalState.CLOSED, ended
        db.session.execute(text("UPDATE meeting SET state = 'cancelled'"))
        db.session.execute(text("DELETE FROM contact"))
        db.session.execute(text("DELETE FROM follow_up"))
        db.session.commit()
    assert "did not answer in time" in scene.browse.sign_in("carl").get("/").words
    scene.browse.sign_in("opal")
    scene.close()
    assert "did not answer in time" not in scene.browse.sign_in("carl").get("/").words


def test_closing_needs_a_reason_and_is_done_once(scene: Scene) -> None:
    page = scene.browse.get(scene.path)
    assert scene.browse.submit(page, "Close the organisation", status=422).error_of("reason")
    scene.close()
    again = scene.browse.submit(page, "Close the organisation", {"reason": "Twice"})
    assert "is closed already" in scene.browse.follow(again).words
    assert "is closed already" in scene.browse.follow(scene.browse.get(scene.path, 303)).words
    with scene.app.app_context():
        assert len(scene.mails()["dora"]) == 1


def test_what_waits_for_approval_is_not_closed(scene: Scene) -> None:
    delta = scene.world.organisations["delta"]
    assert "Close the organisation" not in scene.browse.get(f"/approvals/{delta}").words
    told = scene.browse.follow(scene.browse.get(f"/approvals/{delta}/close", 303))
    assert "still waits" in told.words


@pytest.mark.parametrize("name", ["ada", "boris", "dora", "uma"])
def test_nobody_but_the_operator_closes(scene: Scene, name: str) -> None:
    browse = scene.browse.sign_in(name)
    assert browse.client.get(scene.path).status_code in {403, 404}
    posted = browse.client.post(scene.path, data={"reason": "Mine", "csrf_token": browse.token()})
    assert posted.status_code in {403, 404}


def test_nobody_is_asked_again_how_things_are_going_with_a_closed_organisation(either_scene: Scene) -> None:
    scene = either_scene

    def nudges() -> list[int]:
        still_open = FollowUp.done_at.is_(None) & FollowUp.dropped_at.is_(None)
        kind = FollowUp.kind == FollowUpKind.NUDGE
        return list(db.session.scalars(select(FollowUp.relationship_id).where(kind, still_open)))

    with scene.app.app_context():
        begin_write(db.session)
        for card in (scene.met.ours, scene.met.theirs):
            start_cadence(db.session, db.session.get_one(Relationship, card), None, utc_now())
        db.session.commit()
        assert sorted(nudges()) == sorted((scene.met.ours, scene.met.theirs))
    assert "On 2 cards nobody is reminded any more" in scene.browse.get(scene.path).words
    scene.close()
    with scene.app.app_context():
        assert nudges() == []
        assert "nothing reminds you any more" in scene.mails()["max"][0].body
        begin_write(db.session)
        ours = db.session.get_one(Relationship, scene.met.ours)
        start_cadence(db.session, ours, None, utc_now())
        talked = (ContactKind.CALL, Direction.BOTH, None, "They said goodbye.", None)
        was_in_touch(db.session, ours, utc_now(), *talked, utc_now())
        db.session.commit()
        assert nudges() == []
        assert ours.last_contact_at is not None

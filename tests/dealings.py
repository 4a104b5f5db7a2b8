"""Dealings for the fixed world: one introduction with all that comes of it, written as rows.

``add_dealings(session, world, "alba plant", "boreal")`` gives dealings that nobody at Boreal may see (its root unit has
no office); with ``"boreal engineering"`` Dora is the office of the other side and Mia a member who takes no part. The
fixture ``dealt`` is imported by name.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.follow_up import Cadence, FollowUp, FollowUpKind
from models.introduction import LIFE_OF_A_REQUEST, AnswerLink, IntroductionState
from models.organisation import Unit
from models.outcome import (
    Decision,
    HeardNeed,
    HeardState,
    Interest,
    Outcome,
    SharedSummary,
    SummaryState,
    Topic,
)
from models.person import Person
from models.pipeline_view import PipelineView
from models.side import Side
from tests.dealing_rows import write_introduction, write_meeting, write_proposal, write_relationship
from tests.world import World
from web.database import db

# What must never reach the other side stands in a word that is looked for in every page and mail.
ASKING_SECRET = "canary-of-the-asking-side"
ASKED_SECRET = "canary-of-the-asked-side"


@dataclass(frozen=True)
class Dealings:
    """Ids of one introduction and what is beneath it; ``ours`` is the asking side's, ``theirs`` the asked side's."""

    introduction: int
    proposal: int
    slot: int
    answer_link: int
    past_meeting: int
    next_meeting: int
    ours: int
    theirs: int
    follow_up: int
    cadence: int
    outcome: int
    summary: int
    topic: int
    heard_need: int
    note: int
    contact: int
    view: int
    stage_change: int


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Max of Alba's plant and Dora of Boreal's engineering met two days ago; nothing is overdue yet."""
    with app.app_context():
        return add_dealings(db.session, world)


def url_arguments(dealings: Dealings) -> dict[str, int | str]:
    """Which record stands for each argument of the URLs, for the tests that walk over every endpoint."""
    return {
        "introduction_id": dealings.introduction,
        "proposal_id": dealings.proposal,
        "slot_id": dealings.slot,
        "answer_link_id": dealings.answer_link,
        "meeting_id": dealings.past_meeting,
        "relationship_id": dealings.ours,
        "follow_up_id": dealings.follow_up,
        "cadence_id": dealings.cadence,
        "outcome_id": dealings.outcome,
        "summary_id": dealings.summary,
        "topic_id": dealings.topic,
        "heard_need_id": dealings.heard_need,
        "note_id": dealings.note,
        "contact_id": dealings.contact,
        "view_id": dealings.view,
        "stage_change_id": dealings.stage_change,
        "batch": f"batch-of-{ASKING_SECRET}",
        "token": "no-such-token",
    }


def add_dealings(
    session: Session,
    world: World,
    asking: str = "alba plant",
    asked: str = "boreal engineering",
    asker: str = "max",
    answerer: str = "dora",
    state: IntroductionState = IntroductionState.ACCEPTED,
) -> Dealings:
    """Write the dealings in one transaction. In state *proposed* the times wait for the asked side."""
    begin_write(session)
    now = utc_now()
    asking_unit = session.get_one(Unit, world.units[asking])
    asked_unit = session.get_one(Unit, world.units[asked])
    us = session.get_one(Person, world.people[asker])
    them = session.get_one(Person, world.people[answerer])
    introduction = write_introduction(session, asking_unit, asked_unit, us, them, state, now)
    proposal = write_proposal(session, introduction, us, state, now)
    link = AnswerLink(
        introduction_id=introduction.id,
        side=Side.ASKED,
        name="Gwen Guest",
        email="gwen@guest.example",
        created_by_id=us.id,
        expires_at=now + LIFE_OF_A_REQUEST,
    )
    past = write_meeting(session, introduction, us, them, now - timedelta(days=2), "past")
    coming = write_meeting(session, introduction, us, them, now + timedelta(days=5), "next")
    ours = write_relationship(session, asking_unit, asked_unit, us, ASKING_SECRET, now)
    theirs = write_relationship(session, asked_unit, asking_unit, them, ASKED_SECRET, now)
    outcome = Outcome(
        meeting_id=past.id,
        side=Side.ASKING,
        organisation_id=asking_unit.organisation_id,
        relationship_id=ours.id,
        person_id=us.id,
        our_interest=Interest.HIGH,
        their_interest=Interest.SOME,
        decision=Decision.MEET_AGAIN,
        agreed="We meet again in spring.",
        feedback=f"They were late. {ASKING_SECRET}",
    )
    summary = SharedSummary(
        meeting_id=past.id, written_by=Side.ASKING, person_id=us.id, text="We talked about ageing tests."
    )
    topic = Topic(
        meeting_id=past.id,
        organisation_id=asking_unit.organisation_id,
        relationship_id=ours.id,
        person_id=us.id,
        text=f"They have a dry room. {ASKING_SECRET}",
    )
    heard = HeardNeed(
        relationship_id=ours.id,
        by_organisation_id=asking_unit.organisation_id,
        about_organisation_id=asked_unit.organisation_id,
        about_unit_id=asked_unit.id,
        meeting_id=past.id,
        person_id=us.id,
        title="Mentors for theses",
        text="They seek mentors from industry for theses in electrochemistry.",
    )
    cadence = Cadence(organisation_id=asking_unit.organisation_id, name="Slow", days=[10, 30])
    follow_up = FollowUp(
        organisation_id=asking_unit.organisation_id,
        relationship_id=ours.id,
        meeting_id=past.id,
        kind=FollowUpKind.NEXT_STEP,
        text=f"Send the test plan. {ASKING_SECRET}",
        owner_id=us.id,
        due_on=(now + timedelta(days=3)).date(),
        zone="Europe/Berlin",
        due_at=now + timedelta(days=3),
    )
    view = PipelineView(person_id=us.id, name=f"Quiet ones {introduction.id}", query="quietness=quiet")
    session.add_all([link, outcome, summary, topic, heard, cadence, follow_up, view])
    session.flush()
    ids = Dealings(
        introduction=introduction.id,
        proposal=proposal.id,
        slot=proposal.slots[0].id,
        answer_link=link.id,
        past_meeting=past.id,
        next_meeting=coming.id,
        ours=ours.id,
        theirs=theirs.id,
        follow_up=follow_up.id,
        cadence=cadence.id,
        outcome=outcome.id,
        summary=summary.id,
        topic=topic.id,
        heard_need=heard.id,
        note=ours.notes[0].id,
        contact=ours.contacts[0].id,
        view=view.id,
        stage_change=ours.stage_changes[0].id,
    )
    session.commit()
    return ids


def answer_what_was_written(session: Session) -> None:
    """No summary and no heard need waits any more. Within the current write transaction."""
    for summary in session.scalars(select(SharedSummary)):
        summary.state = SummaryState.CONFIRMED
    for heard in session.scalars(select(HeardNeed)):
        heard.state, heard.answered_at = HeardState.CONFIRMED, utc_now()
    session.flush()

"""The moves of an introduction: who may make which, when, and what both sides keep of each."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.asking import IntroductionRefused, Refusal
from models.cadence import start_cadence
from models.follow_up import FollowUpKind
from models.introducing import accept, decline, expire, propose_others, withdraw
from models.introduction import LIFE_OF_A_REQUEST, Introduction, IntroductionState, Proposal, ProposalState
from models.planning import open_follow_ups, plan_follow_up
from models.relationship import ClosedReason, Direction, PrivateNote, Stage, advance_stage
from models.side import Side
from tests.introduction_scene import HOUR, NOW, PARTIES, Scene, times, wall
from tests.introduction_scene import stage as stage

# Who moves how, from which state, and what becomes of it; None: nothing changes and the move is refused. In the states
# "… times" an accepted introduction has open times for a further meeting, which the asking side proposed.
P, A, D, E, W = IntroductionState
TABLE = [
    ("proposed", Side.ASKED, "accept", A),
    ("proposed", Side.ASKED, "propose", P),
    ("proposed", Side.ASKED, "decline", D),
    ("proposed", Side.ASKED, "withdraw", None),
    ("proposed", Side.ASKING, "accept", None),
    ("proposed", Side.ASKING, "propose", None),
    ("proposed", Side.ASKING, "decline", None),
    ("proposed", Side.ASKING, "withdraw", W),
    ("countered", Side.ASKING, "accept", A),
    ("countered", Side.ASKING, "propose", P),
    ("countered", Side.ASKING, "decline", None),
    ("countered", Side.ASKING, "withdraw", W),
    ("countered", Side.ASKED, "accept", None),
    ("countered", Side.ASKED, "propose", None),
    ("countered", Side.ASKED, "decline", D),
    ("countered", Side.ASKED, "withdraw", None),
    ("more times", Side.ASKED, "accept", A),
    ("more times", Side.ASKED, "propose", A),
    ("more times", Side.ASKED, "decline", A),
    ("more times", Side.ASKED, "withdraw", None),
    ("more times", Side.ASKING, "accept", None),
    ("more times", Side.ASKING, "propose", None),
    ("more times", Side.ASKING, "decline", None),
    ("more times", Side.ASKING, "withdraw", A),
    ("accepted", Side.ASKED, "propose", A),
    ("accepted", Side.ASKING, "propose", A),
    *[
        ("accepted", side, move, None)
        for side in Side
        for move in ("accept", "decline", "withdraw")
    ],
    *[
        (ended, side, move, None)
        for ended in ("declined", "expired", "withdrawn")
        for side in Side
        for move in ("accept", "propose", "decline", "withdraw")
    ],
]  # fmt: skip


def bring_to(stage: Scene, state: str) -> Introduction:
    introduction = stage.ask()
    proposal = introduction.open_proposal
    assert proposal is not None
    asked, asking = stage.party(Side.ASKED), stage.party(Side.ASKING)
    later = times(wall(3, 15))
    if state == "countered":
        propose_others(stage.session, introduction, later, asked, NOW, proposal.id)
    elif state in {"accepted", "more times"}:
        accept(stage.session, introduction, proposal.slots[0], asked, (), NOW)
    elif state == "declined":
        decline(stage.session, introduction, asked, NOW)
    elif state == "withdrawn":
        withdraw(stage.session, introduction, asking, NOW)
    elif state == "expired":
        assert expire(stage.session, introduction, NOW + LIFE_OF_A_REQUEST)
    if state == "more times":
        propose_others(stage.session, introduction, later, asking, NOW)
    return introduction


def move(stage: Scene, introduction: Introduction, side: Side, what: str) -> None:
    proposal = introduction.open_proposal
    party = stage.party(side)
    if what == "accept":
        last = proposal or introduction.proposals[-1]
        accept(stage.session, introduction, last.slots[0], party, (), NOW)
    elif what == "propose":
        others = times(wall(3, 22))
        proposal_id = proposal.id if proposal else None
        propose_others(stage.session, introduction, others, party, NOW, proposal_id)
    elif what == "decline":
        decline(stage.session, introduction, party, NOW)
    else:
        withdraw(stage.session, introduction, party, NOW)


@pytest.mark.parametrize(("state", "side", "what", "after"), TABLE)
def test_the_table_of_moves(
    stage: Scene, state: str, side: Side, what: str, after: IntroductionState | None
) -> None:
    introduction = bring_to(stage, state)
    before, turn, held = introduction.state, introduction.turn, stage.held()
    if after is None:
        with pytest.raises(IntroductionRefused):
            move(stage, introduction, side, what)
        assert (introduction.state, introduction.turn, stage.held()) == (before, turn, held)
        return
    move(stage, introduction, side, what)
    stage.session.expire_all()
    assert introduction.state is after
    assert introduction.turn is (side.other if what == "propose" else None)
    held_by = stage.world.people[PARTIES[side]]
    assert {person_id for person_id, _ in stage.held()} == ({held_by} if what == "propose" else set())


def test_accepting_moves_both_cards_on_and_names_who_comes(stage: Scene) -> None:
    introduction = stage.ask()
    slot = introduction.open_proposal.slots[1]  # type: ignore[union-attr] # It was opened just now.
    mia = stage.world.people["mia"]
    accept(stage.session, introduction, slot, stage.party(Side.ASKED), (mia,), NOW)
    assert [person.id for person in introduction.people_of(Side.ASKED)] == [mia]
    assert introduction.answered_by_id == stage.world.people["dora"]
    theirs = stage.card("boreal engineering", "alba plant")
    assert (theirs.stage, theirs.owner_id) == (Stage.MEETING, stage.world.people["dora"])
    assert stage.card("alba plant", "boreal engineering").stage is Stage.MEETING
    assert slot.proposal.state is ProposalState.ACCEPTED


def test_declining_closes_both_cards_and_keeps_the_private_reason_on_ours(stage: Scene) -> None:
    introduction = stage.ask()
    decline(
        stage.session, introduction, stage.party(Side.ASKED), NOW,
        "We have no room this year.", "canary", ClosedReason.NO_CAPACITY,
    )  # fmt: skip
    declined = stage.card("boreal engineering", "alba plant")
    assert (declined.stage, declined.closed_reason) == (Stage.CLOSED, ClosedReason.NO_CAPACITY)
    (note,) = stage.session.scalars(select(PrivateNote))
    assert (note.relationship_id, note.text) == (declined.id, "canary")
    asked = stage.card("alba plant", "boreal engineering")
    # The asking side learns that it was no, and nothing of why.
    assert (asked.stage, asked.closed_reason) == (Stage.CLOSED, ClosedReason.NO_INTEREST)
    assert [contact.note for contact in asked.contacts if contact.direction is Direction.THEIRS] == [
        "We have no room this year."
    ]


def test_a_no_stops_asking_again_and_drops_nothing_that_somebody_planned(stage: Scene) -> None:
    introduction = stage.ask()
    ours, now = stage.card("alba plant", "boreal engineering"), NOW
    start_cadence(stage.session, ours, None, now)
    max_id, due_on = stage.world.people["max"], (now + timedelta(days=9)).date()
    task = plan_follow_up(
        stage.session, ours, FollowUpKind.TASK, "Call", max_id, due_on, "UTC", False, None, None, now
    )
    decline(stage.session, introduction, stage.party(Side.ASKED), now)
    assert ours.stage is Stage.CLOSED
    assert open_follow_ups(stage.session, ours) == [task]


def test_one_no_does_not_end_what_the_two_have_going_already(stage: Scene) -> None:
    introduction = stage.ask()
    for card in (
        stage.card("alba plant", "boreal engineering"),
        stage.card("boreal engineering", "alba plant"),
    ):
        advance_stage(stage.session, card, Stage.FOLLOW_UP, None, NOW)
    decline(stage.session, introduction, stage.party(Side.ASKED), NOW)
    assert stage.card("alba plant", "boreal engineering").stage is Stage.FOLLOW_UP
    assert stage.card("boreal engineering", "alba plant").stage is Stage.FOLLOW_UP


def test_other_times_give_the_other_side_as_long_as_a_new_request(stage: Scene) -> None:
    introduction = stage.ask()
    proposal = introduction.open_proposal
    assert proposal is not None
    late = NOW + timedelta(days=20)
    others = times(wall(4, 10))
    propose_others(stage.session, introduction, others, stage.party(Side.ASKED), late, proposal.id)
    assert introduction.expires_at == late + LIFE_OF_A_REQUEST
    assert proposal.state is ProposalState.SUPERSEDED


def test_an_answer_to_times_that_were_replaced_meanwhile_is_refused(stage: Scene) -> None:
    introduction = stage.ask()
    old = introduction.open_proposal
    assert old is not None
    propose_others(stage.session, introduction, times(wall(3, 15)), stage.party(Side.ASKED), NOW, old.id)
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, old.slots[0], stage.party(Side.ASKED), (), NOW)
    assert refused.value.reason is Refusal.ANSWERED_ALREADY


def test_two_who_answer_at_once_do_not_both_win(stage: Scene) -> None:
    introduction = stage.ask()
    proposal = introduction.open_proposal
    assert proposal is not None
    # Somebody else's transaction settled it after this one had read it: the loaded row still looks open.
    stage.session.execute(
        update(Proposal).where(Proposal.id == proposal.id).values(state=ProposalState.ACCEPTED),
        execution_options={"synchronize_session": False},
    )
    assert proposal.state is ProposalState.OPEN
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, proposal.slots[0], stage.party(Side.ASKED), (), NOW)
    assert refused.value.reason is Refusal.ANSWERED_ALREADY


def test_a_time_that_has_passed_is_not_accepted(stage: Scene) -> None:
    introduction = stage.ask()
    slot = introduction.open_proposal.slots[0]  # type: ignore[union-attr] # It was opened just now.
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, slot, stage.party(Side.ASKED), (), slot.starts_at)
    assert refused.value.reason is Refusal.TIME_PAST


def test_nobody_answers_after_the_end_even_if_no_job_was_at_work(stage: Scene) -> None:
    introduction = stage.ask(stage.request(first=wall(5, 1)))
    slot = introduction.open_proposal.slots[0]  # type: ignore[union-attr] # It was opened just now.
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, slot, stage.party(Side.ASKED), (), NOW + LIFE_OF_A_REQUEST)
    assert refused.value.reason is Refusal.EXPIRED


def test_expiring_late_says_when_it_really_ended_and_happens_once(stage: Scene) -> None:
    introduction = stage.ask()
    assert not expire(stage.session, introduction, NOW + LIFE_OF_A_REQUEST - HOUR)
    week_late = NOW + LIFE_OF_A_REQUEST + timedelta(days=7)
    assert expire(stage.session, introduction, week_late)
    assert introduction.answered_at == NOW + LIFE_OF_A_REQUEST
    assert stage.held() == set()
    assert not expire(stage.session, introduction, week_late)


def test_a_request_that_ran_out_unnoticed_does_not_stand_in_the_way_of_a_new_one(stage: Scene) -> None:
    old = stage.ask()
    later = NOW + LIFE_OF_A_REQUEST + timedelta(days=1)
    new = stage.ask(stage.request(first=wall(4, 1)), now=later)
    assert (old.state, new.state) == (IntroductionState.EXPIRED, IntroductionState.PROPOSED)

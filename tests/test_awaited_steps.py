"""What we wait for from a partner, on cards on which nothing else stands: what, since when, and who may see it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.commitment import Commitment, Ending, Move
from models.commitment_rules import add_move
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, Proposal
from models.next_step import DealtStep
from models.organisation import Unit
from models.outcome import HeardNeed, HeardState, SharedSummary, SummaryState
from models.partnership import Partnership, PartnershipEvent, PartnershipEventKind, PartnershipState
from models.pipeline import PipelineRow
from models.pipeline_filters import PipelineFilters, StepFilter
from models.relationship import ClosedReason, Relationship, RelationshipPerson, Stage
from models.side import Side
from models.step_kind import StepKind
from tests.alba_cards import alba as alba
from tests.alba_cards import dealings_without_meetings, rows_for, rows_of_boreal
from tests.cards import DAY, add_step
from tests.dealings import Dealings
from tests.partnering import add_partnership, move_of
from tests.world import World

NONE = PipelineFilters(step=StepFilter.NONE)
AWAITED = PipelineFilters(step=StepFilter.AWAITED)


def idle_dealings(session: Session, world: World, state: IntroductionState) -> Dealings:
    """Dealings in which nothing is planned and no meeting is ahead, within a write transaction."""
    session.commit()
    dealt = dealings_without_meetings(session, world, state)
    begin_write(session)
    session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
    session.flush()
    return dealt


def card_of_max(session: Session, world: World) -> PipelineRow:
    [row] = rows_for(session, world, "max", PipelineFilters())
    return row


def awaited(session: Session, world: World) -> tuple[StepKind, str, datetime | None] | None:
    """What Max's card waits for. Of the filters one shows it while it waits, the other where nothing stands on it."""
    session.flush()
    row = card_of_max(session, world)
    step = row.awaited_step
    has_nothing = row.dealt_step is None and step is None
    assert bool(rows_for(session, world, "max", NONE)) is has_nothing
    assert bool(rows_for(session, world, "max", AWAITED)) is (step is not None)
    return None if step is None else (step.kind, step.what, step.since)


def test_our_open_times_are_waited_for_since_we_proposed_them_until_they_run_out(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    dealt = idle_dealings(session, world, IntroductionState.PROPOSED)
    introduction = session.get_one(Introduction, dealt.introduction)
    asked_at = utc_now() - 4 * DAY
    session.get_one(Proposal, dealt.proposal).created_at = asked_at
    assert awaited(session, world) == (StepKind.REQUEST, "", asked_at)
    assert card_of_max(session, world).awaited_step == DealtStep(
        StepKind.REQUEST, introduction.id, introduction.expires_at
    )
    introduction.expires_at = utc_now()
    assert awaited(session, world) is None


def test_what_is_ours_to_do_stands_before_what_we_wait_for(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    dealt = idle_dealings(session, world, IntroductionState.PROPOSED)
    add_step(session, session.get_one(Relationship, dealt.ours), "Call them", 20, world.people["max"])
    row = card_of_max(session, world)
    assert (row.step, row.awaited_step) == ("Call them", None)
    assert rows_for(session, world, "max", AWAITED) == []
    [theirs] = rows_of_boreal(session, world, "dora", PipelineFilters())
    assert theirs.dealt_step is not None
    assert theirs.awaited_step is None


def test_a_partnership_and_its_growth_are_waited_for_since_we_proposed_them(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    idle_dealings(session, world, IntroductionState.ACCEPTED)
    session.commit()
    partnering = add_partnership(session, world, state=PartnershipState.PROPOSED)
    begin_write(session)
    partnership = session.get_one(Partnership, partnering.partnership)
    partnership.created_at = utc_now() - 6 * DAY
    assert awaited(session, world) == (StepKind.PARTNERSHIP, "", partnership.created_at)
    partnership.state = PartnershipState.ACTIVE
    for commitment, side in ((partnering.request, Side.ASKING), (partnering.promise, Side.ASKED)):
        move = Move.WITHDRAW if commitment == partnering.request else Move.RELEASE
        add_move(session.get_one(Commitment, commitment), move_of(world, move, side))
    assert awaited(session, world) is None
    partnership.growth_asked_by = Side.ASKING
    asked_at = utc_now() - 2 * DAY
    for at in (asked_at - 9 * DAY, asked_at):
        session.add(
            PartnershipEvent(
                partnership_id=partnership.id,
                kind=PartnershipEventKind.GROWTH_ASKED,
                side=Side.ASKING,
                person_id=world.people["max"],
                at=at,
            )
        )
    assert awaited(session, world) == (StepKind.GROWTH, "", asked_at)


def test_what_a_promise_asks_of_them_is_waited_for_since_their_turn_began(
    alba: tuple[Session, World, Unit],
) -> None:
    """What Max asks of Dora, and what he reports done of his own."""
    session, world, _unit = alba
    idle_dealings(session, world, IntroductionState.ACCEPTED)
    session.commit()
    partnering = add_partnership(session, world)
    begin_write(session)
    promise = session.get_one(Commitment, partnering.promise)
    request = session.get_one(Commitment, partnering.request)
    now = utc_now()

    def make(commitment: Commitment, move: Move, side: Side, days_ago: float) -> datetime:
        at = now - days_ago * DAY
        until = at + DAY if move is Move.DEFER else None
        settles_as = Ending.KEPT_LATE if move is Move.PROPOSE_SETTLEMENT else None
        add_move(commitment, replace(move_of(world, move, side, at), until=until, settles_as=settles_as))
        return at

    for commitment in (promise, request):
        for step in commitment.moves:
            step.made_at = now - 9 * DAY
    reported = make(promise, Move.DELIVER, Side.ASKING, 7)
    assert awaited(session, world) == (StepKind.DELIVERY, "Send the cells", reported)
    make(promise, Move.SATISFIED, Side.ASKED, 6)
    assert awaited(session, world) == (StepKind.OFFER, "Age the cells", now - 9 * DAY)
    put_off = make(request, Move.DEFER, Side.ASKED, 6)
    # It is asked for again from the day to which they put it off.
    assert awaited(session, world) == (StepKind.OFFER, "Age the cells", put_off + DAY)
    agreed = make(request, Move.PROMISE, Side.ASKED, 4)
    assert awaited(session, world) == (StepKind.PROMISE, "Age the cells", agreed)
    make(request, Move.DISPUTE, Side.ASKED, 3)
    assert awaited(session, world) is None
    proposed = make(request, Move.PROPOSE_SETTLEMENT, Side.ASKING, 2)
    assert awaited(session, world) == (StepKind.SETTLEMENT, "Age the cells", proposed)


@pytest.mark.parametrize("kind", [StepKind.SUMMARY, StepKind.HEARD_NEED])
def test_what_we_wrote_down_after_a_talk_is_waited_for_since_then(
    alba: tuple[Session, World, Unit], kind: StepKind
) -> None:
    session, world, _unit = alba
    dealt = idle_dealings(session, world, IntroductionState.ACCEPTED)
    assert awaited(session, world) is None
    written_at = utc_now() - timedelta(hours=30)
    if kind is StepKind.SUMMARY:
        summary = session.get_one(SharedSummary, dealt.summary)
        summary.state, summary.created_at = SummaryState.PROPOSED, written_at
    else:
        heard = session.get_one(HeardNeed, dealt.heard_need)
        heard.state, heard.answered_at, heard.created_at = HeardState.WAITING, None, written_at
    words = "Mentors for theses" if kind is StepKind.HEARD_NEED else ""
    assert awaited(session, world) == (kind, words, written_at)


def test_a_closed_card_says_why_it_is_closed_and_not_what_it_waits_for(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    dealt = idle_dealings(session, world, IntroductionState.PROPOSED)
    ours = session.get_one(Relationship, dealt.ours)
    ours.stage, ours.closed_reason = Stage.CLOSED, ClosedReason.NO_ANSWER
    session.flush()
    for step in (None, StepFilter.NONE):
        filters = PipelineFilters(stages=(Stage.CLOSED,), step=step)
        [row] = rows_for(session, world, "max", filters)
        assert row.awaited_step is None
    assert rows_for(session, world, "max", replace(AWAITED, stages=(Stage.CLOSED,))) == []


def test_what_we_wait_for_shows_only_to_whoever_may_see_what_is_asked(
    alba: tuple[Session, World, Unit],
) -> None:
    """Boris takes part in the card alone, so he may read the notes of it and no introduction."""
    session, world, _unit = alba
    dealt = idle_dealings(session, world, IntroductionState.PROPOSED)
    proposal = session.get_one(Proposal, dealt.proposal)
    proposal.made_by = Side.ASKED
    session.add(RelationshipPerson(relationship_id=dealt.theirs, person_id=world.people["boris"]))
    session.flush()
    for name, kind in (("dora", StepKind.TIMES), ("boris", None)):
        [row] = rows_of_boreal(session, world, name, PipelineFilters())
        assert (row.awaited_step.kind if row.awaited_step else None) is kind, name
    assert session.scalars(select(FollowUp).where(FollowUp.relationship_id == dealt.theirs)).all() == []

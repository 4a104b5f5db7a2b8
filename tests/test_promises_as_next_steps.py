"""Promises as next steps of cards: what they ask of each side, who sees it, and where the card then stands."""

from dataclasses import replace

from sqlalchemy.orm import Session

from models.actor import load_actor
from models.base import utc_now
from models.commitment import Commitment, Ending, Move
from models.commitment_rules import add_move, standing_of_commitment
from models.commitment_standing import Terms
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import IntroductionState
from models.next_step import DealtStep, dealt_steps_of, steps_between
from models.organisation import Unit
from models.partnership import ClosingReason, Partnership, PartnershipState
from models.pipeline import table_rows
from models.pipeline_filters import PipelineFilters, Sort, StepFilter
from models.relationship import RelationshipPerson
from models.side import Side
from models.step_kind import StepKind
from models.turn import Turn, turn_between
from tests.alba_cards import alba as alba
from tests.alba_cards import dealings_without_meetings, dealt_steps_for, rows_for, scope_of
from tests.cards import DAY, add_card, add_step
from tests.partnering import add_partnership, move_of
from tests.world import World


def test_a_promise_that_we_owe_is_our_next_step_until_it_is_delivered(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    add_move(session.get_one(Commitment, partnering.request), move_of(world, Move.WITHDRAW, Side.ASKING))
    session.flush()
    promise = session.get_one(Commitment, partnering.promise)
    terms = promise.moves[0]
    owed = DealtStep(StepKind.PROMISE, promise.id, terms.due_at, terms.due_on, "Send the cells")
    for name, steps in (("max", [owed]), ("olga", [owed]), ("dora", [None]), ("ada", [])):
        assert dealt_steps_for(session, world, name) == steps, name
    assert rows_for(session, world, "olga", PipelineFilters(step=StepFilter.NONE)) == []
    assert rows_for(session, world, "olga", PipelineFilters(step=StepFilter.OVERDUE)) == []
    terms.due_at = utc_now() - DAY
    session.flush()
    assert len(rows_for(session, world, "olga", PipelineFilters(step=StepFilter.OVERDUE))) == 1
    add_move(promise, move_of(world, Move.DELIVER, Side.ASKING))
    session.flush()
    assert dealt_steps_for(session, world, "max") == [None]
    assert rows_for(session, world, "olga", PipelineFilters(step=StepFilter.OVERDUE)) == []


def test_what_a_promise_asks_of_a_side_is_its_next_step_and_its_turn(
    alba: tuple[Session, World, Unit],
) -> None:
    """One request, from the first word to the last, as it shows on the cards of Max, who asks, and of Dora."""
    session, world, _unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    add_move(session.get_one(Commitment, partnering.promise), move_of(world, Move.RELEASE, Side.ASKED))
    request = session.get_one(Commitment, partnering.request)
    now, terms = utc_now(), request.moves[0]
    due_at = terms.due_at
    assert due_at is not None
    theirs, answer = Turn.THEIR_ANSWER, Turn.OUR_ANSWER

    def told(days: float) -> tuple[StepKind | None, Turn, StepKind | None, Turn]:
        """The next step and the turn so many days from now, as Max and as Dora read them."""
        read: list[tuple[StepKind | None, Turn]] = []
        for name, card in (("max", dealt.ours), ("dora", dealt.theirs)):
            actor, at = load_actor(session, world.people[name]), now + days * DAY
            ours, others = steps_between(session, actor, card, at)
            first = dealt_steps_of(session, actor, [card], at).get(card)
            assert first == (ours[0] if ours else None)
            read.append((first.kind if first else None, turn_between(ours, others, at)))
        return (*read[0], *read[1])

    def make(move: Move, side: Side, days: float, terms: Terms | None = None) -> None:
        step = move_of(world, move, side, now + days * DAY)
        until = step.at + 5 * DAY if move is Move.DEFER else None
        settles_as = Ending.KEPT_LATE if move is Move.PROPOSE_SETTLEMENT else None
        add_move(request, replace(step, until=until, settles_as=settles_as, terms=terms))
        session.flush()
        # The rules would have allowed it.
        standing_of_commitment(request, step.at)

    assert told(0) == (None, theirs, StepKind.OFFER, answer)
    make(Move.DEFER, Side.ASKED, 1)
    assert told(2) == (None, Turn.NOBODY, StepKind.DEFERRED, Turn.NOBODY)
    assert told(7) == (None, theirs, StepKind.OFFER, answer)
    make(Move.PROMISE, Side.ASKED, 7)
    assert told(8) == (None, Turn.THEIR_PROMISE, StepKind.PROMISE, Turn.OUR_PROMISE)
    assert told(21) == (None, Turn.THEIR_LATE_PROMISE, StepKind.PROMISE, Turn.OUR_LATE_PROMISE)
    make(Move.ASK_CHANGE, Side.ASKED, 8, Terms("Age ten", due_at.date(), due_at + 9 * DAY, "", 2))
    # The old day holds until they agree to another one.
    assert told(9) == (StepKind.CHANGE, answer, StepKind.CHANGE_WAITS, theirs)
    assert dealt_steps_for(session, world, "dora") == [
        DealtStep(StepKind.CHANGE_WAITS, request.id, due_at, terms.due_on, "Age the cells")
    ]
    make(Move.AGREE_CHANGE, Side.ASKING, 10)
    assert told(21) == (None, Turn.THEIR_PROMISE, StepKind.PROMISE, Turn.OUR_PROMISE)
    make(Move.DELIVER, Side.ASKED, 11)
    assert told(12) == (StepKind.DELIVERY, answer, None, theirs)
    assert told(26) == (None, Turn.NOBODY, None, Turn.NOBODY)
    make(Move.DISPUTE, Side.ASKING, 12)
    assert told(13) == (StepKind.DISPUTE, Turn.DISPUTE, StepKind.DISPUTE, Turn.DISPUTE)
    make(Move.PROPOSE_SETTLEMENT, Side.ASKED, 14)
    assert told(15) == (StepKind.SETTLEMENT, answer, None, theirs)
    make(Move.ACCEPT_SETTLEMENT, Side.ASKING, 16)
    assert told(17) == (None, Turn.NOBODY, None, Turn.NOBODY)


def test_a_promise_asks_nothing_where_the_partnership_never_began(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    add_partnership(session, world, state=PartnershipState.WITHDRAWN)
    assert dealt_steps_for(session, world, "max") == [None]


def test_what_is_owed_stays_the_next_step_when_its_partnership_is_closed(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    partnership = session.get_one(Partnership, partnering.partnership)
    partnership.state, partnership.closed_at = PartnershipState.CLOSED, utc_now()
    partnership.closing_reason = ClosingReason.REACHED
    session.flush()
    assert [step and step.what for step in dealt_steps_for(session, world, "max")] == ["Send the cells"]


def test_a_promise_shows_only_to_whoever_may_see_it(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    request = session.get_one(Commitment, partnering.request)
    add_move(request, move_of(world, Move.PROMISE, Side.ASKED))
    # Boris takes part in the card alone, so he may read the notes of it and no promise.
    session.add(RelationshipPerson(relationship_id=dealt.theirs, person_id=world.people["boris"]))
    session.flush()
    assert [step and step.what for step in dealt_steps_for(session, world, "dora")] == ["Age the cells"]
    assert dealt_steps_for(session, world, "boris") == [None]


def test_cards_stand_in_the_order_of_the_steps_that_they_show(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
    for name, days in (("Late", -2), ("Soon", 3), ("Far", 30), ("Never", None)):
        ours = add_card(session, unit, name)
        if days is not None:
            add_step(session, ours, "Write", days, world.people["max"])

    def order() -> list[str]:
        scope = scope_of(session, world, "max")
        rows = table_rows(session, scope, PipelineFilters(), {}, utc_now(), Sort.NEXT, 100, 0)
        return [row.partner for row in rows]

    promised = "Boreal University"
    assert order() == ["Late", "Soon", promised, "Far", "Never"]
    # Somebody waits for this answer, which has no last day.
    session.get_one(Partnership, partnering.partnership).growth_asked_by = Side.ASKED
    session.flush()
    assert order() == ["Late", promised, "Soon", "Far", "Never"]
    session.get_one(Commitment, partnering.promise).moves[0].due_at = utc_now() - 5 * DAY
    session.flush()
    assert order() == [promised, "Late", "Soon", "Far", "Never"]

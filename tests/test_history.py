"""What happened here between two sides, as a signal: read through the policy, and unknown for newcomers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from matching.answers import Request
from matching.history import history_with
from matching.ranking import rank_partners
from matching.replies import LEAST_ASKING, Replies, ReplyWord, read_replies
from matching.signals import Taste
from models.actor import Actor, load_actor
from models.base import utc_now
from models.commitment import Move
from models.commitment_rules import add_move
from models.commitment_standing import Step
from models.database import begin_write
from models.introduction import Introduction, IntroductionState
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.outcome import Decision, Outcome
from models.partnership import Partnership
from models.relationship import ClosedReason, Relationship, Stage
from models.side import Side
from tests.dealings import add_dealings
from tests.many_dealings import add_many_dealings
from tests.partnering import add_commitment, add_partnership
from tests.statements import questions, sent_statements
from tests.world import World
from web.database import db
from web.matcher import matcher


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def actor(session: Session, world: World, name: str) -> Actor:
    return load_actor(session, world.people[name])


def test_without_dealings_nothing_is_known(session: Session, world: World) -> None:
    assert history_with(session, world.organisations["alba"], actor(session, world, "olga"), utc_now()) == {}


def test_our_own_dealings_are_known_to_our_office_and_those_who_take_part(
    session: Session, world: World
) -> None:
    add_dealings(session, world)
    alba, boreal = world.organisations["alba"], world.organisations["boreal"]
    between = history_with(session, alba, actor(session, world, "olga"), utc_now())[boreal]
    assert (between.went_on, between.stopped, between.heard) == (1, 0, 1)
    assert between.signal > 0.5
    assert boreal in history_with(session, alba, actor(session, world, "max"), utc_now())


def test_what_one_side_keeps_to_itself_moves_nothing_of_anybody_else(session: Session, world: World) -> None:
    dealings = add_dealings(session, world)
    begin_write(session)
    session.get_one(Relationship, dealings.theirs).stage = Stage.CLOSED
    session.get_one(Relationship, dealings.theirs).closed_reason = ClosedReason.NO_INTEREST
    session.commit()
    now = utc_now()
    alba, corvus = world.organisations["alba"], world.organisations["corvus"]
    ours = history_with(session, alba, actor(session, world, "olga"), now)[world.organisations["boreal"]]
    assert not ours.has_ended_badly
    assert history_with(session, corvus, actor(session, world, "carl"), now) == {}
    # Not even by asking in another organisation's name.
    assert history_with(session, alba, actor(session, world, "carl"), now) == {}
    # Mia writes for the unit and takes no part: notes and outcomes are not hers to read.
    assert history_with(session, world.organisations["boreal"], actor(session, world, "mia"), now) == {}


def test_stopping_and_no_interest_speak_against(session: Session, world: World) -> None:
    dealings = add_dealings(session, world)
    begin_write(session)
    session.get_one(Outcome, dealings.outcome).decision = Decision.STOP
    ours = session.get_one(Relationship, dealings.ours)
    ours.stage, ours.closed_reason = Stage.CLOSED, ClosedReason.NO_INTEREST
    session.commit()
    found = history_with(session, world.organisations["alba"], actor(session, world, "olga"), utc_now())
    assert found[world.organisations["boreal"]].signal < 0.4


def test_promises_that_they_kept_to_us_speak_for_them_and_broken_ones_against(
    session: Session, world: World
) -> None:
    made = add_partnership(session, world)
    alba, boreal = world.organisations["alba"], world.organisations["boreal"]
    max_, dora = world.people["max"], world.people["dora"]

    def promised(ending: Move) -> None:
        begin_write(session)
        now = utc_now()
        partnership = session.get_one(Partnership, made.partnership)
        promise = add_commitment(session, partnership, Side.ASKED, Side.ASKED, dora, "Age the cells")
        add_move(promise, Step(Move.SEND, Side.ASKED, dora, now))
        add_move(promise, Step(Move.PROMISE, Side.ASKING, max_, now))
        if ending is Move.SATISFIED:
            add_move(promise, Step(Move.DELIVER, Side.ASKED, dora, now, text="Here they are"))
            add_move(promise, Step(Move.SATISFIED, Side.ASKING, max_, now))
        else:
            add_move(promise, Step(Move.REVOKE, Side.ASKED, dora, now, text="We cannot"))
        session.commit()

    olga = actor(session, world, "olga")
    assert history_with(session, alba, olga, utc_now()) == {}
    promised(Move.SATISFIED)
    kept = history_with(session, alba, olga, utc_now())[boreal]
    assert (kept.kept, kept.broken) == (1, 0)
    assert kept.signal > 0.5
    promised(Move.REVOKE)
    assert history_with(session, alba, olga, utc_now())[boreal].signal < kept.signal
    # What Alba was promised says nothing about how Alba keeps promises.
    assert history_with(session, boreal, actor(session, world, "dora"), utc_now()) == {}


def test_history_is_read_in_as_many_statements_for_sixty_partners_as_for_one(
    session: Session, world: World
) -> None:
    add_dealings(session, world)
    add_partnership(session, world)
    olga = actor(session, world, "olga")
    alba = world.organisations["alba"]

    def statements() -> list[str]:
        session.rollback()
        with sent_statements(session.get_bind().engine) as sent:
            assert history_with(session, alba, olga, utc_now())
            read_replies(session, utc_now())
        return questions(sent)

    one = statements()
    add_many_dealings(session, world, 59)
    add_partnership(session, world, asked="corvus", answerer="carl")
    sixty = statements()
    assert len(sixty) == len(one), "\n".join(sixty)
    assert len(history_with(session, alba, olga, utc_now())) > 10


ASKED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
READ_AT = datetime(2026, 6, 1, tzinfo=UTC)


def asking(session: Session, asking_ids: list[int], asked_id: int, state: IntroductionState) -> None:
    begin_write(session)
    for asking_id in asking_ids:
        session.add(
            Introduction(
                asking_organisation_id=asking_id,
                asking_unit_id=session.get_one(Organisation, asking_id).root_unit.id,
                asked_organisation_id=asked_id,
                asked_unit_id=session.get_one(Organisation, asked_id).root_unit.id,
                asked_by_id=1,
                purpose="To meet",
                state=state,
                created_at=ASKED_AT,
                expires_at=ASKED_AT + timedelta(days=21),
                answered_at=ASKED_AT + timedelta(days=22 if state is IntroductionState.EXPIRED else 2),
            )
        )
    session.commit()


def askers(session: Session, count: int) -> list[int]:
    begin_write(session)
    made = []
    for number in range(count):
        organisation = Organisation(
            name=f"Asker {number}",
            kind=OrganisationKind.COMPANY,
            state=OrganisationState.APPROVED,
            sector=Sector.ENERGY,
        )
        session.add(organisation)
        session.flush()
        session.add(Unit(organisation_id=organisation.id, name=f"Asker {number}"))
        made.append(organisation.id)
    session.commit()
    return made


def test_who_answers_is_told_in_words_only_once_enough_organisations_asked(
    session: Session, world: World
) -> None:
    boreal, corvus = world.organisations["boreal"], world.organisations["corvus"]
    many = askers(session, LEAST_ASKING)
    asking(session, many[:2] * 4, boreal, IntroductionState.ACCEPTED)
    assert read_replies(session, READ_AT).word(boreal) is ReplyWord.UNKNOWN, (
        "two askers would know each other"
    )
    asking(session, many[:-1], corvus, IntroductionState.DECLINED)
    assert read_replies(session, READ_AT).word(corvus) is ReplyWord.UNKNOWN, "four organisations say little"
    asking(session, many[2:], boreal, IntroductionState.ACCEPTED)
    asking(session, many[-1:], corvus, IntroductionState.EXPIRED)
    asking(session, many, corvus, IntroductionState.EXPIRED)
    found = read_replies(session, READ_AT)
    assert found.word(boreal) is ReplyWord.USUALLY
    assert found.word(corvus) is ReplyWord.SOMETIMES
    assert found.signals[boreal] > 0.5 > found.signals[corvus]
    assert set(found.likelihoods) == {boreal, corvus}, "a newcomer is neutral"


def test_answers_are_shrunk_to_the_mean_of_the_network(session: Session, world: World) -> None:
    boreal, corvus = world.organisations["boreal"], world.organisations["corvus"]
    many = askers(session, 10)
    asking(session, many[:5], boreal, IntroductionState.ACCEPTED)
    asking(session, many, corvus, IntroductionState.EXPIRED)
    found = read_replies(session, READ_AT)
    assert found.mean == pytest.approx(1 / 3)
    assert found.likelihoods[boreal] == pytest.approx((5 + 5 / 3) / 10)
    assert found.likelihoods[corvus] == pytest.approx((0 + 5 / 3) / 15)


def test_who_asks_again_and_again_counts_once_with_the_latest_request(session: Session, world: World) -> None:
    boreal = world.organisations["boreal"]
    many = askers(session, 5)
    asking(session, many, boreal, IntroductionState.ACCEPTED)
    asking(session, many[:1] * 30, boreal, IntroductionState.EXPIRED)
    found = read_replies(session, READ_AT)
    assert found.mean == pytest.approx(4 / 5), "one rival is one of five"
    assert found.word(boreal) is ReplyWord.USUALLY
    asking(session, many[:1], boreal, IntroductionState.DECLINED)
    assert read_replies(session, READ_AT).mean == 1, "the latest one counts"


def test_a_no_is_an_answer(session: Session, world: World) -> None:
    boreal = world.organisations["boreal"]
    asking(session, askers(session, LEAST_ASKING), boreal, IntroductionState.DECLINED)
    assert read_replies(session, READ_AT).word(boreal) is ReplyWord.USUALLY


def test_a_request_that_was_taken_back_or_still_waits_counts_for_nobody(
    session: Session, world: World
) -> None:
    boreal = world.organisations["boreal"]
    many = askers(session, 6)
    asking(session, many, boreal, IntroductionState.WITHDRAWN)
    asking(session, many, boreal, IntroductionState.ACCEPTED)
    assert read_replies(session, ASKED_AT + timedelta(days=1)) == Replies({}, 0.5)
    assert read_replies(session, READ_AT).mean == 1
    assert read_replies(session, READ_AT + timedelta(days=365)) == Replies({}, 0.5)


def test_history_moves_the_order_until_a_person_switches_it_off(session: Session, world: World) -> None:
    add_dealings(session, world)
    olga = actor(session, world, "olga")

    def moved(taste: Taste) -> tuple[float, float]:
        wanted = Request(unit_id=world.units["alba"], taste=taste)
        match = rank_partners(session, matcher().index, wanted, olga, utc_now()).best[0]
        assert match.between is not None
        return match.moved.history, match.rank_value

    counted, value = moved(Taste())
    ignored, value_without = moved(Taste(history_counts=False))
    assert counted > ignored == 0
    assert value > value_without

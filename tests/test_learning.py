"""What the ranking learns from use: which weights are in force, and whether they can be taken back."""

from datetime import timedelta

from sqlalchemy.orm import Session

from matching.learning import current_weights
from matching.signals import DEFAULT_WEIGHTS, SignalWeights
from models.base import utc_now
from models.database import begin_write
from models.ranking_weights import RankingWeights

LEARNED = SignalWeights(nearness=1.0, activity=2.0, freshness=0.5, history=0.25, reply=0.0)


def learn(session: Session, nearness: float, *, is_taken_back: bool = False) -> None:
    begin_write(session)
    session.add(
        RankingWeights(
            nearness=nearness,
            activity=LEARNED.activity,
            freshness=LEARNED.freshness,
            history=LEARNED.history,
            reply=LEARNED.reply,
            learned_from="a test",
            taken_back_at=utc_now() + timedelta(days=1) if is_taken_back else None,
        )
    )
    session.commit()


def test_without_learned_weights_those_of_the_program_are_in_force(either_session: Session) -> None:
    assert current_weights(either_session) == DEFAULT_WEIGHTS


def test_the_newest_learned_weights_that_were_not_taken_back_are_in_force(either_session: Session) -> None:
    learn(either_session, 5.0)
    learn(either_session, LEARNED.nearness)
    learn(either_session, 4.0, is_taken_back=True)
    assert current_weights(either_session) == LEARNED

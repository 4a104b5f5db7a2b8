"""Introductions that take the places of posts, and a limit to how many there are."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.introduction import (
    Introduction,
    IntroductionPost,
    IntroductionState,
)
from models.organisation import Unit
from models.person import Person
from models.post import Post


def introduce(
    session: Session,
    asking_unit: int,
    asked_unit: int,
    post_ids: list[int],
    state: IntroductionState = IntroductionState.ACCEPTED,
    expires_at: datetime | None = None,
) -> None:
    """Write one introduction between two units that cites posts."""
    begin_write(session)
    person = session.query(Person).first()
    if person is None:
        person = Person(name="Olga", email="olga@example.org")
        session.add(person)
        session.flush()
    units = {unit_id: session.get_one(Unit, unit_id) for unit_id in (asking_unit, asked_unit)}
    introduction = Introduction(
        asking_organisation_id=units[asking_unit].organisation_id,
        asking_unit_id=asking_unit,
        asked_organisation_id=units[asked_unit].organisation_id,
        asked_unit_id=asked_unit,
        asked_by_id=person.id,
        purpose="Meet",
        state=state,
        expires_at=expires_at or utc_now() + timedelta(days=21),
        answered_at=None if state is IntroductionState.PROPOSED else utc_now(),
        posts=[IntroductionPost(post_id=post_id) for post_id in post_ids],
    )
    session.add(introduction)
    session.commit()


def limit(session: Session, post_id: int, partners: int) -> None:
    begin_write(session)
    session.execute(update(Post).where(Post.id == post_id).values(partner_limit=partners))
    session.commit()

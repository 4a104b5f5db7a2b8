"""How the board and the table take 5,000 relationships: statements and processor time, against a page of one card.

Each relationship has a next step and two moves behind it. Run: ``python -m tests.benchmarks.bench_board [cards]``
"""

import sys
from datetime import timedelta

from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.organisation import Unit
from models.relationship import Stage, StageChange
from tests.benchmarks.growth import print_growth
from tests.cards import add_card, add_step
from tests.world import World

STAGES = (Stage.SUGGESTED, Stage.INTRODUCED, Stage.MEETING, Stage.FOLLOW_UP, Stage.PARTNERSHIP, Stage.CLOSED)
ROOT = "/units/{unit}/pipeline/"
PAGES = {
    "board": ROOT,
    "board, closed too": ROOT + "?stage=all",
    "board, cold ones": ROOT + "?quietness=cold",
    "board, by name": ROOT + "?text=partner%2012",
    "table": ROOT + "table",
    "table by quiet, page 2": ROOT + "table?sort=quiet&page=2",
}


def add_cards(session: Session, world: World, cards: int) -> None:
    begin_write(session)
    now = utc_now()
    unit = session.get_one(Unit, world.units["alba plant"])
    for number in range(cards):
        stage = STAGES[number % len(STAGES)]
        ours = add_card(
            session, unit, f"Partner {number}", stage, world.people["max"], number % 90, number % 70
        )
        add_step(session, ours, "Send the plan", number % 60 - 20, world.people["max"])
        for days, before, after in (
            (100 + number % 50, Stage.SUGGESTED, Stage.INTRODUCED),
            (number % 70, Stage.INTRODUCED, stage),
        ):
            session.add(
                StageChange(
                    relationship_id=ours.id,
                    at=now - timedelta(days=days),
                    from_stage=before,
                    to_stage=after,
                )
            )
    session.commit()


if __name__ == "__main__":
    print_growth(PAGES, add_cards, int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)

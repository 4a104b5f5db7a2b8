"""The timeline as a picture: a lane for each side, a mark for each promise on the day it ended or is due."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from models.commitment import KEPT_IN_TIME, WORD_BROKEN, Ending
from models.commitment_standing import Standing, State
from models.partnership import Partnership
from models.promises import Promise
from models.side import Side
from web.commitments.words import ENDINGS, STATES
from web.labels import day_of
from web.localisation import gettext
from web.sides import side_name

# Of the drawing, in its own units; the marks keep off the edges.
WIDTH, MARGIN = 600.0, 10.0
LANES = {True: 18, False: 50}


@dataclass(frozen=True)
class Mark:
    """``shape``: kept, late, broken, open or quiet. ``words`` say the same for whoever points at it."""

    x: float
    y: int
    shape: str
    words: str


@dataclass(frozen=True)
class Picture:
    marks: list[Mark]
    today: float
    first_day: str
    last_day: str
    our_name: str
    their_name: str
    words: str


def picture_of(
    partnership: Partnership, promises: Collection[Promise], side: Side, now: datetime
) -> Picture | None:
    """The promises that were agreed, between the first day and the last; None before there are two."""
    agreed = [promise.standing for promise in promises if promise.standing.agreed_at is not None]
    if len(agreed) < 2:
        return None
    moments = [standing.agreed_at for standing in agreed if standing.agreed_at is not None]
    first, last = min(moments), max([now, *(_moment(standing) for standing in agreed)])
    names = {each: side_name(partnership, each) for each in Side}
    marks = [
        Mark(
            x=_place(_moment(standing), first, last),
            y=LANES[standing.performer is side],
            shape=_shape(standing),
            words=f"{standing.terms.what}: {_words(standing)}, {day_of(_moment(standing))}",
        )
        for standing in agreed
    ]
    return Picture(
        marks=marks,
        today=_place(now, first, last),
        first_day=day_of(first),
        last_day=day_of(last),
        our_name=names[side],
        their_name=names[side.other],
        words=gettext(
            "%(number)s promises from %(first)s to %(last)s. The list beneath tells each of them.",
            number=len(agreed),
            first=day_of(first),
            last=day_of(last),
        ),
    )


def _moment(standing: Standing) -> datetime:
    return standing.ended_at or standing.terms.due_at


def _place(moment: datetime, first: datetime, last: datetime) -> float:
    share = (moment - first) / (last - first) if last > first else 0.0
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)


def _shape(standing: Standing) -> str:
    if standing.ending in KEPT_IN_TIME:
        return "kept"
    if standing.ending is Ending.KEPT_LATE:
        return "late"
    if standing.ending in WORD_BROKEN or standing.state is State.OVERDUE:
        return "broken"
    return "open" if standing.ending is None else "quiet"


def _words(standing: Standing) -> str:
    return str(ENDINGS[standing.ending] if standing.ending else STATES[standing.state][0])

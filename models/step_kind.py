"""The kinds of next steps that dealings themselves ask for, and which of them the other side waits for."""

from enum import StrEnum


class StepKind(StrEnum):
    """Our answer to a request, to other times or times of a further meeting, to a proposed partnership, to its growth;
    to how they sum up a meeting, to a need that they heard of us; to an offered or wanted promise, at once or from a
    day on (``deferred``), to a change of one, to what was done, to a settlement. What we owe; the end of a dispute;
    their answer to the change that we asked for (``change_waits``). A meeting ahead; an outcome that we have not told.
    """

    REQUEST = "request"
    TIMES = "times"
    PARTNERSHIP = "partnership"
    GROWTH = "growth"
    SUMMARY = "summary"
    HEARD_NEED = "heard_need"
    OFFER = "offer"
    DEFERRED = "deferred"
    CHANGE = "change"
    DELIVERY = "delivery"
    SETTLEMENT = "settlement"
    PROMISE = "promise"
    DISPUTE = "dispute"
    CHANGE_WAITS = "change_waits"
    MEETING = "meeting"
    OUTCOME = "outcome"


# The other side waits for these words now.
ANSWERS = frozenset(
    {
        StepKind.REQUEST,
        StepKind.TIMES,
        StepKind.PARTNERSHIP,
        StepKind.GROWTH,
        StepKind.SUMMARY,
        StepKind.HEARD_NEED,
        StepKind.OFFER,
        StepKind.CHANGE,
        StepKind.DELIVERY,
        StepKind.SETTLEMENT,
    }
)
ABOUT_PROMISES = frozenset(
    {
        StepKind.OFFER,
        StepKind.DEFERRED,
        StepKind.CHANGE,
        StepKind.DELIVERY,
        StepKind.SETTLEMENT,
        StepKind.PROMISE,
        StepKind.DISPUTE,
        StepKind.CHANGE_WAITS,
    }
)

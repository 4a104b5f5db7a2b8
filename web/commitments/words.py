"""The words of commitments: states, moves, endings and refusals, each in the reader's language."""

from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from models.commitment import Ending, Move
from models.commitment_rules import Refusal
from models.commitment_standing import Standing, State
from models.side import Side
from web.localisation import lazy_gettext as _

# The word, and the kind of chip it is shown in.
STATES: dict[State, tuple[LazyString, str]] = {
    State.DRAFT: (_("Draft"), "plain"),
    State.PROPOSED: (_("Waits for an answer"), "warning"),
    State.COUNTERED: (_("Other terms proposed"), "warning"),
    State.DEFERRED: (_("Put off"), "plain"),
    State.DECLINED: (_("Declined"), "plain"),
    State.WITHDRAWN: (_("Taken back"), "plain"),
    State.AGREED: (_("Agreed"), "plain"),
    State.CHANGE_ASKED: (_("Change asked for"), "warning"),
    State.OVERDUE: (_("Overdue"), "danger"),
    State.DELIVERED: (_("Reported done"), "warning"),
    State.KEPT: (_("Kept"), "ok"),
    State.BROKEN: (_("Broken"), "danger"),
    State.REVOKED: (_("Promise taken back"), "plain"),
    State.RELEASED: (_("No longer needed"), "plain"),
    State.EXPIRED: (_("Condition never held"), "plain"),
    State.DISPUTED: (_("In dispute"), "warning"),
}

ENDINGS: dict[Ending, LazyString] = {
    Ending.KEPT_ON_TIME: _("Kept on time"),
    Ending.KEPT_RENEGOTIATED: _("Kept at the new date"),
    Ending.KEPT_LATE: _("Kept late"),
    Ending.KEPT_UNCONFIRMED: _("Reported done, never confirmed"),
    Ending.BROKEN: _("Broken"),
    Ending.REVOKED_IN_TIME: _("Taken back before it was due"),
    Ending.REVOKED_LATE: _("Taken back after it was due"),
    Ending.RELEASED: _("No longer needed"),
    Ending.EXPIRED: _("Ended, because its condition never held"),
}

IMPORTANCES: dict[int, LazyString] = {
    1: _("Good to have"),
    2: _("Important"),
    3: _("A lot depends on it"),
}

# Why a move is refused, and what to do instead.
REFUSALS: dict[Refusal, LazyString] = {
    Refusal.NOT_NOW: _("This is not possible as the promise stands now. Look below at what has happened."),
    Refusal.OTHER_SIDES_MOVE: _("This is for the other side to say."),
    Refusal.SAME_PERSON: _(
        "You made the last move yourself. Somebody else has to answer it, so that a promise always has two people."
    ),
    Refusal.COMMENT_MISSING: _("Write a sentence, so that the other side knows what you mean."),
    Refusal.EVIDENCE_MISSING: _(
        "A lot depends on this promise, so say where the other side can see the result: a link, a document, a person."
    ),
    Refusal.TERMS_MISSING: _("Say what is promised and by when."),
    Refusal.DATE_PASSED: _("The date is over. Agree on a later one."),
    Refusal.DAY_MISSING: _("Choose a day after today."),
    Refusal.GRACE_RUNS: _(
        "A promise can be called broken a week after it was due, not before. Ask how it is going."
    ),
    Refusal.NO_CONDITION: _("There is no condition that still waits."),
    Refusal.SETTLEMENT_MISSING: _("Choose how it should be counted."),
}


@dataclass(frozen=True)
class MoveWords:
    """``button`` offers the move, ``done`` tells it in the history after a name, ``lead`` explains it (``lead_of``)."""

    button: LazyString
    done: LazyString
    lead: LazyString


MOVES: dict[Move, MoveWords] = {
    Move.DRAFT: MoveWords(
        _("Change the draft"), _("wrote a draft"), _("The other side does not see a draft.")
    ),
    Move.SEND: MoveWords(_("Send"), _("sent it"), _("The other side reads it and answers.")),
    Move.PROMISE: MoveWords(
        _("Agree"), _("agreed"), _("From now on it is a promise: what, who and by when are fixed.")
    ),
    Move.COUNTER: MoveWords(
        _("Propose other terms"), _("proposed other terms"), _("Say what you can agree to. They answer.")
    ),
    Move.ACCEPT: MoveWords(_("Agree"), _("agreed"), _("From now on it is a promise at the terms above.")),
    Move.DECLINE: MoveWords(_("Decline"), _("declined"), _("Nothing is owed. A reason helps them.")),
    Move.DEFER: MoveWords(
        _("Answer later"), _("put the answer off"), _("It comes back to you on the day that you choose.")
    ),
    Move.WITHDRAW: MoveWords(
        _("Take it back"), _("took it back"), _("Nothing is owed. It can be written again.")
    ),
    Move.CONDITION_MET: MoveWords(
        _("The condition holds"),
        _("said that the condition holds"),
        _("From now on the promise can become overdue."),
    ),
    Move.DELIVER: MoveWords(
        _("Report it done"), _("reported it done"), _("They confirm it or say what is missing.")
    ),
    Move.ASK_CHANGE: MoveWords(
        _("Ask for a change"),
        _("asked for a change"),
        _("Ask before it is due: a new date that both agree on in time is no broken word."),
    ),
    Move.AGREE_CHANGE: MoveWords(
        _("Agree to the change"), _("agreed to the change"), _("The new terms hold.")
    ),
    Move.REFUSE_CHANGE: MoveWords(
        _("Keep it as it was"), _("kept the terms as they were"), _("The promise stays as it was agreed.")
    ),
    Move.REVOKE: MoveWords(
        _("Take the promise back"),
        _("took the promise back"),
        _("Say why. Before it is due this weighs little, afterwards as much as a broken promise."),
    ),
    Move.RELEASE: MoveWords(
        _("We no longer need it"), _("no longer need it"), _("The promise ends and counts for nobody.")
    ),
    Move.SATISFIED: MoveWords(
        _("Confirm that it is done"),
        _("confirmed it"),
        _("It then counts as kept, on time or late by the day it was done."),
    ),
    Move.NOT_SATISFIED: MoveWords(
        _("Something is missing"), _("said what is missing"), _("It goes back to them with what you write.")
    ),
    Move.MARK_BROKEN: MoveWords(
        _("Call it broken"), _("called it broken"), _("Both sides see it. They may dispute it.")
    ),
    Move.DISPUTE: MoveWords(
        _("Dispute it"), _("disputed it"), _("It leaves the count until you settle it together.")
    ),
    Move.END_DISPUTE: MoveWords(
        _("End the dispute"), _("ended the dispute"), _("It counts again as it did before.")
    ),
    Move.PROPOSE_SETTLEMENT: MoveWords(
        _("Propose a settlement"), _("proposed a settlement"), _("It counts as you propose once they agree.")
    ),
    Move.ACCEPT_SETTLEMENT: MoveWords(
        _("Agree to the settlement"), _("agreed to the settlement"), _("It counts as they propose.")
    ),
}


def lead_of(move: Move, standing: Standing) -> LazyString:
    """What explains the page of the move, as the promise stands."""
    if move is Move.ASK_CHANGE and standing.state is State.OVERDUE:
        return _(
            "The date is over, so it counts as late even at a new date. It still tells them when to expect it."
        )
    return MOVES[move].lead


def what_next(standing: Standing, side: Side) -> LazyString:
    """One sentence about whose turn it is, told to somebody of ``side``."""
    is_ours = standing.turn is side
    match standing.state:
        case State.DRAFT:
            return _("Only your side sees this draft. Send it when it is ready.")
        case State.PROPOSED | State.COUNTERED:
            return _("They wait for your answer.") if is_ours else _("You wait for their answer.")
        case State.AGREED:
            return _("You owe this.") if is_ours else _("They owe you this.")
        case State.OVERDUE:
            return (
                _("You owe this and the date is over.")
                if is_ours
                else _("They owe you this and the date is over.")
            )
        case State.CHANGE_ASKED:
            return (
                _("They ask you to change it.")
                if is_ours
                else _("You asked for a change and wait for their answer.")
            )
        case State.DELIVERED:
            return (
                _("They say it is done. Confirm it or say what is missing.")
                if is_ours
                else _(
                    "You reported it done and wait for their word. Without one it counts as unconfirmed after 14 days."
                )
            )
        case State.DISPUTED:
            return _("The two sides see it differently. It does not count until they settle it.")
        case State.DEFERRED:
            return _("The answer was put off. It comes back on the day that was named.")
    return _("Nothing is left to do.")

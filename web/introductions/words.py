"""The words of introductions: states, refusals, polite ways to decline, and whose turn it is in one sentence."""

from flask_babel import LazyString

from models.asking import EarlierContact, IntroductionRefused, Refusal, are_in_network
from models.base import utc_now
from models.booking import Conflict
from models.closing import closed_organisation_of
from models.introduction import Introduction, IntroductionState
from models.meeting import MeetingState
from models.relationship import ClosedReason
from models.side import Side
from web.labels import day_of
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.sides import side_name

STATES: dict[IntroductionState, LazyString] = {
    IntroductionState.PROPOSED: _("Waiting for an answer"),
    IntroductionState.ACCEPTED: _("Accepted"),
    IntroductionState.DECLINED: _("Declined"),
    IntroductionState.EXPIRED: _("Ended without an answer"),
    IntroductionState.WITHDRAWN: _("Withdrawn"),
}

POLITE_WORDS: dict[str, LazyString] = {
    "not_now": _(
        "Thank you for asking. At the moment we cannot take this on. We wish you every success with it."
    ),
    "no_room": _(
        "Thank you for asking. We work with as many partners as we can look after well, so we have to say no."
    ),
    "other_field": _(
        "Thank you for asking. This lies outside of what we do, so we would be of little help to you."
    ),
    "partner_found": _("Thank you for asking. We have found a partner for this already."),
    "plain": _("Thank you for asking. After some thought we would rather not take this further."),
}

DECLINE_REASONS: dict[ClosedReason, LazyString] = {
    ClosedReason.NO_INTEREST: _("Not interested"),
    ClosedReason.WRONG_TIME: _("Not the right time"),
    ClosedReason.NO_CAPACITY: _("No capacity"),
    ClosedReason.OTHER_PARTNER: _("Another partner was found"),
    ClosedReason.OTHER: _("Another reason"),
}

REFUSALS: dict[Refusal, LazyString] = {
    Refusal.OWN_UNIT: _("This is your own unit. Choose another one to meet."),
    Refusal.UNIT_CLOSED: _("This unit is closed and takes no requests any more. Choose another one."),
    Refusal.NOT_APPROVED: _("Both organisations have to be approved before they can meet here."),
    Refusal.WAITING: _(
        "A request of yours to this unit is waiting for its answer. You can write a message there."
    ),
    Refusal.THEY_ASKED: _(
        "They have asked you for a meeting already. Answer that request, then you meet all the same."
    ),
    Refusal.TOO_MANY: _(
        "This unit has more requests than it can answer at the moment. Ask again in two weeks, or ask another unit."
    ),
    Refusal.POST_NOT_SHOWN: _(
        "One of the posts is no longer open, or the other side may not see it. Leave it out."
    ),
    Refusal.POST_FULL: _("One of the posts has no places left. Leave it out."),
    Refusal.NOT_ADDRESSABLE: _("This person cannot be asked directly any more. Ask their office."),
    Refusal.NOT_COLLEAGUES: _(
        "Somebody you chose does not belong to your side any more. Choose again who comes along."
    ),
    Refusal.WRONG_TIMES: _("Propose one to three times that do not overlap."),
    Refusal.TIME_PAST: _("This time is over already. Choose another one, or propose other times."),
    Refusal.NOT_YOUR_TURN: _("It is the other side's turn at the moment."),
    Refusal.ANSWERED_ALREADY: _(
        "Somebody has answered in the meantime. This page shows how things stand now."
    ),
    Refusal.EXPIRED: _("The time to answer is over. Either side may ask anew."),
}


def refusal_words(refused: IntroductionRefused) -> str:
    """Why the move is not possible, and what is."""
    if refused.reason is Refusal.COOLING_DOWN:
        assert refused.until is not None
        return str(
            gettext(
                "They declined a request of your organisation. Please leave them time until %(day)s, then ask again.",
                day=day_of(refused.until),
            )
        )
    return str(REFUSALS[refused.reason])


def turn_words(introduction: Introduction, ours: Side) -> str:
    """Whose turn it is, and by when, in one sentence for our side."""
    theirs = side_name(introduction, ours.other)
    day = day_of(introduction.expires_at)
    if introduction.turn is not None and introduction.expires_at <= utc_now():
        return str(gettext("Nobody answered in time. Either side may ask anew."))
    if introduction.turn is ours:
        return str(
            gettext(
                "It is your turn: %(theirs)s waits for your answer until %(day)s.", theirs=theirs, day=day
            )
        )
    if introduction.turn is ours.other:
        return str(
            gettext("It is their turn: %(theirs)s has until %(day)s to answer.", theirs=theirs, day=day)
        )
    return _settled_words(introduction, ours, theirs)


def _settled_words(introduction: Introduction, ours: Side, theirs: str) -> str:
    is_ours = ours is Side.ASKING
    if introduction.state is IntroductionState.ACCEPTED:
        return _agreed_words(introduction, theirs)
    if introduction.state is IntroductionState.DECLINED:
        return str(
            gettext("%(theirs)s declined. Nothing is left to do.", theirs=theirs)
            if is_ours
            else gettext("You declined. Nothing is left to do.")
        )
    closed = closed_organisation_of(introduction)
    if closed is not None:
        return str(
            gettext("The request ended because %(name)s was closed. Nothing is left to do.", name=closed.name)
        )
    if introduction.state is IntroductionState.WITHDRAWN:
        return str(
            gettext("You withdrew this request. Nothing is left to do.")
            if is_ours
            else gettext("%(theirs)s withdrew the request. Nothing is left to do.", theirs=theirs)
        )
    return str(gettext("Nobody answered in time. Either side may ask anew."))


def _agreed_words(introduction: Introduction, theirs: str) -> str:
    """What became of the last meeting that was agreed on."""
    last = max(introduction.meetings, key=lambda meeting: meeting.starts_at, default=None)
    state = last.state if last is not None else MeetingState.SCHEDULED
    if state in {MeetingState.CANCELLED, MeetingState.NOT_HELD} and not are_in_network(introduction):
        return str(gettext("The meeting did not come about. Nothing is left to do."))
    if state is MeetingState.CANCELLED:
        return str(gettext("The meeting was cancelled. Either side may propose another one."))
    if state is MeetingState.NOT_HELD:
        return str(gettext("The meeting was not held. Either side may propose another one."))
    if state is MeetingState.HELD:
        return str(gettext("Nobody has to answer: you and %(theirs)s have met.", theirs=theirs))
    return str(gettext("Nobody has to answer: you and %(theirs)s agreed to meet.", theirs=theirs))


def contact_words(contact: EarlierContact) -> str:
    """ "Olga Example of Plant wrote to them on 3 Mar 2027: waiting for an answer."."""
    day = day_of(contact.at)
    state = str(STATES[contact.state])
    if contact.is_by_us:
        return str(gettext(
            "%(person)s of %(unit)s asked them on %(day)s. %(state)s.",
            person=contact.person_name, unit=contact.unit_name, day=day, state=state,
        ))  # fmt: skip
    return str(gettext(
        "%(person)s of their side asked %(unit)s on %(day)s. %(state)s.",
        person=contact.person_name, unit=contact.unit_name, day=day, state=state,
    ))  # fmt: skip


def taken_words(conflicts: list[Conflict]) -> str:
    """Who has something else at this time; with whom is nobody else's business."""
    firm = sorted({conflict.person_name for conflict in conflicts if conflict.is_firm})
    if firm:
        return str(gettext("%(names)s has another meeting then.", names=", ".join(firm)))
    names = sorted({conflict.person_name for conflict in conflicts})
    return str(gettext("%(names)s has offered this time to somebody else as well.", names=", ".join(names)))

"""What the page of an introduction shows to one of its sides: plain values, so that the template computes nothing."""

from dataclasses import dataclass

from models.introduction import IntroductionState
from models.organisation import Organisation


@dataclass(frozen=True)
class PostLine:
    title: str
    url: str
    is_ours: bool


@dataclass(frozen=True)
class ProposalView:
    """Times of one side, as they were proposed; ``state`` says what became of them."""

    proposal_id: int
    by: str
    at: str
    times: list[str]
    where: str
    note: str
    state: str


@dataclass(frozen=True)
class MessageView:
    author: str
    side: str
    at: str
    text: str
    is_ours: bool


@dataclass(frozen=True)
class GuestLine:
    link_id: int
    name: str
    email: str
    state: str
    may_revoke: bool


@dataclass(frozen=True)
class MeetingLine:
    title: str
    when: str
    state: str
    url: str


@dataclass(frozen=True)
class Moves:
    """What this person may do for our side at the moment."""

    accept: bool
    propose: bool
    propose_another: bool
    decline: bool
    withdraw: bool
    write: bool
    invite_guest: bool
    ask_anew_url: str | None


@dataclass(frozen=True)
class IntroductionView:
    """Everything that the page shows to our side. ``gone`` is a partner who is not in the network."""

    introduction_id: int
    state: IntroductionState
    state_words: str
    is_ours_to_answer: bool
    turn: str
    ours: str
    theirs: str
    their_profile_url: str | None
    gone: Organisation | None
    is_by_us: bool
    asked_by: str
    asked_at: str
    purpose: str
    hope: str
    offer: str
    posts: list[PostLine]
    closed_posts: int
    our_people: list[str]
    their_people: list[str]
    current: ProposalView | None
    slot_hints: dict[int, str]
    past: list[ProposalView]
    messages: list[MessageView] | None
    guests: list[GuestLine]
    meetings: list[MeetingLine]
    moves: Moves

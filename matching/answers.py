"""What the ranking is asked and what it answers: small frozen records that pages show without computing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from matching.history import Between
from matching.replies import ReplyWord
from matching.scoring import Grade
from matching.signals import SignalWeights, Taste
from matching.words import SharedWord
from models.organisation import Organisation, OrganisationKind, Sector
from models.post import PostKind, PostSide, matching_text_of


@dataclass(frozen=True)
class Filters:
    """Hard filters; an empty set or None lets everything pass.

    `countries` are ISO 3166-1 alpha-2. `countries` and `within_km` ask about the place of each of their posts; a post
    that can be done remotely passes `within_km`. `post_kinds` keeps organisations that posted one of them.
    `least_grade` None also returns fits too weak to be shown on a page.
    """

    countries: frozenset[str] = frozenset()
    within_km: float | None = None
    kinds: frozenset[OrganisationKind] = frozenset()
    sectors: frozenset[Sector] = frozenset()
    post_kinds: frozenset[PostKind] = frozenset()
    least_grade: Grade | None = Grade.POSSIBLE


# Up to how many organisations of each way are counted; where PostgreSQL compares, not many more are read.
MOST_COUNTED = 100


class Way(StrEnum):
    """Partners to whom we give and from whom we get something, or of whom one direction is unknown."""

    BOTH_WAYS = "both_ways"
    ONE_WAY = "one_way"


@dataclass(frozen=True)
class Request:
    """Whose partners are sought: those of the open posts of `unit_id` and of every unit below it.

    `taste` is what the person weighs themselves; `weights` are those of the signals before that, None for those in
    force. `limit` is the most organisations listed of each way, `explained` for how many of each list reasons are
    worked out; with `only`, those of the other way are counted and not listed. Organisations that are `left_out`
    stand in none.
    """

    unit_id: int
    filters: Filters = field(default_factory=Filters)
    taste: Taste = field(default_factory=Taste)
    weights: SignalWeights | None = None
    limit: int = 50
    explained: int = 20
    only: Way | None = None
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Draft:
    """A post that is still being written, for a preview of its matches; nothing of it is stored."""

    unit_id: int
    side: PostSide
    kind: PostKind
    title: str
    text: str
    language: str = "en"

    @property
    def matching_text(self) -> str:
        """The same text as `Post.matching_text` would give."""
        return matching_text_of(self.title, self.text)


@dataclass(frozen=True)
class PostLine:
    """One post in a list. `post_id` and `unit_id` are None for a draft that is not stored; `is_urgent` is a need within
    weeks.
    """

    post_id: int | None
    unit_id: int | None
    side: PostSide
    kind: PostKind
    title: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Quote:
    """The sentence of a post that carries a reason: `text` is the post's matching text from `start` to `stop`."""

    post: PostLine
    text: str
    start: int
    stop: int


@dataclass(frozen=True)
class Reason:
    """A need and a capability that made the score, with the sentence of each that carries it.

    `fit` is in [0, 1], for drawing. `shared_words` occur in both quoted texts. With `by_words_only` one of the two is
    in a language that the encoder does not know: only words were compared, and there is no grade.
    """

    need: Quote
    capability: Quote
    fit: float
    grade: Grade | None
    shared_words: tuple[SharedWord, ...]
    by_words_only: bool

    @property
    def is_weak(self) -> bool:
        """Whether meanings were compared, and this is too little for a grade: the nearest there is, and no answer."""
        return self.grade is None and not self.by_words_only


@dataclass(frozen=True)
class Moved:
    """What each signal moved an organisation, in log-odds of a one-way fit: above 0 is up, 0 nothing or unknown."""

    nearness: float = 0.0
    activity: float = 0.0
    freshness: float = 0.0
    history: float = 0.0
    reply: float = 0.0
    breadth: float = 0.0


@dataclass(frozen=True)
class Match:
    """A ranked organisation. `get` and `give` are in [0, 1], for drawing; None is unknown and is never shown as 0.

    `fit` is their harmonic mean, or the one that is known. `grade` is None for fits by words only and for those that
    are weak as a whole, though maybe good one way. `rank_value` orders the list: the fit shifted by the signals, as
    `moved` says. `nearness` is in [0, 1], None where a place is unknown; `is_where_named` says that our needs name a
    country where they are; `activity` counts collaborations before this portal, `days_since_post` are those of the
    newest post that we may see, and `breadth` in [0, 1] says whether all their posts together speak of our needs; None
    is unknown. `between` is what our two sides did here, None if nothing; `reply` says how likely they answer.
    `reasons_get` tell how they answer our needs: those that fit, the weightiest need first, or else the nearest there
    is; `reasons_give` how we answer theirs. `uncovered` are our needs that nothing of theirs covers. `unit_id` is the
    unit of their strongest cited post.
    `waiting` counts the unanswered requests of the unit that would be asked; `is_busy` says that these are as many as
    one can answer well. `load` in [0, 1] moved the partner down within its grade; it takes turns with `peers` others
    that fit nearly as well.
    """

    organisation: Organisation
    get: float | None
    give: float | None
    fit: float
    grade: Grade | None
    by_words_only: bool
    rank_value: float
    distance_km: float | None
    nearness: float | None
    activity: int | None
    moved: Moved = field(default_factory=Moved)
    is_where_named: bool = False
    breadth: float | None = None
    days_since_post: int | None = None
    between: Between | None = None
    reply: ReplyWord = ReplyWord.UNKNOWN
    reasons_get: tuple[Reason, ...] = ()
    reasons_give: tuple[Reason, ...] = ()
    uncovered: tuple[PostLine, ...] = ()
    unit_id: int | None = None
    waiting: int = 0
    is_busy: bool = False
    load: float = 0.0
    peers: int = 0

    @property
    def organisation_id(self) -> int:
        return self.organisation.id


@dataclass(frozen=True)
class Ranking:
    """Partners of a unit, each list best first.

    `best` are strong and good two-way fits, `others` the other two-way fits, `one_way` those of which one direction is
    unknown. `two_way_count` and `one_way_count` say how many there are, listed or not, up to `MOST_COUNTED`.
    `needs` and `capabilities` count our open posts that were compared, so that a page can say from what.
    """

    best: tuple[Match, ...]
    others: tuple[Match, ...]
    one_way: tuple[Match, ...]
    two_way_count: int
    one_way_count: int
    needs: int
    capabilities: int


@dataclass(frozen=True)
class Pair:
    """Two sides face to face. `links_get` are all our needs ↔ their capabilities that fit: first those that the match
    shows in a list, in its order, then the strongest, and last the nearest to a need that weighs most and that nothing
    fits; `links_give` all their needs ↔ our capabilities, likewise. The match holds both directions and the signals.
    """

    match: Match
    links_get: tuple[Reason, ...]
    links_give: tuple[Reason, ...]
    our_needs: tuple[PostLine, ...]
    our_capabilities: tuple[PostLine, ...]
    their_needs: tuple[PostLine, ...]
    their_capabilities: tuple[PostLine, ...]
    our_uncovered: tuple[PostLine, ...]
    their_uncovered: tuple[PostLine, ...]

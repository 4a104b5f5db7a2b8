"""Posts: what a unit seeks (a need) or can give (a capability), and their life from draft to withdrawn or
expired.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.organisation import Organisation, Unit
from models.passage import Passage
from models.person import Person
from models.place import Place

TITLE_LIMIT = 150
TEXT_LIMIT = 20_000
MOST_URGENT = 3
# In place of a reason in somebody's words: the post was withdrawn because its organisation was closed.
ORGANISATION_CLOSED = "organisation_closed"
CONTENT_LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "sv")


class PostSide(StrEnum):
    """Which half of a match the post is. Needs are only ever compared with capabilities."""

    NEED = "need"
    CAPABILITY = "capability"

    @property
    def opposite(self) -> "PostSide":
        return PostSide.CAPABILITY if self is PostSide.NEED else PostSide.NEED


class PostKind(StrEnum):
    """What a post is about. A kind belongs to one side: what one seeks is never what another gives.

    The index keeps the number of a kind, so a new one goes to the end.
    """

    TALENT = "talent"
    RESEARCH_QUESTION = "research_question"
    PLACEMENT = "placement"
    TRAINING = "training"
    FACILITY = "facility"
    OTHER = "other"
    PROGRAMME = "programme"
    GRADUATES = "graduates"
    RESEARCH_EXPERTISE = "research_expertise"
    LABORATORY = "laboratory"
    MENTORS = "mentors"
    JOBS = "jobs"
    DATA_EQUIPMENT = "data_equipment"
    FUNDING = "funding"
    LECTURERS = "lecturers"
    DATA_SAMPLES = "data_samples"
    CO_FUNDING = "co_funding"


KINDS_OF_SIDE: dict[PostSide, tuple[PostKind, ...]] = {
    PostSide.NEED: (
        PostKind.TALENT,
        PostKind.RESEARCH_QUESTION,
        PostKind.PLACEMENT,
        PostKind.TRAINING,
        PostKind.FACILITY,
        PostKind.LECTURERS,
        PostKind.DATA_SAMPLES,
        PostKind.CO_FUNDING,
        PostKind.OTHER,
    ),
    PostSide.CAPABILITY: (
        PostKind.PROGRAMME,
        PostKind.GRADUATES,
        PostKind.RESEARCH_EXPERTISE,
        PostKind.LABORATORY,
        PostKind.MENTORS,
        PostKind.JOBS,
        PostKind.DATA_EQUIPMENT,
        PostKind.FUNDING,
    ),
}


class Visibility(StrEnum):
    """Who may see a published post. ``other_kinds``: shown to universities but not to a company's rivals,
    and so on.
    """

    OWN_ORGANISATION = "own_organisation"
    OTHER_KINDS = "other_kinds"
    NETWORK = "network"


DEFAULT_VISIBILITY = {PostSide.NEED: Visibility.OTHER_KINDS, PostSide.CAPABILITY: Visibility.NETWORK}


class PostState(StrEnum):
    """What was decided about the post. That it has expired is computed from ``closes_at``, never stored."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


def matching_text_of(title: str, text: str) -> str:
    """As ``Post.matching_text``, from plain values: whole records of many posts take much longer to load."""
    return f"{title}\n{text}" if title else text


class Post(Base):
    """A need or a capability of one unit.

    ``quantity`` is how many (40 nurses), ``partner_limit`` how many partners (three). ``urgency`` and
    ``importance`` are 1, 2 or 3 and set on needs only. ``closes_at`` is the end of the day ``ends_on`` in the
    zone of the post's place. ``published_at`` is when what it says was first published.
    ``external_id`` is the importing organisation's own key, so that importing twice changes nothing.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("organisation_id", "side", "external_id"),
        ForeignKeyConstraint(["unit_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
        CheckConstraint("partner_limit IS NULL OR partner_limit > 0", name="partner_limit_positive"),
        CheckConstraint(
            "starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on", name="dates_in_order"
        ),
        CheckConstraint("(ends_on IS NULL) = (closes_at IS NULL)", name="closes_with_its_end"),
        CheckConstraint(
            "(side = 'need') = (urgency IS NOT NULL) AND (side = 'need') = (importance IS NOT NULL)",
            name="needs_are_weighed",
        ),
        CheckConstraint(
            "(side = 'need') = "
            "(kind IN ('talent', 'research_question', 'placement', 'training', 'facility', 'other', "
            "'lecturers', 'data_samples', 'co_funding'))",
            name="kind_of_side",
        ),
        CheckConstraint("urgency IS NULL OR urgency BETWEEN 1 AND 3", name="urgency_range"),
        CheckConstraint("importance IS NULL OR importance BETWEEN 1 AND 3", name="importance_range"),
        CheckConstraint("(state = 'published') <= (published_at IS NOT NULL)", name="published_when"),
        Index("ix_post_organisation_id_state", "organisation_id", "state"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    unit_id: Mapped[int] = mapped_column(index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    side: Mapped[PostSide]
    kind: Mapped[PostKind]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    quantity: Mapped[int | None]
    partner_limit: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    closes_at: Mapped[datetime | None]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    is_remote: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[int | None]
    importance: Mapped[int | None]
    visibility: Mapped[Visibility]
    state: Mapped[PostState] = mapped_column(default=PostState.DRAFT)
    external_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship()
    unit: Mapped[Unit] = relationship(primaryjoin="foreign(Post.unit_id) == Unit.id", viewonly=True)
    author: Mapped[Person | None] = relationship()
    place: Mapped[Place | None] = relationship()
    passages: Mapped[list[Passage]] = relationship(cascade="all, delete-orphan", order_by=Passage.position)

    __mapper_args__ = {"version_id_col": version}

    @property
    def matching_text(self) -> str:
        """What is encoded: title and text. Passages count their start and stop in this string."""
        return matching_text_of(self.title, self.text)

    @property
    def effective_place(self) -> Place | None:
        return self.place or self.unit.effective_place

    def is_open(self, now: datetime) -> bool:
        """Published and not past its end: only such posts are matched and shown to others."""
        return self.state is PostState.PUBLISHED and not self.has_expired(now)

    def has_expired(self, now: datetime) -> bool:
        return self.closes_at is not None and self.closes_at <= now

    def set_period(self, starts_on: date | None, ends_on: date | None, zone: str) -> None:
        """Set the dates together with the moment at which the last day ends in ``zone`` (IANA)."""
        self.starts_on = starts_on
        self.ends_on = ends_on
        self.closes_at = None if ends_on is None else end_of_day(ends_on, zone)

    def publish(self, now: datetime) -> None:
        """Show it, for the first time or again: what was withdrawn and comes back is no newer than it was."""
        self.state = PostState.PUBLISHED
        self.published_at = self.published_at or now
        self.withdrawn_at = None
        self.withdrawn_reason = ""

    def renew_if_rewritten(self, text_before: str, now: datetime) -> None:
        """Count a post that has been published as new from now on if most of its words are others than before."""
        words, words_before = (set(text.casefold().split()) for text in (self.matching_text, text_before))
        is_rewritten = 2 * len(words & words_before) < len(words | words_before)
        if self.published_at is not None and is_rewritten:
            self.published_at = now

    def withdraw(self, now: datetime, reason: str) -> None:
        self.state = PostState.WITHDRAWN
        self.withdrawn_at = now
        self.withdrawn_reason = reason


def end_of_day(day: date, zone: str) -> datetime:
    """The moment at which ``day`` is over in ``zone``: midnight of the day after, whatever the clocks do
    that night.
    """
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def is_open_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The SQL twin of ``Post.is_open``."""
    return and_(Post.state == PostState.PUBLISHED, or_(Post.closes_at.is_(None), Post.closes_at > now))

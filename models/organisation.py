"""Organisations, their web domains, and the tree of units that post, meet and partner."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.place import Place


class OrganisationKind(StrEnum):
    COMPANY = "company"
    UNIVERSITY = "university"
    OTHER = "other"


class OrganisationState(StrEnum):
    """``pending`` until the platform operator decides. Only approved organisations are seen by others.

    ``closed`` is what took part and does no more: what it had with others stays readable for both.
    """

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    CLOSED = "closed"


TAKES_NO_PART = (OrganisationState.REFUSED, OrganisationState.CLOSED)


class OrganisationSize(StrEnum):
    """How many people the organisation employs."""

    UNDER_10 = "under_10"
    UNDER_50 = "under_50"
    UNDER_250 = "under_250"
    UNDER_1000 = "under_1000"
    UNDER_5000 = "under_5000"
    OVER_5000 = "over_5000"


class Sector(StrEnum):
    AGRICULTURE = "agriculture"
    FOOD = "food"
    CHEMICALS = "chemicals"
    PHARMA_BIOTECH = "pharma_biotech"
    HEALTHCARE = "healthcare"
    MECHANICAL_ENGINEERING = "mechanical_engineering"
    AUTOMOTIVE = "automotive"
    AEROSPACE = "aerospace"
    ELECTRONICS = "electronics"
    ENERGY = "energy"
    CONSTRUCTION = "construction"
    TRANSPORT_LOGISTICS = "transport_logistics"
    SOFTWARE = "software"
    FINANCE = "finance"
    MEDIA = "media"
    TOURISM = "tourism"
    ENVIRONMENT = "environment"
    PUBLIC_SECTOR = "public_sector"
    EDUCATION = "education"
    TEXTILES = "textiles"
    MATERIALS = "materials"
    MARITIME = "maritime"
    RETAIL = "retail"


class Organisation(Base):
    """A company, a university or another body.

    ``activity`` counts collaborations before this portal, as evidence; None is unknown, which is neutral,
    not zero.
    ``refusal_reason`` is why the operator did not approve it, or closed it.
    ``merged_into_id`` leads from a duplicate to the record that lives on.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("activity IS NULL OR activity >= 0", name="activity_not_negative"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[OrganisationKind]
    state: Mapped[OrganisationState] = mapped_column(default=OrganisationState.PENDING, index=True)
    sector: Mapped[Sector]
    size: Mapped[OrganisationSize | None]
    about: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    ror: Mapped[str | None]
    lei: Mapped[str | None]
    activity: Mapped[int | None]
    refusal_reason: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    domains: Mapped[list["OrganisationDomain"]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan"
    )
    units: Mapped[list["Unit"]] = relationship(back_populates="organisation", order_by="Unit.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_approved(self) -> bool:
        return self.state is OrganisationState.APPROVED

    @property
    def root_unit(self) -> "Unit":
        """The unit that stands for the whole organisation."""
        return next(unit for unit in self.units if unit.parent_id is None)


class OrganisationDomain(Base):
    """A web domain, lower case, without ``www.``. Sister organisations may share one, so it is unique only
    within one.
    """

    __tablename__ = "organisation_domain"
    __table_args__ = (UniqueConstraint("organisation_id", "domain"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    domain: Mapped[str] = mapped_column(index=True)

    organisation: Mapped[Organisation] = relationship(back_populates="domains")


class Unit(Base):
    """A department, faculty, plant or office. The root unit (no parent) stands for the whole organisation.

    ``place`` is None where the unit is wherever its parent is; see ``effective_place``.
    """

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        ForeignKeyConstraint(["parent_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        Index(
            "uq_unit_root",
            "organisation_id",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    parent_id: Mapped[int | None]
    name: Mapped[str]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship(back_populates="units")
    parent: Mapped["Unit | None"] = relationship(
        primaryjoin="foreign(Unit.parent_id) == remote(Unit.id)", viewonly=True
    )
    place: Mapped[Place | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_root(self) -> bool:
        return self.parent_id is None

    @property
    def effective_place(self) -> Place | None:
        """The unit's own place, else the nearest one up the tree."""
        unit: Unit | None = self
        while unit is not None:
            if unit.place is not None:
                return unit.place
            unit = unit.parent
        return None


def reach_of(unit_id: int, parents: dict[int, int | None]) -> frozenset[int]:
    """The unit and every unit below it. ``parents`` maps each unit of the organisation to its parent."""
    reach = {unit_id}
    grew = True
    while grew:
        below = {child for child, parent in parents.items() if parent in reach} - reach
        reach |= below
        grew = bool(below)
    return frozenset(reach)


def normalised_domain(address: str) -> str:
    """The bare domain of a web or mail address: "https://www.X.com/about", "x.com/" and "a@x.com" all give
    "x.com".
    """
    domain = address.strip().lower().split("://")[-1].split("@")[-1].split("/")[0].split(":")[0]
    return domain.removeprefix("www.").strip(".")

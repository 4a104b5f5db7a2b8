"""People and their roles in units. How a person signs in is the account's matter, in ``web/``."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.organisation import Organisation, Unit


class ContactPermission(StrEnum):
    """How others may approach this person."""

    ASK_FIRST = "ask_first"
    TELL_US = "tell_us"
    FEEL_FREE = "feel_free"


class Role(StrEnum):
    """What a membership allows; see the table in ``models.policy``. Rights reach down the tree of units."""

    MEMBER = "member"
    OFFICE = "office"
    ADMIN = "admin"


class MembershipState(StrEnum):
    """``requested`` by the person, then ``active`` or ``refused`` by an admin of the organisation;
    ``ended`` afterwards.
    """

    REQUESTED = "requested"
    ACTIVE = "active"
    REFUSED = "refused"
    ENDED = "ended"


class DigestFrequency(StrEnum):
    """How often a person is told by mail what needs attention."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


class Person(Base):
    """Someone. ``left_at`` marks the tombstone of a person who left: the row stays so that history keeps
    its author.
    """

    __tablename__ = "person"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="en")
    zone: Mapped[str] = mapped_column(default="UTC")
    contact_permission: Mapped[ContactPermission] = mapped_column(default=ContactPermission.ASK_FIRST)
    digest: Mapped[DigestFrequency] = mapped_column(
        default=DigestFrequency.DAILY, server_default=DigestFrequency.DAILY.value
    )
    is_operator: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column()

    memberships: Mapped[list["Membership"]] = relationship(back_populates="person", order_by="Membership.id")

    __mapper_args__ = {"version_id_col": version}


class Membership(Base):
    """A person's role in one unit. ``organisation_id`` stands beside ``unit_id`` so that the database ties
    the two.
    """

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        Index(
            "uq_membership_current",
            "person_id",
            "unit_id",
            "role",
            unique=True,
            sqlite_where=text("state IN ('requested', 'active')"),
            postgresql_where=text("state IN ('requested', 'active')"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_id: Mapped[int]
    role: Mapped[Role]
    state: Mapped[MembershipState] = mapped_column(default=MembershipState.REQUESTED)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()
    unit: Mapped[Unit] = relationship(primaryjoin="foreign(Membership.unit_id) == Unit.id", viewonly=True)

    __mapper_args__ = {"version_id_col": version}

"""The account: the one record outside ``models``, because the library's mixin imports Flask."""

from datetime import datetime
from typing import Any

from flask_security import AsaList, RoleMixin, UserMixin
from sqlalchemy import ForeignKey
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.person import Person


class AccountRole(RoleMixin, Base):
    """Flask-Security asks for a role table. It stays empty: rights come from memberships."""

    __tablename__ = "account_role"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    permissions: Mapped[Any] = mapped_column(MutableList.as_mutable(AsaList()), nullable=True)


class Account(UserMixin, Base):
    """One way in for one person. The names of the columns are Flask-Security's.

    Changing ``fs_uniquifier`` ends every session and every link in a mail of this account.
    """

    __tablename__ = "account"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    confirmed_at: Mapped[datetime | None]
    create_datetime: Mapped[datetime] = mapped_column(default=utc_now)
    update_datetime: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)

    person: Mapped[Person] = relationship()

    @property
    def roles(self) -> list[AccountRole]:  # type: ignore[override] # The library only reads this list.
        return []

    @property
    def is_active(self) -> bool:
        """Whether this account may sign in and keep its sessions."""
        return self.active and self.person.left_at is None

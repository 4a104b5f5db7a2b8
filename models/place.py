"""A place that was chosen from a gazetteer, never typed twice."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import NEVER_REUSE_IDS, Base


class Place(Base):
    """A city (with coordinates) or, where no more is known, a region or a whole country.

    ``country`` is ISO 3166-1 alpha-2, ``region`` the gazetteer's first-level code (a state, a Land),
    ``zone`` an IANA
    time zone, coordinates are degrees in WGS 84.
    """

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="both_coordinates"),
        Index("ix_place_country_region_name", "country", "region", "name"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    geoname_id: Mapped[int | None] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str]
    region: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    zone: Mapped[str]

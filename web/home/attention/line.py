"""One line of what needs attention, and the scope that it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import url_for
from sqlalchemy import BindParameter

from models.actor import Actor
from models.organisation import Unit
from models.placeholders import ANY_ACTOR, AnyActor, ids_placeholder, moment_placeholder, values_of_actor
from models.wall_time import wall_time_of
from web.localisation import gettext, ngettext, reader_locale
from web.moments import viewer_zone, written_day

# More of one kind are told as a number, with the way to all of them.
MOST_LINES_OF_A_KIND = 4


@dataclass(frozen=True)
class AttentionLine:
    """One line: what, with whom, since when, one move. Urgent lines are marked and stand first.

    ``count`` is how many things it stands for.
    """

    what: str
    who: str | None
    since: str | None
    action_label: str | None
    action_url: str | None
    icon: str
    is_urgent: bool = False
    count: int = 1


@dataclass(frozen=True)
class Scope:
    """Whose lines: a person's own, or with ``is_office`` those of a unit and all below.

    ``reach`` are these units; ``unit`` stands in the addresses. Without a unit there are a person's own lines alone.
    """

    actor: Actor
    unit: Unit | None
    reach: frozenset[int]
    is_office: bool
    now: datetime

    @property
    def written(self) -> frozenset[int]:
        """The units whose introductions and meetings count: for the office those in reach, else the person's own."""
        if self.is_office:
            return self.reach & self.actor.units_written
        return frozenset(right.unit_id for right in self.actor.rights) & self.actor.units_written

    @property
    def overseen(self) -> frozenset[int]:
        """The units of which the office reads everything of our side."""
        return self.reach & self.actor.units_overseen

    @cached_property
    def zone(self) -> str:
        """Where the reader of the lines lives, asked once for all of them."""
        return viewer_zone()

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the placeholders of ``any_scope`` stand for."""
        return values_of_actor(self.actor) | {
            "written": list(self.written),
            "overseen": list(self.overseen),
            "now": self.now,
        }


@dataclass(frozen=True)
class AnyScope:
    """Stands for a ``Scope`` while a statement is built; ``Scope.values`` are asked for in its place."""

    actor: AnyActor
    is_office: bool
    written: BindParameter[int]
    overseen: BindParameter[int]
    now: BindParameter[datetime]


def any_scope(is_office: bool) -> AnyScope:
    """A person's own scope or that of an office: the statements of the two differ, those of two people do not."""
    return AnyScope(
        actor=ANY_ACTOR,
        is_office=is_office,
        written=ids_placeholder("written"),
        overseen=ids_placeholder("overseen"),
        now=moment_placeholder("now"),
    )


def total_of(rows: Sequence[Any]) -> int:
    """How many there are in all, which each of the few that were read says."""
    return rows[0].total if rows else 0


def capped(lines: Sequence[AttentionLine], total: int, all_url: str | None) -> list[AttentionLine]:
    """The first lines of a kind, and one that says how many more there are and leads to all of them."""
    shown = list(lines[:MOST_LINES_OF_A_KIND])
    more = total - len(shown)
    if more <= 0 or not shown:
        return shown
    return [
        *shown,
        AttentionLine(
            what=ngettext("and %(num)d more like this", "and %(num)d more like these", more),
            who=None,
            since=None,
            action_label=ngettext("See it", "See all", more) if all_url else None,
            action_url=all_url,
            icon=shown[-1].icon,
            is_urgent=shown[-1].is_urgent,
            count=more,
        ),
    ]


def address(endpoint: str, values: dict[str, Any]) -> str:
    """The address of a page of another feature."""
    return url_for(endpoint, **values)


def since(moment: datetime, zone: str | None = None) -> str:
    """ "since 3 March", in the zone; without one where the reader lives."""
    return gettext("since %(day)s", day=day_and_month(moment, zone or viewer_zone()))


def day_and_month(moment: datetime, zone: str) -> str:
    """ "3 March"."""
    return written_day(wall_time_of(moment, zone).date(), "d MMMM", reader_locale())

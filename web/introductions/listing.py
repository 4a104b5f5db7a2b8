"""The list of a unit's introductions: our turn first, then theirs, then what is settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.actor import Action
from models.base import utc_now
from models.database import rows_of
from models.dealings_policy import acts_on, visible_introductions
from models.introduction import (
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
    ProposalState,
)
from models.organisation import Organisation, Unit
from models.person import Person
from models.placeholders import (
    ANY_ACTOR,
    constant,
    ids_placeholder,
    moment_placeholder,
    values_of_actor,
    with_words_written,
)
from models.side import Side
from models.wall_time import wall_time_of
from web.access import allowed, current_actor
from web.addresses import record_url, with_query
from web.database import db
from web.introductions import blueprint
from web.introductions.words import STATES
from web.labels import day_words, name_of_unit
from web.loaders import load_unit
from web.localisation import gettext
from web.moments import short_moment_words, viewer_zone
from web.paging import Paging, paging_of
from web.reach import units_below
from web.sides import side_among

PAGE_SIZE = 30
# Whose turn it is, in the order of the list.
TURNS = "ours", "theirs", "settled"
# What the numbers of Home lead to.
OPEN, ENDING = "open", "ending"
ENDS_WITHIN = timedelta(days=7)

Asking = aliased(Organisation)
Asked = aliased(Organisation)
AskingUnit = aliased(Unit)
AskedUnit = aliased(Unit)
OpenProposal = aliased(Proposal)

Moment = datetime | BindParameter[datetime]


@dataclass(frozen=True)
class IntroductionLine:
    """One row. ``turn`` is what to know at a glance; ``is_ours`` marks what waits for us."""

    title: str
    url: str
    purpose: str
    turn: str
    facts: list[str]
    is_ours: bool


@dataclass(frozen=True)
class IntroductionList:
    """A page of the list. ``tabs`` are (label, url, is_current, count)."""

    unit: Unit
    tabs: list[tuple[str, str, bool, int]]
    lines: list[IntroductionLine]
    paging: Paging
    is_filtered: bool


@blueprint.get("/units/<int:unit_id>/introductions/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """Introductions of this unit and those below it, as far as the person may see them."""
    values = _values(unit)
    chosen = request.args.get("show", "")
    counts = _counts(values)
    chosen = chosen if chosen in counts else ""
    labels = dict(zip(TURNS, (gettext("Your turn"), gettext("Their turn"), gettext("Settled")), strict=True))
    everything = sum(counts[name] for name in labels)
    total = counts[chosen] if chosen else everything
    address = url_for("introductions.index", unit_id=unit.id)
    paging = paging_of(
        total, PAGE_SIZE, lambda page: with_query(address, {"show": chosen or None, "page": page})
    )
    rows = rows_of(db.session, _page(chosen), values | {"skipped": paging.skipped})
    # These two lie across the others, so they are told of only where somebody comes from a number of Home.
    across = {OPEN: gettext("Open"), ENDING: gettext("Expiring within a week")}
    labels |= {name: words for name, words in across.items() if name == chosen}
    tabs = [(gettext("All"), address, not chosen, everything)]
    tabs += [
        (label, with_query(address, {"show": name}), chosen == name, counts[name])
        for name, label in labels.items()
    ]
    zone = viewer_zone()
    lists = IntroductionList(
        unit=unit,
        tabs=tabs,
        lines=[_line(row, values["now"], zone) for row in rows],
        paging=paging,
        is_filtered=bool(chosen),
    )
    return render_template("introductions/index.html", lists=lists)


def is_waiting(now: Moment) -> ColumnElement[bool]:
    """Asked for, and neither settled nor expired."""
    return and_(Introduction.state == constant(IntroductionState.PROPOSED), Introduction.expires_at > now)


def is_ending(now: Moment, soon: Moment) -> ColumnElement[bool]:
    """Waiting, and not after ``soon``, which is ``ENDS_WITHIN`` from now."""
    return and_(is_waiting(now), Introduction.expires_at <= soon)


def _values(unit: Unit) -> dict[str, Any]:
    """What the placeholders of the statements stand for."""
    actor, now = current_actor(), utc_now()
    ours = list(units_below(unit, actor))
    return values_of_actor(actor) | {"ours": ours, "now": now, "soon": now + ENDS_WITHIN}


@cache
def _seen() -> Select[Introduction]:
    """What the person may see and what this unit, one below it, or the person has to do with, each with its open
    times, if any.
    """
    ours = ids_placeholder("ours")
    named = exists().where(
        IntroductionPerson.introduction_id == Introduction.id,
        IntroductionPerson.person_id == ANY_ACTOR.person_id,
    )
    of_unit = or_(Introduction.asking_unit_id.in_(ours), Introduction.asked_unit_id.in_(ours), named)
    is_open = and_(
        OpenProposal.introduction_id == Introduction.id,
        OpenProposal.state == constant(ProposalState.OPEN),
    )
    return visible_introductions(ANY_ACTOR).where(of_unit).outerjoin(OpenProposal, is_open)


@cache
def _turn_number() -> ColumnElement[int]:
    """Whose turn it is, as a place in ``TURNS`` (twin of ``Introduction.turn``)."""
    is_talking = and_(
        OpenProposal.id.is_not(None),
        Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
        Introduction.expires_at > moment_placeholder("now"),
    )
    # Of an introduction between two of our own units the asked one counts as us.
    asked_us = Introduction.asked_unit_id.in_(ids_placeholder("ours"))
    is_ours = or_(
        and_(asked_us, OpenProposal.made_by == Side.ASKING),
        and_(~asked_us, OpenProposal.made_by == Side.ASKED),
    )
    return case((and_(is_talking, is_ours), 0), (is_talking, 1), else_=2)


@cache
def _across() -> dict[str, ColumnElement[bool]]:
    """What the numbers of Home count, whoseever turn it is."""
    now = moment_placeholder("now")
    return {OPEN: is_waiting(now), ENDING: is_ending(now, moment_placeholder("soon"))}


def _counts(values: dict[str, Any]) -> dict[str, int]:
    """How many there are of each kind, in one statement."""
    return dict(zip((*TURNS, *_across()), rows_of(db.session, _numbers(), values)[0], strict=True))


@cache
def _numbers() -> Select[Any]:
    """One row: the numbers in the order of ``_counts``."""
    # Each condition stands in the statement once, not in each number again.
    told = [condition.label(name) for name, condition in _across().items()]
    each = _seen().with_only_columns(_turn_number().label("turn"), *told).subquery()
    counted: list[Any] = [func.count().filter(each.c.turn == number) for number in range(len(TURNS))]
    counted += [func.count().filter(each.c[name]) for name in _across()]
    return with_words_written(select(*counted).select_from(each))


@cache
def _page(chosen: str) -> Select[Any]:
    """One page of what is chosen, with what is shown and no more. ``made_by`` is the side of the open times, if any."""
    wanted = _seen()
    if chosen in TURNS:
        wanted = wanted.where(_turn_number() == TURNS.index(chosen))
    elif chosen:
        wanted = wanted.where(_across()[chosen])
    columns: list[Any] = [
        Introduction.id,
        Introduction.purpose,
        Introduction.state,
        Introduction.created_at,
        Introduction.expires_at,
        Introduction.asking_unit_id,
        Introduction.asked_unit_id,
        Asking.name.label("asking"),
        AskingUnit.name.label("asking_unit"),
        AskingUnit.parent_id.label("asking_parent_id"),
        Asked.name.label("asked"),
        AskedUnit.name.label("asked_unit"),
        AskedUnit.parent_id.label("asked_parent_id"),
        Person.name.label("asked_by"),
        OpenProposal.made_by,
        acts_on(ANY_ACTOR, Side.ASKING).label("acts_on_asking"),
        acts_on(ANY_ACTOR, Side.ASKED).label("acts_on_asked"),
    ]
    in_order = (
        wanted.join(Asking, Asking.id == Introduction.asking_organisation_id)
        .join(AskingUnit, AskingUnit.id == Introduction.asking_unit_id)
        .join(Asked, Asked.id == Introduction.asked_organisation_id)
        .join(AskedUnit, AskedUnit.id == Introduction.asked_unit_id)
        .join(Person, Person.id == Introduction.asked_by_id)
        .with_only_columns(*columns)
        .order_by(_turn_number(), Introduction.expires_at.desc(), Introduction.id.desc())
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped"))
    )
    return with_words_written(in_order)


def _line(row: Any, now: datetime, zone: str) -> IntroductionLine:
    turn = _turn(row)
    side = _our_side(row, turn)
    asking = name_of_unit(row.asking, row.asking_unit, row.asking_parent_id)
    asked = name_of_unit(row.asked, row.asked_unit, row.asked_parent_id)
    us, them = (asking, asked) if side is Side.ASKING else (asked, asking)
    asked_on = gettext(
        "%(name)s asked on %(at)s", name=row.asked_by, at=short_moment_words(row.created_at, zone)
    )
    waits_for = turn if row.expires_at > now else None
    return IntroductionLine(
        title=them,
        url=record_url("introductions.show", "introduction_id", row.id),
        purpose=row.purpose,
        turn=_turn_words(row, waits_for, side, zone),
        facts=[us, asked_on],
        is_ours=waits_for is side,
    )


def _our_side(row: Any, turn: Side | None) -> Side:
    acts = ((Side.ASKING, row.acts_on_asking), (Side.ASKED, row.acts_on_asked))
    units = {Side.ASKING: row.asking_unit_id, Side.ASKED: row.asked_unit_id}
    return side_among([side for side, is_ours in acts if is_ours], units, turn)


def _turn(row: Any) -> Side | None:
    """As ``Introduction.turn``."""
    is_talking = row.state is IntroductionState.PROPOSED or row.state is IntroductionState.ACCEPTED
    return row.made_by.other if is_talking and row.made_by is not None else None


def _turn_words(row: Any, turn: Side | None, ours: Side, zone: str) -> str:
    if turn is None:
        is_over = row.made_by is not None and row.state is IntroductionState.PROPOSED
        return str(STATES[IntroductionState.EXPIRED if is_over else row.state])
    until = day_words(wall_time_of(row.expires_at, zone).date())
    if turn is ours:
        return str(gettext("Your turn, until %(day)s", day=until))
    return str(gettext("Their turn, until %(day)s", day=until))

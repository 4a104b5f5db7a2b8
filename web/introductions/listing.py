"""The list of a unit's introductions: our turn first, then theirs, then what is settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import BindParameter, ColumnElement, Select, and_, case, exists, func, or_
from sqlalchemy.orm import joinedload, selectinload

from models.actor import Action
from models.base import utc_now
from models.dealings_policy import visible_introductions
from models.introduction import (
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
    ProposalState,
)
from models.organisation import Unit
from models.side import Side
from models.wall_time import wall_time_of
from web.access import allowed, current_actor
from web.addresses import record_url
from web.database import db
from web.introductions import blueprint
from web.introductions.showing import side_for
from web.introductions.words import STATES, unit_words
from web.labels import day_words
from web.loaders import load_unit
from web.moments import short_moment_words, viewer_zone
from web.reach import units_below

PAGE_SIZE = 30
# What the numbers of Home lead to.
OPEN, ENDING = "open", "ending"
ENDS_WITHIN = timedelta(days=7)

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
    page: int
    pages: int
    previous_url: str | None
    next_url: str | None
    is_filtered: bool


@blueprint.get("/units/<int:unit_id>/introductions/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """Introductions of this unit and those below it, as far as the person may see them."""
    ours = units_below(unit, current_actor())
    kinds = _kinds(ours)
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in kinds else ""
    seen = _seen(ours)
    counts = _counts(seen, kinds)
    wanted = seen.where(kinds[chosen]) if chosen else seen
    labels = {"ours": gettext("Your turn"), "theirs": gettext("Their turn"), "settled": gettext("Settled")}
    everything = sum(counts[name] for name in labels)
    total = counts[chosen] if chosen else everything
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    # These two lie across the others, so they are told of only where somebody comes from a number of Home.
    across = {OPEN: gettext("Open"), ENDING: gettext("Expiring within a week")}
    labels |= {name: words for name, words in across.items() if name == chosen}
    tabs = [(gettext("All"), url_for("introductions.index"), not chosen, everything)]
    tabs += [
        (label, url_for("introductions.index", show=name), chosen == name, counts[name])
        for name, label in labels.items()
    ]
    lists = IntroductionList(
        unit=unit,
        tabs=tabs,
        lines=[_line(row) for row in _rows(wanted, kinds, page)],
        page=page,
        pages=pages,
        previous_url=url_for("introductions.index", show=chosen or None, page=page - 1) if page > 1 else None,
        next_url=url_for("introductions.index", show=chosen or None, page=page + 1) if page < pages else None,
        is_filtered=bool(chosen),
    )
    return render_template("introductions/index.html", lists=lists)


def is_waiting(now: Moment) -> ColumnElement[bool]:
    """Asked for, and neither settled nor expired."""
    return and_(Introduction.state == IntroductionState.PROPOSED, Introduction.expires_at > now)


def is_ending(now: Moment, soon: Moment) -> ColumnElement[bool]:
    """Waiting, and not after ``soon``, which is ``ENDS_WITHIN`` from now."""
    return and_(is_waiting(now), Introduction.expires_at <= soon)


def _seen(ours: frozenset[int]) -> Select[Introduction]:
    """What the person may see and what this unit, one below it, or the person has to do with."""
    named = exists().where(
        IntroductionPerson.introduction_id == Introduction.id,
        IntroductionPerson.person_id == current_actor().person_id,
    )
    of_unit = or_(Introduction.asking_unit_id.in_(ours), Introduction.asked_unit_id.in_(ours), named)
    return visible_introductions(current_actor()).where(of_unit)


def _kinds(ours: frozenset[int]) -> dict[str, ColumnElement[bool]]:
    """Whose turn it is, as conditions of SQL (twin of ``Introduction.turn``), and what the numbers of Home count."""
    lives = and_(
        Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
        Introduction.expires_at > utc_now(),
    )

    def proposed_by(side: Side) -> ColumnElement[bool]:
        return exists().where(
            Proposal.introduction_id == Introduction.id,
            Proposal.state == ProposalState.OPEN,
            Proposal.made_by == side,
        )

    # Of an introduction between two of our own units the asked one counts as us.
    asked_us = Introduction.asked_unit_id.in_(ours)
    is_ours = and_(
        lives,
        or_(and_(asked_us, proposed_by(Side.ASKING)), and_(~asked_us, proposed_by(Side.ASKED))),
    )
    is_theirs = and_(
        lives,
        or_(and_(asked_us, proposed_by(Side.ASKED)), and_(~asked_us, proposed_by(Side.ASKING))),
    )
    now = utc_now()
    return {
        "ours": is_ours,
        "theirs": is_theirs,
        "settled": ~or_(is_ours, is_theirs),
        OPEN: is_waiting(now),
        ENDING: is_ending(now, now + ENDS_WITHIN),
    }


def _counts(seen: Select[Introduction], kinds: dict[str, ColumnElement[bool]]) -> dict[str, int]:
    """How many there are of each kind, in one statement."""
    counted = [func.count(case((condition, Introduction.id))) for condition in kinds.values()]
    row = db.session.execute(seen.with_only_columns(*counted)).one()
    return dict(zip(kinds, row, strict=True))


def _rows(
    wanted: Select[Introduction], kinds: dict[str, ColumnElement[bool]], page: int
) -> list[Introduction]:
    in_order = wanted.order_by(
        ~kinds["ours"], ~kinds["theirs"], Introduction.expires_at.desc(), Introduction.id.desc()
    )
    loaded = in_order.options(
        joinedload(Introduction.asking_organisation),
        joinedload(Introduction.asked_organisation),
        joinedload(Introduction.asking_unit),
        joinedload(Introduction.asked_unit),
        joinedload(Introduction.asked_by),
        selectinload(Introduction.proposals),
        selectinload(Introduction.people),
    )
    return list(db.session.scalars(loaded.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)))


def _line(introduction: Introduction) -> IntroductionLine:
    side = side_for(current_actor(), introduction)
    turn = introduction.turn if introduction.expires_at > utc_now() else None
    until = day_words(wall_time_of(introduction.expires_at, viewer_zone()).date())
    if turn is side:
        words = gettext("Your turn, until %(day)s", day=until)
    elif turn is not None:
        words = gettext("Their turn, until %(day)s", day=until)
    elif introduction.open_proposal is not None and introduction.state is IntroductionState.PROPOSED:
        words = str(STATES[IntroductionState.EXPIRED])
    else:
        words = str(STATES[introduction.state])
    asked = gettext(
        "%(name)s asked on %(at)s",
        name=introduction.asked_by.name,
        at=short_moment_words(introduction.created_at),
    )
    facts = [unit_words(introduction, side), asked]
    return IntroductionLine(
        title=unit_words(introduction, side.other),
        url=record_url("introductions.show", "introduction_id", introduction.id),
        purpose=introduction.purpose,
        turn=words,
        facts=facts,
        is_ours=turn is side,
    )

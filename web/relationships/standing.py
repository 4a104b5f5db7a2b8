"""Where a relationship stands: its stages with dates, whether the two have met in person, whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel.speaklater import LazyString
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from models.between import introductions_between, partnerships_between
from models.dealings_policy import visible_introductions
from models.introduction import Introduction
from models.meeting import Meeting
from models.met_in_person import first_met_in_person
from models.next_step import DealtStep, steps_between
from models.partnership import Partnership, PartnershipEventKind, PartnershipStage, PartnershipState
from models.partnership_policy import visible_partnerships
from models.person import Person
from models.pipeline_filters import OPEN_STAGES
from models.pipeline_moves import standing_moves
from models.relationship import Contact, ContactKind, Relationship, Stage
from models.side import Side
from models.turn import Turn, turn_between
from web.access import current_actor
from web.database import db
from web.introductions.words import STATES as INTRODUCTION_STATES
from web.labels import day_of
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.meetings.words import MODES
from web.meetings.words import STATES as MEETING_STATES
from web.moments import short_moment_words
from web.partnerships.words import STAGES as PARTNERSHIP_STAGES
from web.pipeline.words import CLOSED_REASONS, STAGES, days_words

TURNS: dict[Turn, LazyString] = {
    Turn.OUR_ANSWER: _("Yours: they wait for your answer"),
    Turn.OUR_LATE_PROMISE: _("Yours: they wait for what you promised"),
    Turn.THEIR_ANSWER: _("Theirs: you wait for their answer"),
    Turn.THEIR_LATE_PROMISE: _("Theirs: you wait for what they promised"),
    Turn.DISPUTE: _("Both: a promise is in dispute until you settle it"),
    Turn.OUR_PROMISE: _("Yours: you owe what you promised"),
    Turn.THEIR_PROMISE: _("Theirs: they owe what they promised"),
    Turn.NOBODY: _("Nobody waits"),
}


@dataclass(frozen=True)
class StageStep:
    """One stage on the road: ``state`` is past, now or next; ``dates`` say when it was reached."""

    word: str
    state: str
    dates: str


@dataclass(frozen=True)
class Line:
    """One line of a list: what, when, more about it, where it leads."""

    what: str
    at: str
    more: str
    url: str


@dataclass(frozen=True)
class Dealt:
    """What the two units have had with each other here, as far as the actor may see it."""

    introductions: list[Introduction]
    meetings: list[Meeting]
    partnership: Partnership | None


def dealt_with(ours: Relationship) -> Dealt:
    """Introductions and meetings of the two units, the newest first, and the partnership that goes on, if any."""
    actor = current_actor()
    seen = visible_introductions(actor).with_only_columns(Introduction.id)
    introductions = db.session.scalars(
        introductions_between(ours)
        .where(Introduction.id.in_(seen))
        .options(selectinload(Introduction.meetings), selectinload(Introduction.proposals))
        .order_by(Introduction.id.desc())
    ).all()
    partnership = db.session.scalar(
        partnerships_between(ours)
        .where(
            Partnership.state.in_([PartnershipState.PROPOSED, PartnershipState.ACTIVE]),
            Partnership.id.in_(visible_partnerships(actor).with_only_columns(Partnership.id)),
        )
        .options(selectinload(Partnership.events))
        .order_by(Partnership.id.desc())
        .limit(1)
    )
    meetings = [meeting for introduction in introductions for meeting in introduction.meetings]
    return Dealt(
        introductions=list(introductions),
        meetings=sorted(meetings, key=lambda meeting: meeting.starts_at, reverse=True),
        partnership=partnership,
    )


def stage_road(ours: Relationship) -> list[StageStep]:
    """All stages in their order, each reached one with its day; *closed* only where it ended."""
    reached = {change.to_stage: change.at for change in standing_moves(db.session, ours)}
    reached.setdefault(Stage.SUGGESTED, ours.created_at)
    stages = [*OPEN_STAGES, *([Stage.CLOSED] if ours.stage is Stage.CLOSED else [])]
    return [_step(ours, stage, reached) for stage in stages]


def _step(ours: Relationship, stage: Stage, reached: Mapping[Stage, datetime]) -> StageStep:
    if stage is ours.stage:
        since = gettext("since %(day)s", day=day_of(ours.stage_since))
        return StageStep(str(STAGES[stage]), "now", since)
    if ours.stage is not Stage.CLOSED and stage.position > ours.stage.position:
        return StageStep(str(STAGES[stage]), "next", "")
    if stage in reached:
        return StageStep(str(STAGES[stage]), "past", day_of(reached[stage]))
    is_skipped = ours.stage is not Stage.CLOSED
    return StageStep(
        str(STAGES[stage]), "past" if is_skipped else "next", gettext("skipped") if is_skipped else ""
    )


def history(ours: Relationship) -> list[Line]:
    """Every move that stands, the newest first."""
    changes = standing_moves(db.session, ours)
    names = {
        person.id: person.name
        for person in db.session.scalars(
            select(Person).where(Person.id.in_({change.person_id for change in changes}))
        )
    }
    return [
        Line(
            what=gettext(
                "%(before)s → %(after)s", before=STAGES[change.from_stage], after=STAGES[change.to_stage]
            ),
            at=day_of(change.at),
            more=" · ".join(
                part
                for part in (
                    str(CLOSED_REASONS[change.to_reason]) if change.to_reason else "",
                    names.get(change.person_id or 0, ""),
                )
                if part
            ),
            url="",
        )
        for change in reversed(changes)
    ]


def time_in_stage(ours: Relationship, usual: Mapping[Stage, timedelta], now: datetime) -> str:
    """How long it has stood in its stage, against what is usual with us."""
    days = days_words((now - ours.stage_since) // timedelta(days=1))
    if ours.stage not in usual:
        return str(gettext("%(days)s in this stage; we do not know yet what is usual", days=days))
    return str(
        gettext(
            "%(days)s in this stage; usually it takes us %(usual)s",
            days=days,
            usual=days_words(max(1, usual[ours.stage].days)),
        )
    )


def met_in_person(ours: Relationship) -> str | None:
    """The day on which people of the two units first met in person; None: not yet."""
    held_at = first_met_in_person(db.session, ours.unit_id, ours.partner_unit_id)
    visited_at = db.session.scalar(
        select(func.min(Contact.at)).where(
            Contact.relationship_id == ours.id, Contact.kind == ContactKind.VISIT
        )
    )
    found = [at for at in (held_at, visited_at) if at is not None]
    return day_of(min(found)) if found else None


@dataclass(frozen=True)
class ToDo:
    """Whose turn it is, in words, and the first steps that the dealings ask for of us and of them."""

    turn: str
    step: DealtStep | None
    awaited: DealtStep | None


def to_do(ours: Relationship, now: datetime) -> ToDo:
    """What each side is to do next, as far as the actor may see it."""
    our_steps, their_steps = steps_between(db.session, current_actor(), ours.id, now)
    turn = turn_between(our_steps, their_steps, now)
    return ToDo(
        turn=str(TURNS[turn]),
        step=our_steps[0] if our_steps else None,
        awaited=their_steps[0] if their_steps else None,
    )


def introduction_lines(ours: Relationship, dealt: Dealt) -> list[Line]:
    return [
        Line(
            what=gettext("We asked")
            if introduction.unit_id_of(Side.ASKING) == ours.unit_id
            else gettext("They asked"),
            at=day_of(introduction.created_at),
            more=str(INTRODUCTION_STATES[introduction.state]),
            url=url_for("introductions.show", introduction_id=introduction.id),
        )
        for introduction in dealt.introductions
    ]


def meeting_lines(dealt: Dealt) -> list[Line]:
    return [
        Line(
            what=meeting.title,
            at=short_moment_words(meeting.starts_at),
            more=f"{MODES[meeting.mode]} · {MEETING_STATES[meeting.state]}",
            url=url_for("meetings.show", meeting_id=meeting.id),
        )
        for meeting in dealt.meetings
    ]


def partnership_road(dealt: Dealt) -> list[StageStep]:
    """The stages of the partnership itself with the day on which each began; empty: there is none."""
    partnership = dealt.partnership
    if partnership is None:
        return []
    began = {
        event.stage: event.at for event in partnership.events if event.kind is PartnershipEventKind.STAGE
    }
    now = partnership.stage
    return [
        StageStep(
            word=str(PARTNERSHIP_STAGES[stage]),
            state="now" if stage is now else "past" if stage in began else "next",
            dates=day_of(began[stage]) if stage in began else "",
        )
        for stage in PartnershipStage
    ]

"""The page of one partnership: are we keeping our word? And the list behind its figures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from sqlalchemy import select

from models.actor import Action
from models.base import utc_now
from models.partnership import (
    Counterpart,
    Partnership,
    PartnershipKind,
    PartnershipState,
    PrivateGoal,
)
from models.partnership_people import current_counterparts
from models.promises import promises_of
from models.side import Side
from web.access import allowed
from web.database import db
from web.labels import day_of
from web.loaders import load_partnership
from web.localisation import gettext, ngettext
from web.page_form import PageForm
from web.partnerships import blueprint
from web.partnerships.forms import AnswerForm
from web.partnerships.picture import Picture, picture_of
from web.partnerships.rows import (
    PromiseRow,
    RecordView,
    fact_rows,
    general_trust,
    history_rows,
    promise_rows,
    records,
)
from web.partnerships.sides import my_side
from web.partnerships.timeline import TimelineRow, timeline_of
from web.partnerships.words import CLOSING_REASONS, KINDS, STAGES, STATES, purpose_sentence
from web.sides import side_name

# What happened before these stands folded beneath them.
NEWEST = 8


@dataclass(frozen=True)
class PersonRow:
    """Somebody who looks after it. ``private_goals`` and ``edit_url`` are empty on the other side's people."""

    name: str
    part: str
    goals: str
    works_with: str
    private_goals: str
    edit_url: str
    entry_id: int


@dataclass(frozen=True)
class PeopleColumn:
    name: str
    is_ours: bool
    rows: list[PersonRow]


@dataclass(frozen=True)
class PartnershipView:
    """Everything that the template prints. ``question`` is what waits for an answer about the partnership itself:
    "proposed" or "growth", and ``is_our_answer`` whether this side gives it.
    """

    partnership_id: int
    title: str
    kind: str
    is_pilot: bool
    is_active: bool
    is_closed: bool
    state: str
    state_kind: str
    closing_reason: str
    purpose: str
    facts: list[tuple[str, str]]
    question: str
    is_our_answer: bool
    turn_words: str
    promises: list[PromiseRow]
    records: list[RecordView]
    general: str
    people: list[PeopleColumn]
    lonely_sides: list[str]
    letters_sent: int
    picture: Picture | None
    timeline: list[TimelineRow]
    earlier: list[TimelineRow]
    stages: list[tuple[str, str]]


@blueprint.get("/partnerships/<int:partnership_id>")
@allowed(Action.PARTNERSHIP_SEE, load_partnership, "partnership_id")
def show(partnership: Partnership) -> str:
    """One partnership, as one of its sides sees it."""
    view = partnership_view(partnership, my_side(partnership), utc_now())
    return render_template(
        "partnerships/show.html",
        view=view,
        answer_form=AnswerForm(formdata=None),
        form=PageForm(formdata=None),
    )


@blueprint.get("/partnerships/<int:partnership_id>/promises")
@allowed(Action.PARTNERSHIP_SEE, load_partnership, "partnership_id")
def promises(partnership: Partnership) -> str:
    """The promises that are over, of both sides or of the one that the address names: the list behind the figures."""
    named = request.args.get("side", "")
    performer = Side(named) if named in {side.value for side in Side} else None
    side = my_side(partnership)
    found = promises_of(db.session, [partnership.id], utc_now())
    return render_template(
        "partnerships/promises.html",
        partnership=partnership,
        rows=history_rows(partnership, found, performer, side),
        whose=side_name(partnership, performer) if performer else "",
        their_name=side_name(partnership, side.other),
    )


def partnership_view(partnership: Partnership, side: Side, now: datetime) -> PartnershipView:
    """The partnership told to one side."""
    found = promises_of(db.session, [partnership.id], now)
    rows = promise_rows(partnership, found, side, now)
    timeline = timeline_of(partnership, found)
    state, state_kind = STATES[partnership.state]
    reason = partnership.closing_reason
    return PartnershipView(
        partnership_id=partnership.id,
        title=side_name(partnership, side.other),
        kind=str(KINDS[partnership.kind]),
        is_pilot=partnership.kind is PartnershipKind.PILOT,
        is_active=partnership.state is PartnershipState.ACTIVE,
        is_closed=partnership.state is PartnershipState.CLOSED,
        state=str(state),
        state_kind=state_kind,
        closing_reason=str(CLOSING_REASONS[reason]) if reason else "",
        purpose=purpose_sentence(partnership),
        facts=fact_rows(partnership, side),
        question=_question(partnership),
        is_our_answer=partnership.turn is side,
        turn_words=_turn_words(partnership, rows),
        promises=rows,
        records=records(partnership, found, side, now),
        general=general_trust(partnership, side, now),
        people=[_column(partnership, each, side) for each in (side, side.other)],
        lonely_sides=[
            side_name(partnership, each)
            for each in (side, side.other)
            if partnership.state is PartnershipState.ACTIVE and not current_counterparts(partnership, each)
        ],
        letters_sent=sum(letter.sent_at is not None for letter in partnership.letters),
        picture=picture_of(partnership, found, side, now),
        timeline=timeline[:NEWEST],
        earlier=timeline[NEWEST:],
        stages=_stages(partnership),
    )


def _question(partnership: Partnership) -> str:
    if partnership.turn is None:
        return ""
    return "proposed" if partnership.state is PartnershipState.PROPOSED else "growth"


def _turn_words(partnership: Partnership, rows: Collection[PromiseRow]) -> str:
    """What is owed stays owed when a partnership is closed; but nobody promises anything new then."""
    ours = sum(row.is_my_turn for row in rows)
    if ours:
        return str(
            ngettext(
                "Your turn: one promise waits for you.", "Your turn: %(num)s promises wait for you.", ours
            )
        )
    if any(row.is_their_turn for row in rows):
        return str(gettext("Their turn: nothing waits for you."))
    if partnership.state is not PartnershipState.ACTIVE:
        return ""
    return str(gettext("Nobody owes anybody anything. Promise something small and keep it."))


def _column(partnership: Partnership, side: Side, my_side: Side) -> PeopleColumn:
    is_ours = side is my_side
    entries = current_counterparts(partnership, side)
    private = _private_goals(entries) if is_ours else {}
    others = current_counterparts(partnership, side.other)
    return PeopleColumn(
        name=side_name(partnership, side),
        is_ours=is_ours,
        rows=[
            PersonRow(
                name=entry.person.name,
                part=entry.part,
                goals=entry.goals,
                works_with=_names_of_partners(entry, others),
                private_goals=private.get(entry.id, ""),
                edit_url=url_for("partnerships.edit_person", counterpart_id=entry.id) if is_ours else "",
                entry_id=entry.id,
            )
            for entry in entries
        ],
    )


def _names_of_partners(entry: Counterpart, others: Collection[Counterpart]) -> str:
    """Whoever the two named for each other, from either side."""
    names = [
        other.person.name
        for other in others
        if entry.works_with_id == other.id or other.works_with_id == entry.id
    ]
    return ", ".join(names)


def _private_goals(entries: Collection[Counterpart]) -> dict[int, str]:
    statement = select(PrivateGoal).where(PrivateGoal.counterpart_id.in_([entry.id for entry in entries]))
    return {goal.counterpart_id: goal.text for goal in db.session.scalars(statement)}


def _stages(partnership: Partnership) -> list[tuple[str, str]]:
    """The stages that it has been in, each with the day on which it began."""
    return [
        (str(STAGES[event.stage]), day_of(event.at))
        for event in partnership.events
        if event.stage is not None
    ]

"""The page of one relationship."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.actor import Action
from models.base import utc_now
from models.follow_up import Cadence, FollowUp
from models.outcome import HeardNeed
from models.person import Person
from models.planning import open_follow_ups
from models.policy import can
from models.quietness import quietness_now, resting_among, usual_times
from models.relationship import PrivateNote, Relationship, RelationshipPerson, Stage
from models.unit_people import colleagues
from web.access import allowed, current_actor, current_person_id
from web.database import db
from web.labels import day_of, partner_words
from web.loaders import load_relationship
from web.localisation import gettext
from web.outcomes.words import HEARD_STATES
from web.pipeline.cards import is_to_be_closed, other_stages
from web.pipeline.doors import do_both_take_part, meeting_url_of
from web.pipeline.undo import UndoOffer, undo_offer
from web.pipeline.words import CLOSED_REASONS, STAGES, quiet_words
from web.relationships import blueprint
from web.relationships.contact_lines import ContactLine, contact_lines
from web.relationships.departments import Departments, silent_departments
from web.relationships.forms import NoteForm, PersonForm
from web.relationships.next_step import NextStep, TaskLine, next_step, task_line
from web.relationships.standing import (
    Line,
    StageStep,
    dealt_with,
    history,
    introduction_lines,
    meeting_lines,
    met_in_person,
    partnership_road,
    stage_road,
    time_in_stage,
    to_do,
)

MOST_NOTES = 30


@dataclass(frozen=True)
class NoteLine:
    text: str
    at: str
    by: str


@dataclass(frozen=True)
class RelationshipPage:
    """Everything that the page shows. What only readers see is empty for others; ``may_read`` says so."""

    ours: Relationship
    partner: str
    may_read: bool
    stage_word: str
    closed_because: str | None
    is_to_be_closed: bool
    moves: tuple[tuple[str, str], ...]
    road: list[StageStep]
    partnership_road: list[StageStep]
    partnership_url: str | None
    history: list[Line]
    quietness: str
    quiet_words: str
    time_in_stage: str
    turn: str
    met_in_person: str | None
    next: NextStep | None
    steps: list[TaskLine]
    introductions: list[Line]
    meetings: list[Line]
    contacts: list[ContactLine]
    notes: list[NoteLine]
    heard_needs: list[Line]
    people: list[tuple[int, str]]
    cadence: str
    departments: list[Departments]
    meeting_url: str | None
    profile_url: str | None
    why_url: str | None
    undo: UndoOffer | None


@blueprint.get("/relationships/<int:relationship_id>")
@allowed(Action.RELATIONSHIP_SEE, load_relationship, "relationship_id")
def show(ours: Relationship) -> str:
    """One partner of one of our units, as our side sees it."""
    return show_page(ours, NoteForm(formdata=None), PersonForm(formdata=None))


def show_page(ours: Relationship, note_form: NoteForm, person_form: PersonForm) -> str:
    """The page, with the forms as they were sent or empty."""
    named = {entry.person_id for entry in ours.people}
    person_form.person_id.choices = [
        (str(person.id), person.name)
        for person in colleagues(db.session, ours.unit)
        if person.id not in named
    ]
    return render_template(
        "relationships/show.html",
        page=_page(ours, utc_now()),
        form=note_form,
        person_form=person_form,
    )


def _page(ours: Relationship, now: datetime) -> RelationshipPage:
    may_read = can(current_actor(), Action.RELATIONSHIP_READ, ours, now)
    usual = usual_times(db.session, ours.organisation_id)
    dealt = dealt_with(ours)
    quietness, words = _quiet(ours, usual, now)
    open_steps = _open_steps(ours, may_read)
    to_do_next = to_do(ours, now)
    return RelationshipPage(
        ours=ours,
        partner=partner_words(ours),
        may_read=may_read,
        stage_word=str(STAGES[ours.stage]),
        closed_because=str(CLOSED_REASONS[ours.closed_reason]) if ours.closed_reason else None,
        is_to_be_closed=is_to_be_closed(ours.stage, ours.partner.state),
        moves=other_stages(ours.stage),
        road=stage_road(ours),
        partnership_road=partnership_road(dealt),
        partnership_url=url_for("partnerships.show", partnership_id=dealt.partnership.id)
        if dealt.partnership
        else None,
        history=history(ours),
        quietness=quietness,
        quiet_words=words,
        time_in_stage=time_in_stage(ours, usual, now),
        turn=to_do_next.turn,
        met_in_person=met_in_person(ours),
        next=next_step(to_do_next.step, to_do_next.awaited, open_steps, now),
        steps=[task_line(follow_up, now) for follow_up in open_steps],
        introductions=introduction_lines(ours, dealt),
        meetings=meeting_lines(dealt),
        contacts=contact_lines(ours, may_read),
        notes=_notes(ours) if may_read else [],
        heard_needs=_heard_needs(ours) if may_read else [],
        people=_people(ours),
        cadence=_cadence(ours),
        departments=silent_departments(ours),
        meeting_url=meeting_url_of(ours),
        profile_url=_profile_url(ours),
        why_url=_why_url(ours),
        undo=undo_offer(),
    )


def _profile_url(ours: Relationship) -> str | None:
    if not do_both_take_part(ours):
        return None
    return url_for("organisations.show", organisation_id=ours.partner_id)


def _why_url(ours: Relationship) -> str | None:
    if ours.unit_id not in current_actor().units_acted_for or not do_both_take_part(ours):
        return None
    return url_for("partners.show", unit_id=ours.unit_id, organisation_id=ours.partner_id)


def _quiet(ours: Relationship, usual: Mapping[Stage, timedelta], now: datetime) -> tuple[str, str]:
    since = ours.last_contact_at or ours.created_at
    quietness = quietness_now(
        ours.stage,
        ours.stage_since,
        since,
        ours.quiet_after_days,
        ours.cold_after_days,
        usual,
        now,
        ours.id in resting_among(db.session, [ours.id], now),
    )
    words = quiet_words(
        quietness, ours.days_quiet(now), ours.quiet_after_days, ours.cold_after_days, usual.get(ours.stage)
    )
    return quietness.value, words


def _open_steps(ours: Relationship, may_read: bool) -> list[FollowUp]:
    """Readers see all that is open, the most urgent first; others what they own themselves."""
    person_id = current_person_id()
    return [
        follow_up
        for follow_up in open_follow_ups(db.session, ours)
        if may_read or follow_up.owner_id == person_id
    ]


def _notes(ours: Relationship) -> list[NoteLine]:
    notes = db.session.scalars(
        select(PrivateNote)
        .where(PrivateNote.relationship_id == ours.id)
        .options(joinedload(PrivateNote.person))
        .order_by(PrivateNote.id.desc())
        .limit(MOST_NOTES)
    )
    return [NoteLine(text=note.text, at=day_of(note.created_at), by=note.person.name) for note in notes]


def _heard_needs(ours: Relationship) -> list[Line]:
    heard = db.session.scalars(
        select(HeardNeed).where(HeardNeed.relationship_id == ours.id).order_by(HeardNeed.id.desc())
    )
    return [
        Line(
            what=need.title,
            at=day_of(need.created_at),
            more=str(HEARD_STATES[need.state][0]),
            url=url_for("heard_needs.show", heard_need_id=need.id),
        )
        for need in heard
    ]


def _people(ours: Relationship) -> list[tuple[int, str]]:
    """Id and name of those who take part, by name."""
    people = db.session.execute(
        select(Person.id, Person.name)
        .join(RelationshipPerson, RelationshipPerson.person_id == Person.id)
        .where(RelationshipPerson.relationship_id == ours.id)
        .order_by(Person.name)
    )
    return [(row.id, row.name) for row in people]


def _cadence(ours: Relationship) -> str:
    """How often we ask again, and whether that runs."""
    cadence = db.session.get(Cadence, ours.cadence_id) if ours.cadence_id is not None else None
    name = cadence.name if cadence is not None else gettext("the usual one")
    if ours.cadence_from is None:
        return str(gettext("not running (%(name)s)", name=name))
    return str(gettext("%(name)s, since %(day)s", name=name, day=day_of(ours.cadence_from)))

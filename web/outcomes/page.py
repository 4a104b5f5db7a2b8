"""What came of a meeting: both accounts as far as each side may see them, the summary, and what else came up."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, url_for
from sqlalchemy import select

from models.actor import Action
from models.base import utc_now
from models.between import standing_between
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction
from models.meeting import Meeting, MeetingState
from models.outcome import Decision, Outcome
from models.outcome_rules import TheirAccount, outcome_of, their_account
from models.policy import can
from models.relationship import Relationship, Stage
from web.access import current_actor
from web.database import db
from web.localisation import gettext
from web.moments import day_words, moment_words, period_words, short_moment_words, viewer_zone
from web.outcomes.closing import CloseForm
from web.outcomes.hearing import HeardLine, heard_of_meeting
from web.outcomes.sides import Stand, is_reader
from web.outcomes.summaries import SummaryForm, SummaryView, summary_view
from web.outcomes.topics import TopicLine, topics_of_meeting
from web.outcomes.words import DECISIONS, INTERESTS
from web.page_form import PageForm


@dataclass(frozen=True)
class AccountView:
    """One side's account in words. ``facts`` are (label, words); ``hidden`` says until when the rest is not shown."""

    facts: list[tuple[str, str]]
    told: str
    hidden: str


@dataclass(frozen=True)
class Offer:
    """What suggests itself after this outcome."""

    words: str
    label: str
    url: str


@dataclass(frozen=True)
class OutcomePage:
    """Everything about one meeting that the person may see afterwards; with ``is_summary_alone`` the summary and
    nothing else.
    """

    meeting_id: int
    is_summary_alone: bool
    relationship_id: int | None
    title: str
    when: str
    partner_name: str
    is_over: bool
    ours: AccountView | None
    theirs: AccountView | None
    offer: Offer | None
    may_close: bool
    steps: list[tuple[str, str]]
    notes: list[tuple[str, str]]
    topics: list[TopicLine]
    heard: list[HeardLine]
    summary: SummaryView


def show_page(meeting: Meeting, stand: Stand, form: SummaryForm | None = None, stale: bool = False) -> str:
    """The page, with the form of the summary that was sent, or else one that starts from the newest version.

    ``stale``: another version was written meanwhile.
    """
    page = _page_of(meeting, stand, utc_now()) if is_reader(meeting, stand) else _summary_of(meeting, stand)
    form = form or SummaryForm(formdata=None, data={"text": page.summary.newest_text})
    return render_template(
        "outcomes/show.html", view=page, form=form, close_form=CloseForm(), plain_form=PageForm(), stale=stale
    )


def _page_of(meeting: Meeting, stand: Stand, now: datetime) -> OutcomePage:
    ours = outcome_of(db.session, meeting, stand.side)
    theirs = their_account(db.session, meeting, stand.side, now)
    relationship = stand.ours
    is_to_be_closed = ours is not None and ours.held and ours.decision is Decision.STOP
    return OutcomePage(
        meeting_id=meeting.id,
        is_summary_alone=False,
        relationship_id=relationship.id if relationship else None,
        title=meeting.title,
        when=period_words(meeting.starts_at, meeting.ends_at, viewer_zone()),
        partner_name=stand.partner_name,
        is_over=meeting.state is not MeetingState.CANCELLED and meeting.ends_at <= now,
        ours=_our_view(ours) if ours else None,
        theirs=_their_view(theirs) if theirs else None,
        offer=_offer(meeting, stand, ours, theirs),
        may_close=is_to_be_closed and relationship is not None and relationship.stage is not Stage.CLOSED,
        steps=_steps(meeting, relationship, stand) if relationship else [],
        notes=_notes(meeting, relationship) if relationship else [],
        topics=topics_of_meeting(meeting.id, relationship.id) if relationship else [],
        heard=heard_of_meeting(meeting),
        summary=summary_view(meeting, stand),
    )


def _summary_of(meeting: Meeting, stand: Stand) -> OutcomePage:
    """The page of whoever answers the summary because nobody else of their side is left."""
    return OutcomePage(
        meeting_id=meeting.id,
        is_summary_alone=True,
        relationship_id=None,
        title=meeting.title,
        when=period_words(meeting.starts_at, meeting.ends_at, viewer_zone()),
        partner_name=stand.partner_name,
        is_over=True,
        ours=None,
        theirs=None,
        offer=None,
        may_close=False,
        steps=[],
        notes=[],
        topics=[],
        heard=[],
        summary=summary_view(meeting, stand),
    )


def _our_view(outcome: Outcome) -> AccountView:
    facts = [(gettext("Did you meet?"), gettext("Yes") if outcome.held else gettext("No"))]
    if outcome.held:
        facts += [
            (gettext("Our interest"), str(INTERESTS[outcome.our_interest])),
            (gettext("Their interest, as we felt it"), str(INTERESTS[outcome.their_interest])),
            (gettext("Decided"), _decision_words(outcome.decision, outcome.agreed)),
            (gettext("Our feedback"), outcome.feedback),
        ]
    told = gettext("%(name)s, %(when)s", name=outcome.person.name, when=short_moment_words(outcome.logged_at))
    return AccountView(facts=[(label, words) for label, words in facts if words], told=told, hidden="")


def _their_view(account: TheirAccount) -> AccountView:
    facts = [(gettext("Did you meet?"), gettext("Yes") if account.held else gettext("No"))]
    hidden = ""
    if account.held:
        facts.append((gettext("Decided"), _decision_words(account.decision, account.agreed)))
    if account.held and account.interest is not None and account.interest_they_saw is not None:
        facts += [
            (gettext("Their interest"), str(INTERESTS[account.interest])),
            (gettext("Our interest, as they felt it"), str(INTERESTS[account.interest_they_saw])),
            (gettext("Their feedback"), account.feedback),
        ]
    elif account.held:
        hidden = gettext(
            "Their interest and feedback show once both sides have given theirs, or on %(when)s.",
            when=moment_words(account.opens_at),
        )
    return AccountView(facts=[(label, words) for label, words in facts if words], told="", hidden=hidden)


def _decision_words(decision: Decision, agreed: str) -> str:
    words = str(DECISIONS[decision])
    return f"{words}: {agreed}" if agreed else words


def _offer(
    meeting: Meeting, stand: Stand, outcome: Outcome | None, theirs: TheirAccount | None
) -> Offer | None:
    if outcome is None:
        return None
    introduction = meeting.introduction
    if theirs is not None and theirs.held != outcome.held:
        return Offer(
            words=gettext(
                "One side says that you met, the other that you did not. Write to them, or change what you told."
            ),
            label=gettext("Write to them"),
            url=url_for("introductions.show", introduction_id=introduction.id, _anchor="thread"),
        )
    if not outcome.held:
        return Offer(
            words=gettext("It was not held, so nothing was counted as a contact. You can suggest new times."),
            label=gettext("Propose new times"),
            url=url_for("introductions.propose", introduction_id=introduction.id),
        )
    if outcome.decision in {Decision.PILOT, Decision.PARTNERSHIP}:
        return _offer_to_work_together(introduction, stand, outcome.decision is Decision.PILOT)
    return None


def _offer_to_work_together(introduction: Introduction, stand: Stand, is_pilot: bool) -> Offer | None:
    standing = standing_between(db.session, introduction.asking_unit_id, introduction.asked_unit_id)
    if standing is not None and not can(current_actor(), Action.PARTNERSHIP_SEE, standing, utc_now()):
        return None
    if standing is not None:
        return Offer(
            words=gettext("You decided to work together."),
            label=gettext("Open your partnership"),
            url=url_for("partnerships.show", partnership_id=standing.id),
        )
    return Offer(
        words=gettext("You decided to work together. Write down in a few lines what each side promises."),
        label=gettext("Set up the pilot") if is_pilot else gettext("Set up the partnership"),
        url=url_for(
            "partnerships.new",
            unit=introduction.unit_id_of(stand.side),
            introduction=introduction.id,
        ),
    )


def _steps(meeting: Meeting, ours: Relationship, stand: Stand) -> list[tuple[str, str]]:
    steps = db.session.scalars(
        select(FollowUp)
        .where(
            FollowUp.meeting_id == meeting.id,
            FollowUp.relationship_id == ours.id,
            FollowUp.kind == FollowUpKind.NEXT_STEP,
            FollowUp.dropped_at.is_(None),
        )
        .order_by(FollowUp.due_at, FollowUp.id)
    )
    return [(step.text, _step_facts(step, stand)) for step in steps]


def _step_facts(step: FollowUp, stand: Stand) -> str:
    owner = step.owner.name if step.owner else gettext("nobody yet")
    if step.is_theirs:
        owner = gettext("%(partner)s does it, %(name)s asks for it", partner=stand.partner_name, name=owner)
    if step.done_at is not None:
        return str(gettext("%(owner)s, done on %(day)s", owner=owner, day=short_moment_words(step.done_at)))
    return str(gettext("%(owner)s, by %(day)s", owner=owner, day=day_words(step.due_on)))


def _notes(meeting: Meeting, ours: Relationship) -> list[tuple[str, str]]:
    return [
        (
            note.text,
            gettext("%(name)s, %(when)s", name=note.person.name, when=short_moment_words(note.created_at)),
        )
        for note in ours.notes
        if note.meeting_id == meeting.id
    ]

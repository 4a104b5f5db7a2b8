"""One introduction as one of its two sides sees it: whose turn it is, why, who, when, and what was said."""

from dataclasses import dataclass

from flask import render_template, url_for
from wtforms.fields.choices import SelectChoice

from models.actor import Action, Actor
from models.asking import are_in_network
from models.base import utc_now
from models.booking import conflicts
from models.dealings_policy import sides_of
from models.introduction import (
    AnswerLink,
    Introduction,
    IntroductionState,
    Proposal,
    ProposalState,
    ThreadMessage,
)
from models.meeting import Meeting, MeetingState
from models.policy import can, visible_posts
from models.post import Post
from models.side import Side
from models.unit_people import colleagues, present_people
from web.access import allowed, current_actor, current_person_id
from web.database import db
from web.introductions import blueprint
from web.introductions.drafting import people_choices
from web.introductions.forms import AcceptForm, GuestForm, MessageForm
from web.introductions.guest_links import MOST_GUESTS
from web.introductions.letters import links_of, slot_words
from web.introductions.views import (
    GuestLine,
    IntroductionView,
    MeetingLine,
    MessageView,
    Moves,
    PostLine,
    ProposalView,
)
from web.introductions.words import STATES, taken_words, turn_words
from web.loaders import load_introduction
from web.localisation import gettext
from web.meetings.words import STATES as MEETING_STATES
from web.meetings.words import when_words, where_words
from web.moments import short_moment_words
from web.page_form import PageForm
from web.sides import side_among, side_name, units_of


@dataclass(frozen=True)
class PageForms:
    accept: AcceptForm
    message: MessageForm
    guest: GuestForm
    press: PageForm


@blueprint.get("/introductions/<int:introduction_id>")
@allowed(Action.INTRODUCTION_SEE, load_introduction, "introduction_id")
def show(introduction: Introduction) -> str:
    return introduction_page(introduction)


def side_for(actor: Actor, introduction: Introduction) -> Side:
    """The side for which the person looks and acts. Whoever could act for both acts for the unit in the address,
    and without one for the side whose turn it is.
    """
    return side_among(sides_of(actor, introduction), units_of(introduction), introduction.turn)


def introduction_page(
    introduction: Introduction,
    accept: AcceptForm | None = None,
    message: MessageForm | None = None,
    guest: GuestForm | None = None,
) -> str:
    """The page, with whichever form was sent and could not be taken."""
    side = side_for(current_actor(), introduction)
    view = _view(introduction, side)
    forms = PageForms(
        accept=accept or accept_form(introduction, side, is_new=True),
        message=message or MessageForm(formdata=None),
        guest=guest or GuestForm(formdata=None),
        press=PageForm(formdata=None),
    )
    sent = next((form for form in (accept, message, guest) if form is not None), None)
    return render_template("introductions/show.html", view=view, forms=forms, form=sent)


def accept_form(introduction: Introduction, side: Side, is_new: bool) -> AcceptForm:
    """The open times and our people as choices; a new form proposes those who are named already, or the person."""
    form = AcceptForm(formdata=None) if is_new else AcceptForm()
    proposal = introduction.open_proposal
    slots = proposal.slots if proposal is not None else []
    form.slot.choices = [SelectChoice(slot.id, slot_words(slot)) for slot in slots]
    people = {person.id: person for person in colleagues(db.session, introduction.unit_of(side))}
    named = present_people(db.session, introduction, side)
    people.update({person.id: person for person in named})
    form.people.choices = people_choices(list(people.values()))
    if is_new:
        form.people.data = [person.id for person in named] or [current_person_id()]
    return form


def _view(introduction: Introduction, side: Side) -> IntroductionView:
    is_by_us = side is Side.ASKING
    posts = _posts(introduction, side)
    proposal = introduction.open_proposal
    may_read = can(current_actor(), Action.INTRODUCTION_READ, introduction, utc_now())
    other = introduction.organisation_of(side.other)
    are_here = are_in_network(introduction)
    return IntroductionView(
        introduction_id=introduction.id,
        state=introduction.state,
        state_words=str(STATES[introduction.state]),
        is_ours_to_answer=introduction.turn is side and introduction.expires_at > utc_now(),
        turn=turn_words(introduction, side),
        ours=side_name(introduction, side),
        theirs=side_name(introduction, side.other),
        their_profile_url=url_for("organisations.show", organisation_id=other.id) if are_here else None,
        gone=None if other.is_approved else other,
        is_by_us=is_by_us,
        asked_by=introduction.asked_by.name,
        asked_at=short_moment_words(introduction.created_at),
        purpose=introduction.purpose,
        hope=introduction.hope,
        offer=introduction.offer,
        posts=posts,
        closed_posts=len(introduction.posts) - len(posts),
        our_people=_names(introduction, side),
        their_people=_names(introduction, side.other),
        current=_proposal(introduction, proposal, side) if proposal is not None else None,
        slot_hints=_slot_hints(introduction, side),
        past=[
            _proposal(introduction, one, side)
            for one in reversed(introduction.proposals)
            if one is not proposal
        ],
        messages=[_message(one, introduction, side) for one in introduction.messages] if may_read else None,
        guests=[_guest(link) for link in links_of(introduction, side)] if may_read else [],
        meetings=[_meeting(meeting) for meeting in introduction.meetings],
        moves=_moves(introduction, side, may_read),
    )


def _moves(introduction: Introduction, side: Side, may_read: bool) -> Moves:
    proposal = introduction.open_proposal
    is_live = proposal is not None and introduction.expires_at > utc_now()
    is_our_turn = is_live and introduction.turn is side
    is_first = introduction.state is IntroductionState.PROPOSED
    is_accepted = introduction.state is IntroductionState.ACCEPTED
    is_asked = side is Side.ASKED
    guests = len(links_of(introduction, side))
    return Moves(
        accept=is_our_turn,
        propose=is_our_turn,
        propose_another=is_accepted and proposal is None and are_in_network(introduction),
        decline=is_live and (is_asked if is_first else is_our_turn),
        withdraw=is_live and (not is_asked if is_first else not is_our_turn),
        write=may_read and introduction.state in {IntroductionState.PROPOSED, IntroductionState.ACCEPTED},
        invite_guest=is_our_turn and may_read and guests < MOST_GUESTS,
        ask_anew_url=_ask_anew_url(introduction, side),
    )


def _ask_anew_url(introduction: Introduction, side: Side) -> str | None:
    is_over = introduction.state in {IntroductionState.EXPIRED, IntroductionState.WITHDRAWN}
    unit_id = introduction.unit_id_of(side)
    may_ask = unit_id in current_actor().units_written and are_in_network(introduction)
    if not is_over or not may_ask:
        return None
    return url_for(
        "introductions.new",
        unit_id=unit_id,
        partner=introduction.organisation_of(side.other).id,
        partner_unit=introduction.unit_id_of(side.other),
    )


def _posts(introduction: Introduction, side: Side) -> list[PostLine]:
    """The cited posts that this person may see now; what was closed or hidden meanwhile is only counted."""
    ids = [entry.post_id for entry in introduction.posts]
    found = db.session.scalars(visible_posts(current_actor(), utc_now()).where(Post.id.in_(ids)))
    ours = introduction.organisation_of(side).id
    return [
        PostLine(post.title, url_for("posts.show", post_id=post.id), post.organisation_id == ours)
        for post in sorted(found, key=lambda post: ids.index(post.id))
    ]


def _names(introduction: Introduction, side: Side) -> list[str]:
    return [
        f"{person.name}, {person.title}" if person.title else person.name
        for person in introduction.people_of(side)
    ]


def _proposal(introduction: Introduction, proposal: Proposal, side: Side) -> ProposalView:
    return ProposalView(
        proposal_id=proposal.id,
        by=_author(proposal, introduction, side),
        at=short_moment_words(proposal.created_at),
        times=[slot_words(slot) for slot in proposal.slots],
        where=where_words(proposal.mode, proposal.where),
        note=proposal.note,
        state=_state_of(proposal),
    )


def _state_of(proposal: Proposal) -> str:
    if proposal.state is ProposalState.ACCEPTED:
        return str(gettext("one of these was accepted"))
    if proposal.state is ProposalState.SUPERSEDED:
        return str(gettext("other times were proposed instead"))
    return str("" if proposal.state is ProposalState.OPEN else gettext("closed"))


def _author(row: Proposal, introduction: Introduction, side: Side) -> str:
    """Who proposed; a guest by the name that their own side gave."""
    name = row.person.name if row.person is not None else row.guest_name
    return str(gettext("%(name)s of %(unit)s", name=name, unit=side_name(introduction, row.made_by)))


def _slot_hints(introduction: Introduction, side: Side) -> dict[int, str]:
    """Who of ours has something else at a proposed time. Nobody is told what the other side has."""
    proposal = introduction.open_proposal
    if proposal is None or introduction.turn is not side:
        return {}
    people = [person.id for person in introduction.people_of(side)] or [current_person_id() or 0]
    hints = {}
    for slot in proposal.slots:
        found = conflicts(db.session, people, slot.starts_at, slot.ends_at)
        if slot.starts_at <= utc_now():
            hints[slot.id] = gettext("This time is over.")
        elif found:
            hints[slot.id] = taken_words(found)
    return hints


def _message(message: ThreadMessage, introduction: Introduction, side: Side) -> MessageView:
    return MessageView(
        author=message.person.name if message.person is not None else message.guest_name,
        side=side_name(introduction, message.side),
        at=short_moment_words(message.created_at),
        text=message.text,
        is_ours=message.side is side,
    )


def _guest(link: AnswerLink) -> GuestLine:
    now = utc_now()
    if link.revoked_at is not None:
        state = gettext("taken back")
    elif link.answered_at is not None:
        state = gettext("answered on %(at)s", at=short_moment_words(link.answered_at))
    elif link.expires_at <= now:
        state = gettext("ran out")
    else:
        state = gettext("may answer until %(at)s", at=short_moment_words(link.expires_at))
    return GuestLine(
        link_id=link.id,
        name=link.name,
        email=link.email,
        state=state,
        may_revoke=link.revoked_at is None and link.expires_at > now,
    )


def _meeting(meeting: Meeting) -> MeetingLine:
    return MeetingLine(
        title=meeting.title,
        when=when_words(meeting),
        state="" if meeting.state is MeetingState.SCHEDULED else str(MEETING_STATES[meeting.state]),
        url=url_for("meetings.show", meeting_id=meeting.id),
    )

"""Mail about introductions. Each says who, what and when, holds one link, and nothing that one side keeps to itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Base, utc_now
from models.introduction import (
    LIFE_OF_A_REQUEST,
    AnswerLink,
    Introduction,
    Proposal,
    ProposalState,
    Slot,
    ThreadMessage,
)
from models.meeting import Meeting
from models.outbox import OutboxMail
from models.person import ContactPermission, Person
from models.planning import belongs_to
from models.reminder import Reminder, remind
from models.side import Side
from models.unit_people import offices_of, people_of_unit, present_people
from models.wall_time import wall_time_of
from web.database import db
from web.introductions.guest_links import is_open_to_guest, link_zone, token_of
from web.letters import Guest, Letter, public_url, write_letter
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.mail import still_applies
from web.meetings.words import when_words, where_words
from web.moments import day_words, period_words_for_both, viewer_zone
from web.reminders import reminds
from web.sides import side_name

ASKED = "introduction.asked"
OTHERS = "introduction.others"
ACCEPTED = "introduction.accepted"
DECLINED = "introduction.declined"
WITHDRAWN = "introduction.withdrawn"
MESSAGE = "introduction.message"
EXPIRED = "introduction.expired"
GUEST = "introduction.guest"
NONE_SUITS = "introduction.none_suits"
HALF_TIME = "introduction.half_time"


def readers(introduction: Introduction, side: Side) -> list[Person]:
    """Who is told on this side: those who take part; the office where nobody does, or where it asked to be told."""
    people = present_people(db.session, introduction, side)
    addressed = introduction.addressed_to
    tells_office = (
        side is Side.ASKED
        and addressed in people
        and addressed is not None
        and addressed.contact_permission is ContactPermission.TELL_US
    )
    if not people or tells_office:
        unit = introduction.unit_of(side)
        people += offices_of(db.session, unit) or people_of_unit(db.session, unit)
    return list(dict.fromkeys(people))


def tell_asked(introduction: Introduction, proposal: Proposal) -> None:
    """Tell the asked side who asks, why and when, and remind them at half time."""
    asking = side_name(introduction, Side.ASKING)
    subject = _("%(asking)s asks you for a meeting", asking=asking)
    for person in readers(introduction, Side.ASKED):
        _write(ASKED, proposal, person, subject, introduction, Side.ASKED, f"proposal {proposal.id}")
    _remind_at_half_time(introduction, proposal)


def tell_others(introduction: Introduction, proposal: Proposal) -> None:
    """Tell the side whose turn it is now which times the other one proposes."""
    side = proposal.made_by.other
    subject = _("%(unit)s proposes other times", unit=side_name(introduction, side.other))
    if introduction.meetings:
        subject = _("%(unit)s proposes another meeting", unit=side_name(introduction, side.other))
    for person in readers(introduction, side):
        _write(OTHERS, proposal, person, subject, introduction, side, f"proposal {proposal.id}")
    for link in answering_guests(introduction, side):
        tell_guest(link, proposal)
    _remind_at_half_time(introduction, proposal)


def tell_accepted(introduction: Introduction, meeting: Meeting, by: Side) -> None:
    """Tell those who follow this on the other side and are not invited to the meeting itself."""
    invited = {attendee.person_id for attendee in meeting.attendees}
    subject = _("%(unit)s will meet you", unit=side_name(introduction, by))
    for person in readers(introduction, by.other):
        if person.id not in invited:
            _write(
                ACCEPTED,
                meeting,
                person,
                subject,
                introduction,
                by.other,
                meeting.uid,
                {"meeting": meeting, "meeting_when": when_words},
            )


def tell_declined(introduction: Introduction, by: Side, words: str) -> None:
    """Tell the other side, in the polite words alone."""
    subject = _("%(unit)s cannot meet you", unit=side_name(introduction, by))
    occurrence = f"proposal {introduction.proposals[-1].id}"
    for person in readers(introduction, by.other):
        _write(
            DECLINED,
            introduction,
            person,
            subject,
            introduction,
            by.other,
            occurrence,
            {"words": words},
        )


def tell_withdrawn(introduction: Introduction, by: Side) -> None:
    subject = _("%(unit)s takes back its proposal", unit=side_name(introduction, by))
    occurrence = f"proposal {introduction.proposals[-1].id}"
    for person in readers(introduction, by.other):
        _write(WITHDRAWN, introduction, person, subject, introduction, by.other, occurrence)


def tell_message(introduction: Introduction, message: ThreadMessage, writers: Sequence[Person] = ()) -> None:
    """Tell the other side, and those of it who wrote before, that there is a message, and what it says."""
    side = message.side.other
    author = message.person.name if message.person is not None else message.guest_name
    subject = _("%(author)s wrote to you", author=author)
    for person in dict.fromkeys([*readers(introduction, side), *writers]):
        _write(
            MESSAGE,
            message,
            person,
            subject,
            introduction,
            side,
            "once",
            {"message": message, "author": author},
        )


def tell_none_suits(introduction: Introduction, link: AnswerLink, text: str) -> None:
    """Tell the guest's own side that none of the times suits them."""
    subject = _("None of the times suits %(name)s", name=link.name)
    occurrence = f"proposal {introduction.proposals[-1].id}"
    for person in readers(introduction, link.side):
        _write(
            NONE_SUITS,
            link,
            person,
            subject,
            introduction,
            link.side,
            occurrence,
            {"guest": link.name, "text": text},
        )


def tell_expired(introduction: Introduction, proposal: Proposal) -> None:
    """Tell both sides that the time to answer is over."""
    for side in Side:
        subject = _("No answer in time: %(unit)s", unit=side_name(introduction, side.other))
        for person in readers(introduction, side):
            _write(EXPIRED, proposal, person, subject, introduction, side, "once")


def tell_guest(link: AnswerLink, proposal: Proposal) -> None:
    """Send the signed link to somebody without an account."""
    introduction = link.introduction
    write_letter(
        kind=GUEST,
        record=link,
        recipient=Guest(link.name, link.email, zone=link_zone(proposal)),
        subject=_("When could you meet %(unit)s?", unit=side_name(introduction, link.side.other)),
        template="introductions/mail/guest.txt",
        values={
            **_values(introduction, link.side),
            "proposal": proposal,
            "link": public_url("answers.show", {"token": token_of(link)}),
        },
        occurrence=f"proposal {proposal.id}",
    )


def answering_guests(introduction: Introduction, side: Side) -> list[AnswerLink]:
    """Guests of this side who answered once and may answer again."""
    return [
        link
        for link in links_of(introduction, side)
        if link.answered_at is not None and link.revoked_at is None and link.expires_at > utc_now()
    ]


def links_of(introduction: Introduction, side: Side) -> list[AnswerLink]:
    """The guests whom this side let answer, in the order in which they were asked."""
    of_side = (AnswerLink.introduction_id == introduction.id, AnswerLink.side == side)
    return list(db.session.scalars(select(AnswerLink).where(*of_side).order_by(AnswerLink.id)))


def slot_words(slot: Slot) -> str:
    """When, in the time of whoever reads, and in the time of the place where the clocks differ."""
    return period_words_for_both(slot.starts_at, slot.ends_at, viewer_zone(), slot.zone)


def _write(
    kind: str,
    record: Base,
    person: Person,
    subject: LazyString,
    introduction: Introduction,
    side: Side,
    occurrence: str,
    more: dict[str, Any] | None = None,
) -> None:
    write_letter(
        kind=kind,
        record=record,
        recipient=person,
        subject=subject,
        template=f"introductions/mail/{kind.removeprefix('introduction.')}.txt",
        values={**_values(introduction, side), **(more or {})},
        occurrence=occurrence,
    )


def _values(introduction: Introduction, side: Side) -> dict[str, Any]:
    proposals = introduction.proposals
    return {
        "introduction": introduction,
        "proposal": proposals[-1] if proposals else None,
        "ours": side_name(introduction, side),
        "theirs": side_name(introduction, side.other),
        "until": lambda: day_words(wall_time_of(introduction.expires_at, viewer_zone()).date()),
        "when": slot_words,
        "where": where_words,
        "link": public_url("introductions.show", {"introduction_id": introduction.id}),
    }


def _remind_at_half_time(introduction: Introduction, proposal: Proposal) -> None:
    due_at = proposal.created_at + LIFE_OF_A_REQUEST / 2
    for person in readers(introduction, proposal.made_by.other):
        remind(
            db.session,
            HALF_TIME,
            proposal.id,
            person.id,
            due_at,
            "half time",
            lapses_at=introduction.expires_at,
        )


@reminds(HALF_TIME)
def half_time(session: Session, reminder: Reminder) -> Letter | None:
    """A kind word to the side whose turn it is, while it still is."""
    proposal = session.get(Proposal, reminder.record_id)
    if proposal is None or not _waits(proposal, utc_now()):
        return None
    introduction, side = proposal.introduction, proposal.made_by.other
    if not belongs_to(session, reminder.person_id, introduction.organisation_of(side).id):
        return None
    subject = gettext("%(unit)s still waits for your answer", unit=side_name(introduction, side.other))
    return Letter(
        subject, "introductions/mail/half_time.txt", {**_values(introduction, side), "proposal": proposal}
    )


@still_applies(ASKED)
@still_applies(OTHERS)
def _still_waits(session: Session, mail: OutboxMail) -> bool:
    proposal = session.get(Proposal, mail.record_id) if mail.record_id else None
    return proposal is not None and _waits(proposal, utc_now())


@still_applies(GUEST)
def guest_may_answer(session: Session, mail: OutboxMail) -> bool:
    """Whether the link in a mail to a guest is still good for something."""
    link = session.get(AnswerLink, mail.record_id) if mail.record_id else None
    return link is not None and is_open_to_guest(link, utc_now())


def _waits(proposal: Proposal, now: datetime) -> bool:
    return proposal.state is ProposalState.OPEN and proposal.introduction.expires_at > now

"""The letters about summaries and heard needs: who, what, and one link."""

from sqlalchemy.orm import Session

from models.outbox import OutboxMail
from models.outcome import HeardNeed, HeardState, SharedSummary, SummaryState
from models.person import Person
from models.planning import belongs_to
from models.summaries import summaries_of
from models.unit_people import people_of_unit
from web.database import db
from web.letters import public_url, write_letter
from web.localisation import lazy_gettext as _
from web.mail import still_applies
from web.outcomes.sides import answerers_of_side
from web.sides import short_side_name

SUMMARY_PROPOSED = "summary.proposed"
NEED_HEARD = "heard_need.asked"
NEED_ANSWERED = "heard_need.answered"


def write_of_summary(summary: SharedSummary) -> None:
    """Ask the other side whether this is what was said."""
    introduction = summary.meeting.introduction
    writer = short_side_name(introduction, summary.written_by)
    is_correction = any(
        version.written_by is not summary.written_by for version in summaries_of(db.session, summary.meeting)
    )
    subject = (
        _("%(name)s corrected the summary of your meeting. Is it right now?", name=writer)
        if is_correction
        else _("%(name)s summed up your meeting. Is it right?", name=writer)
    )
    for person in answerers_of_side(introduction, summary.written_by.other):
        write_letter(
            kind=SUMMARY_PROPOSED,
            record=summary,
            recipient=person,
            subject=subject,
            template="outcomes/mail/summary.txt",
            values={
                "author": summary.person.name,
                "writer": writer,
                "title": summary.meeting.title,
                "is_correction": is_correction,
                "link": public_url("outcomes.show", {"meeting_id": summary.meeting_id}),
            },
            occurrence="once",
        )


@still_applies(SUMMARY_PROPOSED)
def _summary_waits(session: Session, mail: OutboxMail) -> bool:
    summary = session.get(SharedSummary, mail.record_id) if mail.record_id else None
    return summary is not None and summary.state is SummaryState.PROPOSED


def write_of_heard_need(heard: HeardNeed) -> None:
    """Ask those whom the need is about whether it is right. Words that changed since are asked about once more."""
    for person in people_who_answer(heard):
        write_letter(
            kind=NEED_HEARD,
            record=heard,
            recipient=person,
            subject=_("%(name)s wrote down a need of yours. Is it right?", name=heard.by_organisation.name),
            template="heard_needs/mail/asked.txt",
            values=_values_of(heard),
            occurrence=f"version {heard.version}",
        )


def write_of_answer(heard: HeardNeed, answerer: Person) -> None:
    """Tell whoever wrote the need down what they answered, while they belong to those who heard it."""
    if not belongs_to(db.session, heard.person_id, heard.by_organisation_id):
        return
    write_letter(
        kind=NEED_ANSWERED,
        record=heard,
        recipient=heard.person,
        subject=_("%(name)s answered: %(title)s", name=heard.about_unit.organisation.name, title=heard.title),
        template="heard_needs/mail/answered.txt",
        values=_values_of(heard) | {"answerer": answerer.name, "state": heard.state.value},
        occurrence="once",
    )


def people_who_answer(heard: HeardNeed) -> list[Person]:
    """Those of the unit that the need is about; of them, those who came to the meeting, if any did."""
    people = people_of_unit(db.session, heard.about_unit)
    came = {attendee.person_id for attendee in heard.meeting.attendees} if heard.meeting else set()
    return [person for person in people if person.id in came] or people


@still_applies(NEED_HEARD)
def _need_waits(session: Session, mail: OutboxMail) -> bool:
    heard = session.get(HeardNeed, mail.record_id) if mail.record_id else None
    return heard is not None and heard.state is HeardState.WAITING


def _values_of(heard: HeardNeed) -> dict[str, str]:
    return {
        "author": heard.person.name,
        "by": heard.by_organisation.name,
        "about": heard.about_unit.organisation.name,
        "title": heard.title,
        "link": public_url("heard_needs.show", {"heard_need_id": heard.id}),
    }

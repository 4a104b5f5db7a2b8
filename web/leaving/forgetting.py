"""What a closed account leaves nowhere: what was only its owner's, and every address that they had.

All of it happens within the caller's write transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models.alert import Alert, AlertSetting, SavedSearch, SavedSearchHit
from models.audit import AuditEntry
from models.calendar_feed import CalendarFeed
from models.introduction import AnswerLink
from models.meeting import MeetingAttendee
from models.outbox import MailState, OutboxMail
from models.person import Person
from models.pipeline_view import PipelineView
from models.reminder import Reminder, ReminderState
from web.accounts.account import Account
from web.mail import ACCOUNT_MAIL


def forget_what_is_theirs_alone(session: Session, person_id: int) -> None:
    """The account, and what they set or saved for nobody but themselves."""
    searches = select(SavedSearch.id).where(SavedSearch.person_id == person_id)
    for forgotten in (
        delete(SavedSearchHit).where(SavedSearchHit.search_id.in_(searches)),
        delete(SavedSearch).where(SavedSearch.person_id == person_id),
        delete(Alert).where(Alert.person_id == person_id),
        delete(AlertSetting).where(AlertSetting.person_id == person_id),
        delete(PipelineView).where(PipelineView.person_id == person_id),
        delete(CalendarFeed).where(CalendarFeed.person_id == person_id),
        delete(Reminder).where(Reminder.person_id == person_id, Reminder.state == ReminderState.WAITING),
        delete(Account).where(Account.person_id == person_id),
    ):
        session.execute(forgotten)


def take_guest_rows(session: Session, person: Person) -> None:
    """Make the person of the guest that they were by one of their addresses before they registered."""
    addresses = [address.lower() for address in _addresses_of(session, person)]
    guest = (MeetingAttendee.person_id.is_(None), func.lower(MeetingAttendee.email).in_(addresses))
    session.execute(update(MeetingAttendee).where(*guest).values(person_id=person.id))


def forget_addresses(session: Session, person: Person, now: datetime) -> None:
    """Put an address that leads nowhere in place of the one of now and those of before, mail and trail included.

    Beside an address the name becomes the one of now. Links that the person got as a guest end. Ask before the
    account goes.
    """
    nowhere = f"left-{person.id}@left.invalid"
    _forget_mail_of_account(session, person.id, nowhere)
    for number, address in enumerate(_addresses_of(session, person)):
        # One for each, or two mails of one kind could not be told apart any more.
        stand_in = nowhere if number == 0 else f"left-{person.id}-{number}@left.invalid"
        forget_mail_to(session, address, stand_in)
        links = update(AnswerLink).where(func.lower(AnswerLink.email) == address.lower())
        revoked = func.coalesce(AnswerLink.revoked_at, now)
        session.execute(links.values(email=nowhere, name=person.name, revoked_at=revoked))
    changes_of_address = (AuditEntry.person_id == person.id, AuditEntry.action == "account.change_email")
    session.execute(update(AuditEntry).where(*changes_of_address).values(changes={}))
    person.email = nowhere
    for attendee in session.scalars(select(MeetingAttendee).where(MeetingAttendee.person_id == person.id)):
        # Whoever was a guest first may stand twice in one meeting, where no address may.
        attendee.email = f"left-{person.id}-{attendee.id}@left.invalid"
        attendee.name = person.name


def _addresses_of(session: Session, person: Person) -> list[str]:
    """The address of now, then those of before that are not somebody else's by now."""
    trail = select(AuditEntry.changes).where(
        AuditEntry.person_id == person.id, AuditEntry.action == "account.change_email"
    )
    former = {change["email"][0] for change in session.scalars(trail) if "email" in change}
    taken = session.scalars(select(Person.email).where(Person.email.in_(former)))
    return [person.email, *sorted(former - set(taken) - {person.email})]


def _forget_mail_of_account(session: Session, person_id: int, stand_in: str) -> None:
    """Also what went to an address that was asked for and never confirmed, which stands nowhere else."""
    account = select(Account.id).where(Account.person_id == person_id).scalar_subquery()
    of_account = (OutboxMail.kind.startswith(ACCOUNT_MAIL), OutboxMail.record_id == account)
    for mail in session.scalars(select(OutboxMail).where(*of_account)):
        # The key of a changed address ends with the new one. This mail comes never again, so its number will do.
        key = f"{mail.kind}:{mail.record_id}:{stand_in}:{mail.id}"
        _forget_mails(session, [mail.id], {"recipient": stand_in, "key": key})


def forget_mail_to(session: Session, address: str, stand_in: str) -> None:
    """What was sent to this address, and what still waits to be, loses its words and its recipient."""
    to_them = select(OutboxMail.id).where(func.lower(OutboxMail.recipient) == address.lower())
    # The row stays with its key, so that nothing is written a second time.
    key = func.replace(OutboxMail.key, f":{address.lower()}:", f":{stand_in}:")
    _forget_mails(session, session.scalars(to_them).all(), {"recipient": stand_in, "key": key})


def _forget_mails(session: Session, mail_ids: Iterable[int], values: dict[str, Any]) -> None:
    these = OutboxMail.id.in_(mail_ids)
    waiting = update(OutboxMail).where(these, OutboxMail.state.in_((MailState.QUEUED, MailState.FAILED)))
    session.execute(waiting.values(state=MailState.OBSOLETE, leased_until=None))
    nothing = {"subject": "", "body": "", "html": None, "calendar_text": None, "unsubscribe_url": None}
    session.execute(update(OutboxMail).where(these).values(values | nothing))

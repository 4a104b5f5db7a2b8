"""The letters to a person about their roles, written in the transaction of what they tell."""

from models.person import Membership
from web.access import current_person_id
from web.database import db
from web.letters import write_letter
from web.localisation import gettext
from web.people_list import ROLES


def tell_decision(membership: Membership, is_approved: bool, answer: str) -> None:
    """Write to somebody who asked to join what was decided, with the ``answer`` of whoever decided."""
    organisation = membership.organisation.name
    if is_approved:
        subject = gettext("You belong to %(organisation)s on Counterpart", organisation=organisation)
    else:
        subject = gettext("Your request to join %(organisation)s", organisation=organisation)
    write_letter(
        kind="membership.decided",
        record=membership,
        recipient=membership.person,
        subject=subject,
        template="people/mail/decided.txt",
        values={"membership": membership, "is_approved": is_approved, "answer": answer},
    )


def tell_role(membership: Membership, news: str) -> None:
    """Write to somebody whose role was "added", "changed" or "ended", unless they did it themselves."""
    if membership.person_id == current_person_id():
        return
    db.session.flush()
    # The unit that was loaded before may be the former one.
    db.session.refresh(membership, ["unit"])
    organisation = membership.organisation.name
    write_letter(
        kind=f"membership.{news}",
        record=membership,
        recipient=membership.person,
        subject=gettext("Your role at %(organisation)s on Counterpart", organisation=organisation),
        template="people/mail/role.txt",
        values={"membership": membership, "news": news, "role": str(ROLES[membership.role])},
    )

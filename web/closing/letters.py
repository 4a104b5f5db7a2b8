"""What people read when an organisation is closed or opened again: its own, and those elsewhere who had something
going on with it.
"""

from models.organisation import Organisation
from models.person import Person
from models.relationship import Relationship
from web.letters import write_letter
from web.localisation import lazy_gettext as _

CLOSED = "organisation.closed"
PARTNER_CLOSED = "organisation.partner_closed"
REOPENED = "organisation.reopened"
PARTNER_REOPENED = "organisation.partner_reopened"


def tell_person(organisation: Organisation, person: Person) -> None:
    write_letter(
        kind=CLOSED,
        record=organisation,
        recipient=person,
        subject=_("%(name)s is closed on this portal", name=organisation.name),
        template="closing/mail/own.txt",
        values={"organisation": organisation},
    )


def tell_partner(organisation: Organisation, person: Person, cards: list[Relationship]) -> None:
    """``cards`` are those of the organisation that the person looks after."""
    write_letter(
        kind=PARTNER_CLOSED,
        record=organisation,
        recipient=person,
        subject=_("%(name)s does not take part any more", name=organisation.name),
        template="closing/mail/partner.txt",
        values={"organisation": organisation, "cards": cards},
    )


def tell_person_of_reopening(organisation: Organisation, person: Person, posts: int) -> None:
    """``posts`` is how many were withdrawn when it was closed and are so still."""
    write_letter(
        kind=REOPENED,
        record=organisation,
        recipient=person,
        subject=_("%(name)s is open again on this portal", name=organisation.name),
        template="closing/mail/own_reopened.txt",
        values={"organisation": organisation, "posts": posts},
    )


def tell_partner_of_reopening(organisation: Organisation, person: Person, cards: list[Relationship]) -> None:
    """``cards`` as in ``tell_partner``."""
    write_letter(
        kind=PARTNER_REOPENED,
        record=organisation,
        recipient=person,
        subject=_("%(name)s takes part again", name=organisation.name),
        template="closing/mail/partner_reopened.txt",
        values={"organisation": organisation, "cards": cards},
    )

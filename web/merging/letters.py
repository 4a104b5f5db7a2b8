"""What people of both organisations and their partners read when two become one, and when one becomes two again."""

from models.organisation import Organisation
from models.person import Person
from web.letters import write_letter
from web.localisation import lazy_gettext as _

MERGED = "organisation.merged"
SEPARATED = "organisation.separated"


def tell_merged(organisation: Organisation, target: Organisation, person: Person) -> None:
    write_letter(
        kind=MERGED,
        record=organisation,
        recipient=person,
        subject=_("%(name)s is part of %(target)s now", name=organisation.name, target=target.name),
        template="merging/mail/merged.txt",
        values={"organisation": organisation, "target": target},
    )


def tell_separated(organisation: Organisation, target: Organisation, person: Person) -> None:
    write_letter(
        kind=SEPARATED,
        record=organisation,
        recipient=person,
        subject=_("%(name)s is an organisation of its own again", name=organisation.name),
        template="merging/mail/separated.txt",
        values={"organisation": organisation, "target": target},
    )

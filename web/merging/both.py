"""The two organisations of a merger: held together, and who is told of what becomes of them."""

from models.actor import Action
from models.closing import partners_to_tell
from models.organisation import Organisation
from models.person import Person
from models.unit_people import people_of_organisation
from web.access import authorised, for_writing
from web.database import db
from web.loaders import load_organisation_to_merge


def both_for_writing(organisation_id: int, target_id: int) -> tuple[Organisation, Organisation]:
    """The two, held until the commit. Always the one of the smaller id first: whoever merges the other way at the same
    moment waits, and holds nothing that we wait for.
    """
    first_id, second_id = sorted((organisation_id, target_id))
    first = for_writing(Action.ORGANISATION_MERGE, load_organisation_to_merge, first_id)
    second = authorised(Action.ORGANISATION_MERGE, load_organisation_to_merge, second_id)
    return (first, second) if organisation_id == first_id else (second, first)


def people_concerned(organisation: Organisation, target: Organisation) -> list[Person]:
    """The people of both, and whoever looks after a card of the first elsewhere; to be asked while there are two."""
    concerned: dict[int, Person] = {}
    for person in (
        *people_of_organisation(db.session, organisation.id),
        *people_of_organisation(db.session, target.id),
        *partners_to_tell(db.session, organisation.id),
    ):
        concerned[person.id] = person
    return list(concerned.values())

"""At which records of the marked world each address is aimed, and who has any right to them."""

from dataclasses import dataclass

from models.side import Side
from tests.canaries import ADMINISTRATORS, NOBODY, WRITERS, Deal, MarkedWorld, People, batch_of
from tests.dealings import url_arguments
from tests.partnering import Partnering, partnership_arguments

Arguments = dict[str, int | str]
# No record has this id.
NO_ID = 10**6


@dataclass(frozen=True)
class Aim:
    """Ids for the arguments of every URL, and who may use each of them at all."""

    arguments: Arguments
    users: dict[str, People]


def aims(marked: MarkedWorld) -> list[Aim]:
    """Each deal as each of its two sides sees it, and as somebody who mixes the two up would ask for it."""
    return [_aim(marked, deal, side) for deal in marked.deals for side in Side]


def _aim(marked: MarkedWorld, deal: Deal, side: Side) -> Aim:
    world = marked.world
    own, other = deal.unit(side), deal.unit(side.other).split()[0]
    is_asking = side is Side.ASKING
    organisation = own.split()[0]
    acts = WRITERS[own] | ADMINISTRATORS.get(organisation, NOBODY)
    arguments: Arguments = {
        **partnership_arguments(deal.partnering or Partnering(*[NO_ID] * 6)),
        **url_arguments(deal.ids),
        "batch": batch_of(deal, side),
        "relationship_id": deal.ids.ours if is_asking else deal.ids.theirs,
        "meeting_id": deal.ids.past_meeting if is_asking else deal.ids.next_meeting,
        "unit_id": world.units[own],
        "organisation_id": world.organisations[other],
        "person_id": world.people[deal.person(side)],
        "membership_id": NO_ID,
        "dismissal_id": NO_ID,
        "mail_id": NO_ID,
        "saved_search_id": 1,
        "post_id": world.posts["alba draft"],
    }
    partnership, owners = NOBODY, deal.readers_of(Side.ASKING)
    if deal.partnering is not None:
        partnership = deal.seers
        arguments["commitment_id"] = deal.partnering.draft if not is_asking else deal.partnering.promise
        arguments["counterpart_id"] = (
            deal.partnering.asking_person if is_asking else deal.partnering.asked_person
        )
    users = {
        "introduction_id": deal.seers,
        "meeting_id": deal.seers,
        "relationship_id": deal.seers_of(side),
        "follow_up_id": owners,
        "topic_id": owners,
        "heard_need_id": owners | WRITERS[deal.asked],
        "partnership_id": partnership,
        "commitment_id": partnership if is_asking else deal.seers_of(Side.ASKED),
        "counterpart_id": deal.seers_of(side),
        "unit_id": acts,
        "post_id": WRITERS["alba plant"],
        "view_id": frozenset({deal.asker}),
        "saved_search_id": frozenset({"max"}),
        "batch": deal.seers_of(side),
    }
    return Aim(arguments, users)

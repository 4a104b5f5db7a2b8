"""What a request says at first: why, hope and offer in the words of both sides' posts, and whom to ask."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from flask import request
from sqlalchemy import select
from wtforms.fields.choices import SelectChoice

from matching.answers import Filters, Pair, Reason, Request
from matching.ranking import pair
from models.asking import places_taken, posts_to_cite
from models.base import utc_now
from models.organisation import Organisation, Unit
from models.person import ContactPermission, Membership, MembershipState, Person
from models.post import Post
from models.tending import tending_of
from models.unit_people import colleagues
from web.access import current_actor, current_person_id
from web.addresses import id_in_address, possible_ids
from web.database import db
from web.introductions.forms import AskForm
from web.labels import POST_SIDES, place_words, unit_words
from web.localisation import gettext
from web.matcher import matcher
from web.moments import viewer_zone

# Links of each direction that the drafts name; more would be read by nobody.
LINKS_IN_A_DRAFT = 3
MOST_POSTS_OFFERED = 20


@dataclass(frozen=True)
class PostChoice:
    """A post that may be cited, with its places that are left (None: no limit)."""

    post: Post
    is_ours: bool
    places_left: int | None


def fill_in(form: AskForm, unit: Unit, partner: Organisation, tended: frozenset[int]) -> None:
    """Fill the empty form from the reasons of the match, the address and the usual manners.

    ``tended`` are the partner's units in which somebody reads requests.
    """
    found = _pair(unit, partner)
    named = possible_ids(request.args.getlist("post", type=int))
    cited: list[int] = []
    if found is not None:
        seen = {one.post.id for one in citable(unit, partner)}
        gets, gives = _shown(found.links_get, seen, named), _shown(found.links_give, seen, named)
        form.hope.data = "\n".join(_hope(reason) for reason in gets)
        form.offer.data = "\n".join(_offer(reason) for reason in gives)
        form.purpose.data = _purpose(gets, gives)
        # Only the first link each way is cited by itself: an accepted request takes a place of each cited post.
        first = (*gets[:1], *gives[:1])
        quotes = [quote for reason in first for quote in (reason.need, reason.capability)]
        cited = [quote.post.post_id for quote in quotes if quote.post.post_id is not None]
    form.posts.data = list(dict.fromkeys([*named, *cited]))
    form.people.data = [current_person_id()]
    form.addressee.data = _first_addressee(partner, unit, tended, named, found)


def offer_choices(form: AskForm, unit: Unit, partner: Organisation, tended: frozenset[int]) -> None:
    """Put into the form whom, what and with whom one may ask; what was chosen stands first."""
    form.addressee.choices = addressees(partner, unit, tended)
    chosen = set(form.posts.data or [])
    posts = [one for one in citable(unit, partner) if one.places_left != 0]
    posts.sort(key=lambda one: one.post.id not in chosen)
    form.posts.choices = [
        SelectChoice(one.post.id, _post_words(one)) for one in posts[: max(MOST_POSTS_OFFERED, len(chosen))]
    ]
    # A post that closed meanwhile is no choice any more, and no reason to stop the person.
    offered = {one.post.id for one in posts}
    form.posts.data = [post_id for post_id in form.posts.data or [] if post_id in offered]
    form.people.choices = people_choices(colleagues(db.session, unit))
    form.offer_zones([zone_of(partner.root_unit), viewer_zone(), zone_of(unit)])


def tended_units(partner: Organisation) -> frozenset[int]:
    """The partner's units in which somebody reads requests."""
    return tending_of(db.session, [partner.id]).tended


def addressees(partner: Organisation, unit: Unit, tended: frozenset[int]) -> list[SelectChoice]:
    """Each open unit's office, and beneath it those who may be asked by name. Values: "12" or "12-5".

    Where nobody would read a request to the unit, its line says so.
    """
    people = _people_who_may_be_asked(partner)
    choices = []
    for asked in partner.units:
        if asked.closed_at is not None or asked.id == unit.id:
            continue
        words = gettext("%(unit)s: their office", unit=asked.name)
        if asked.id not in tended:
            words = gettext("%(unit)s: nobody looks after requests there now", unit=asked.name)
        choices.append(SelectChoice(str(asked.id), words))
        choices += [
            SelectChoice(f"{asked.id}-{person.id}", _person_words(person, asked))
            for person in people.get(asked.id, [])
        ]
    return choices


def people_choices(people: Sequence[Person]) -> list[SelectChoice]:
    return [
        SelectChoice(person.id, f"{person.name}, {person.title}" if person.title else person.name)
        for person in people
    ]


def citable(unit: Unit, partner: Organisation) -> list[PostChoice]:
    """The posts of both sides that the request may name."""
    asked = next((one for one in partner.units if one.id != unit.id), partner.root_unit)
    posts = posts_to_cite(db.session, current_actor(), unit, asked, utc_now())
    taken = places_taken(db.session, [post.id for post in posts])
    return [
        PostChoice(
            post=post,
            is_ours=post.organisation_id == unit.organisation_id,
            places_left=None
            if post.partner_limit is None
            else max(0, post.partner_limit - taken.get(post.id, 0)),
        )
        for post in posts
    ]


def zone_of(unit: Unit) -> str:
    """The time zone of the unit's place; the reader's where nobody said where it is."""
    place = unit.effective_place
    return place.zone if place is not None else viewer_zone()


def usual_place(unit: Unit) -> str:
    """ "Boreal University, Engineering, Rostock, Germany": at their place is the default."""
    return ", ".join(filter(None, [unit_words(unit), place_words(unit.effective_place)]))


def _pair(unit: Unit, partner: Organisation) -> Pair | None:
    if partner.id == unit.organisation_id:
        return None
    wanted = Request(unit_id=unit.id, filters=Filters(least_grade=None))
    return pair(db.session, matcher().index, wanted, partner.id, current_actor(), utc_now())


def _shown(reasons: Sequence[Reason], seen: Set[int], named: Sequence[int]) -> list[Reason]:
    """The reasons for a draft: those about the posts that the person came from, then the strongest. Both sides have
    ``seen`` both posts, because a draft must not tell a rival what we need, and it claims nothing that is weak.
    """
    shown = [reason for reason in reasons if not reason.is_weak and _post_ids(reason) <= seen]
    return sorted(shown, key=lambda reason: -len(_post_ids(reason).intersection(named)))[:LINKS_IN_A_DRAFT]


def _post_ids(reason: Reason) -> set[int | None]:
    return {reason.need.post.post_id, reason.capability.post.post_id}


def _purpose(gets: Sequence[Reason], gives: Sequence[Reason]) -> str:
    if gets and gives:
        return str(
            gettext(
                "We seek %(our_need)s and you offer %(their_capability)s; you seek %(their_need)s and we offer "
                "%(our_capability)s. A first talk would show what we can do for each other.",
                our_need=_quoted(gets[0].need.post.title),
                their_capability=_quoted(gets[0].capability.post.title),
                their_need=_quoted(gives[0].need.post.title),
                our_capability=_quoted(gives[0].capability.post.title),
            )
        )
    if gets:
        return str(gettext(
            "We seek %(need)s and you offer %(capability)s. A first talk would show what we can do for each other.",
            need=_quoted(gets[0].need.post.title), capability=_quoted(gets[0].capability.post.title),
        ))  # fmt: skip
    if gives:
        return str(gettext(
            "You seek %(need)s and we offer %(capability)s. A first talk would show what we can do for each other.",
            need=_quoted(gives[0].need.post.title), capability=_quoted(gives[0].capability.post.title),
        ))  # fmt: skip
    return ""


def _hope(reason: Reason) -> str:
    return str(gettext(
        "For our need %(need)s: you write “%(sentence)s”",
        need=_quoted(reason.need.post.title), sentence=reason.capability.text.strip(),
    ))  # fmt: skip


def _offer(reason: Reason) -> str:
    return str(
        gettext(
            "For your need %(need)s we have %(capability)s: “%(sentence)s”",
            need=_quoted(reason.need.post.title),
            capability=_quoted(reason.capability.post.title),
            sentence=reason.capability.text.strip(),
        )
    )


def _quoted(title: str) -> str:
    return f"“{title}”"


def _first_addressee(
    partner: Organisation, unit: Unit, tended: frozenset[int], named: list[int], found: Pair | None
) -> str:
    """The unit that the address names, else that of the post that the person came from, else that of the strongest
    cited post, else the whole, else any: of these the first where somebody reads requests.
    """
    units = [one.id for one in partner.units if one.closed_at is None and one.id != unit.id]
    named_unit = id_in_address("partner_unit")
    if named_unit in units:
        return str(named_unit)
    wanted: list[int | None] = [
        post.unit_id for post in db.session.scalars(select(Post).where(Post.id.in_(named)))
    ]
    if found is not None:
        wanted.append(found.match.unit_id)
    wanted += [partner.root_unit.id, *units]
    open_and_tended = tended.intersection(units)
    return str(next((unit_id for unit_id in wanted if unit_id in open_and_tended), partner.root_unit.id))


def _people_who_may_be_asked(partner: Organisation) -> dict[int, list[Person]]:
    allowed = (ContactPermission.TELL_US, ContactPermission.FEEL_FREE)
    rows = db.session.execute(
        select(Membership.unit_id, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == partner.id,
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
            Person.contact_permission.in_(allowed),
        )
        .order_by(Person.name, Person.id)
        .distinct()
    )
    people: dict[int, list[Person]] = {}
    for unit_id, person in rows:
        people.setdefault(unit_id, []).append(person)
    return people


def _person_words(person: Person, unit: Unit) -> str:
    name = f"{person.name}, {person.title}" if person.title else person.name
    if person.contact_permission is ContactPermission.TELL_US:
        return str(gettext("%(unit)s: %(name)s (their office gets a copy)", unit=unit.name, name=name))
    return str(gettext("%(unit)s: %(name)s", unit=unit.name, name=name))


def _post_words(one: PostChoice) -> str:
    side = str(POST_SIDES[one.post.side])
    whose = gettext("ours") if one.is_ours else gettext("theirs")
    return str(gettext("%(title)s (%(side)s, %(whose)s)", title=one.post.title, side=side, whose=whose))

"""From the demo world's TOML files to records. What the loader cannot make itself it is given."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from matching.passages import store_passages
from models.audit import note_action
from models.changelog import note_organisation_change, note_post_change
from models.organisation import (
    Organisation,
    OrganisationDomain,
    OrganisationKind,
    OrganisationSize,
    OrganisationState,
    Sector,
    Unit,
)
from models.passage import Passage
from models.person import ContactPermission, Membership, MembershipState, Person, Role
from models.place import Place
from models.post import DEFAULT_VISIBILITY, Post, PostKind, PostSide, Visibility

SEED_FOLDER = Path(__file__).parent
OPERATOR_EMAIL = "operator@counterpart.example"
# Posts of the demo world were published on different days, so that "new" means something.
DAYS_OF_PUBLISHING = 40

Table = dict[str, Any]
FindPlace = Callable[[str, str], Place]
AddAccount = Callable[[Person], None]


@dataclass(frozen=True)
class Given:
    """What loading takes from outside: ``find_place(city, country)`` finds or adds the place's record,
    ``add_account(person)`` lets the person sign in, ``now`` is the moment that all dates count from.
    """

    session: Session
    find_place: FindPlace
    add_account: AddAccount
    now: datetime


def read_world(folder: Path = SEED_FOLDER) -> list[Table]:
    """Every organisation as its file has it, universities first."""
    files = [*sorted(folder.glob("universities/*.toml")), *sorted(folder.glob("companies/*.toml"))]
    return [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]


def texts_to_encode(world: Sequence[Table]) -> list[tuple[str, str]]:
    """(matching text, language) of every post, in the order in which ``load_world`` takes its passages."""
    posts = [post for table in world for _, post in _posts_of(table)]
    return [(f"{post['title']}\n{post['text'].strip()}", post["language"]) for post in posts]


@dataclass(frozen=True)
class Loaded:
    """Who and what was added: people by address, units by organisation and key ("" is the root)."""

    people: dict[str, Person]
    units: dict[tuple[int, str], Unit]


def load_world(world: Sequence[Table], passages: Sequence[list[Passage]], given: Given) -> Loaded:
    """Add everything to the current write transaction; the caller commits.

    ``passages`` are those of ``texts_to_encode(world)``, made before the transaction.
    """
    remaining = iter(passages)
    loaded = Loaded({}, {})
    for table in world:
        _load_organisation(table, remaining, given, loaded)
    operator = Person(name="Portal Operator", email=OPERATOR_EMAIL, title="Operator", is_operator=True)
    given.session.add(operator)
    given.session.flush()
    given.add_account(operator)
    return loaded


def _load_organisation(table: Table, passages: Iterator[list[Passage]], given: Given, loaded: Loaded) -> None:
    organisation = Organisation(
        name=table["name"],
        kind=OrganisationKind(table["kind"]),
        state=OrganisationState.APPROVED,
        sector=Sector(table["sector"]),
        size=OrganisationSize(table["size"]),
        about=table["about"].strip(),
        website=f"https://{table['domains'][0]}",
        activity=table.get("activity"),
        created_at=given.now,
        decided_at=given.now,
        domains=[OrganisationDomain(domain=domain) for domain in table["domains"]],
    )
    given.session.add(organisation)
    given.session.flush()
    note_action(given.session, None, "organisation.load", organisation)
    note_organisation_change(given.session, organisation.id)
    units = _load_units(table, organisation, given)
    loaded.units.update({(organisation.id, key): unit for key, unit in units.items()})
    authors = _load_people(table, organisation, units, given, loaded)
    for number, (side, post) in enumerate(_posts_of(table)):
        author = authors.get(post["unit"]) or next(iter(authors.values()))
        _load_post(side, post, units, author, next(passages), given, number)


def _load_units(table: Table, organisation: Organisation, given: Given) -> dict[str, Unit]:
    """The units by key; "" is the root. A parent stands before its children in the file."""
    home = given.find_place(table["city"], table["country"])
    root = Unit(organisation_id=organisation.id, name=organisation.name, place=home)
    given.session.add(root)
    given.session.flush()
    units = {"": root}
    for row in table.get("units", []):
        place = given.find_place(row["city"], row["country"]) if row.get("city") else None
        unit = Unit(
            organisation_id=organisation.id, parent_id=units[row["parent"]].id, name=row["name"], place=place
        )
        given.session.add(unit)
        given.session.flush()
        units[row["key"]] = unit
    return units


def _load_people(
    table: Table, organisation: Organisation, units: dict[str, Unit], given: Given, loaded: Loaded
) -> dict[str, Person]:
    """Add people with their memberships; return who writes the posts of each unit, by the unit's key."""
    authors: dict[str, Person] = {}
    place = units[""].place
    assert place is not None, "every organisation of the demo world has a place"
    for row in table["people"]:
        person = Person(
            name=row["name"],
            email=row["email"].lower(),
            title=row["title"],
            zone=place.zone,
            contact_permission=ContactPermission(row["contact_permission"]),
        )
        given.session.add(person)
        given.session.flush()
        membership = Membership(
            person_id=person.id,
            organisation_id=organisation.id,
            unit_id=units[row["unit"]].id,
            role=Role(row["role"]),
            state=MembershipState.ACTIVE,
            decided_at=given.now,
        )
        given.session.add(membership)
        given.add_account(person)
        loaded.people[person.email] = person
        if membership.role is not Role.ADMIN:
            authors.setdefault(row["unit"], person)
    return authors


def _load_post(
    side: PostSide,
    row: Table,
    units: dict[str, Unit],
    author: Person,
    passages: list[Passage],
    given: Given,
    number: int,
) -> None:
    unit = units[row["unit"]]
    place = given.find_place(row["city"], row["country"]) if row.get("city") else None
    post = Post(
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        author_id=author.id,
        side=side,
        kind=PostKind(row["kind"]),
        title=row["title"],
        text=row["text"].strip(),
        language=row["language"],
        quantity=row.get("quantity"),
        partner_limit=row.get("partner_limit"),
        place=place,
        is_remote=row.get("remote", False),
        urgency=row.get("urgency"),
        importance=row.get("importance"),
        visibility=Visibility(row.get("visibility", DEFAULT_VISIBILITY[side])),
    )
    where = place or unit.place or units[""].place
    assert where is not None, "every organisation of the demo world has a place"
    starts_on = _day_after(given.now, row.get("starts_in_days"))
    ends_on = _day_after(given.now, row.get("open_for_days"))
    # What is asked for soon may begin later; it stays open until it begins.
    if starts_on is not None and ends_on is not None:
        ends_on = max(starts_on, ends_on)
    post.set_period(starts_on, ends_on, where.zone)
    published_at = given.now - timedelta(days=(unit.id + 7 * number) % DAYS_OF_PUBLISHING)
    post.created_at = published_at
    post.publish(published_at)
    given.session.add(post)
    given.session.flush()
    store_passages(post, passages)
    note_post_change(given.session, post.id)


def _posts_of(table: Table) -> list[tuple[PostSide, Table]]:
    needs = [(PostSide.NEED, post) for post in table.get("needs", [])]
    return needs + [(PostSide.CAPABILITY, post) for post in table.get("capabilities", [])]


def _day_after(now: datetime, days: int | None) -> date | None:
    return None if days is None else (now + timedelta(days=days)).date()

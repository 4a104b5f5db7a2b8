"""The small fixed world of the tests: four organisations, and people with fixed roles in them.

- *Alba Cells*, a company: Ada is admin, Olga office of the whole, Max member of the plant.
- *Boreal University*: Boris is admin, Dora (a dean) office of engineering, Mia member of engineering.
- *Corvus Motors*, a rival company with the same need as Alba: Carl is its office.
- *Delta Labs*, a company that nobody has approved yet: Dana is admin and office.
- Opal operates the platform; Uma has an account and belongs nowhere.

Nobody may see or change what belongs to somebody else: that is what most page tests ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from matching.encoder import Encoder, HashEncoder
from matching.passages import passages_for, store_passages
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import (
    Organisation,
    OrganisationDomain,
    OrganisationKind,
    OrganisationState,
    Sector,
    Unit,
)
from models.passage import EncoderRecord, EncoderState
from models.person import DigestFrequency, Membership, MembershipState, Person, Role
from models.place import Place
from models.post import Post, PostKind, PostSide, PostState, Visibility
from web.accounts.account import Account

PASSWORD = "correct horse battery staple"
# The hash is only compared in the few tests that type the password; they set a real one.
UNUSABLE_HASH = "!"


@dataclass
class World:
    """Ids by name, so that a test reads as a sentence: ``world.people["dora"]``, ``world.posts["alba need"]``."""

    organisations: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    encoder_id: int = 0


def build_world(session: Session, encoder: Encoder | None = None) -> World:
    """Write the world in one transaction, by default with the encoder that needs no weights."""
    world = World()
    begin_write(session)
    encoder = encoder or HashEncoder()
    record = EncoderRecord(
        key=encoder.key, name=encoder.name, dimensions=encoder.dimensions, state=EncoderState.ACTIVE
    )
    session.add(record)
    session.flush()
    world.encoder_id = record.id
    _add_places(session, world)
    _add_organisations(session, world)
    _add_people(session, world)
    _add_posts(session, world, encoder)
    session.commit()
    return world


def build_calm_world(session: Session) -> World:
    """The same world without anything that waits for somebody: no open posts, and nobody has a digest."""
    world = build_world(session)
    begin_write(session)
    session.execute(update(Post).values(state=PostState.WITHDRAWN))
    session.execute(update(Person).values(digest=DigestFrequency.OFF))
    session.commit()
    return world


def _add_places(session: Session, world: World) -> None:
    for name, country, region, latitude, longitude, zone in (
        ("Kiel", "DE", "10", 54.32, 10.13, "Europe/Berlin"),
        ("Rostock", "DE", "12", 54.09, 12.14, "Europe/Berlin"),
        ("Porto", "PT", "17", 41.15, -8.61, "Europe/Lisbon"),
    ):
        place = Place(
            name=name, country=country, region=region, latitude=latitude, longitude=longitude, zone=zone
        )
        session.add(place)
        session.flush()
        world.places[name] = place.id


def _add_organisations(session: Session, world: World) -> None:
    for name, kind, state, sector, domain, place, units in (
        ("alba", OrganisationKind.COMPANY, "approved", Sector.ENERGY, "alba.example", "Kiel", ["plant"]),
        (
            "boreal",
            OrganisationKind.UNIVERSITY,
            "approved",
            Sector.EDUCATION,
            "boreal.example",
            "Rostock",
            ["engineering"],
        ),
        ("corvus", OrganisationKind.COMPANY, "approved", Sector.AUTOMOTIVE, "corvus.example", "Porto", []),
        ("delta", OrganisationKind.COMPANY, "pending", Sector.SOFTWARE, "delta.example", "Porto", []),
    ):
        organisation = Organisation(
            name=FULL_NAMES[name], kind=kind, state=OrganisationState(state), sector=sector,
            domains=[OrganisationDomain(domain=domain)],
        )  # fmt: skip
        session.add(organisation)
        session.flush()
        world.organisations[name] = organisation.id
        root = Unit(organisation_id=organisation.id, name=FULL_NAMES[name], place_id=world.places[place])
        session.add(root)
        session.flush()
        world.units[name] = root.id
        for unit_name in units:
            unit = Unit(organisation_id=organisation.id, parent_id=root.id, name=unit_name.capitalize())
            session.add(unit)
            session.flush()
            world.units[f"{name} {unit_name}"] = unit.id


FULL_NAMES = {
    "alba": "Alba Cells",
    "boreal": "Boreal University",
    "corvus": "Corvus Motors",
    "delta": "Delta Labs",
}


def _add_people(session: Session, world: World) -> None:
    for name, house, memberships in (
        ("ada", "alba", [("alba", Role.ADMIN)]),
        ("olga", "alba", [("alba", Role.OFFICE)]),
        ("max", "alba", [("alba plant", Role.MEMBER)]),
        ("boris", "boreal", [("boreal", Role.ADMIN)]),
        ("dora", "boreal", [("boreal engineering", Role.OFFICE)]),
        ("mia", "boreal", [("boreal engineering", Role.MEMBER)]),
        ("carl", "corvus", [("corvus", Role.OFFICE)]),
        ("dana", "delta", [("delta", Role.ADMIN), ("delta", Role.OFFICE)]),
        ("opal", "counterpart", []),
        ("uma", "alba", []),
    ):
        add_person(session, world, name, house, memberships, is_operator=name == "opal")


def add_person(
    session: Session,
    world: World,
    name: str,
    house: str,
    memberships: Sequence[tuple[str, Role]],
    state: MembershipState = MembershipState.ACTIVE,
    is_operator: bool = False,
) -> None:
    """Write a person with an account, whose address is of this house, and a membership of each of these units."""
    address = f"{name}@{house}.example"
    person = Person(name=f"{name.capitalize()} Example", email=address, is_operator=is_operator)
    session.add(person)
    session.flush()
    world.people[name] = person.id
    session.add(
        Account(
            person_id=person.id,
            email=address,
            password=UNUSABLE_HASH,
            fs_uniquifier=f"session-of-{name}",
            confirmed_at=utc_now(),
        )
    )
    for unit, role in memberships:
        session.add(
            Membership(
                person_id=person.id,
                organisation_id=world.organisations[house],
                unit_id=world.units[unit],
                role=role,
                state=state,
            )
        )


BATTERY_NEED = (
    "Test engineers for battery cells. We need four engineers who can run ageing tests on lithium cells. "
    "They should know impedance spectroscopy and Python. Nights are rare. We offer a test hall in return."
)

# Name, organisation, unit, side, kind, title, text, visibility, state.
POSTS = (
    ("alba need", "alba", "alba plant", "need", "talent", "Battery test engineers", BATTERY_NEED, "other_kinds", "published"),
    ("alba capability", "alba", "alba plant", "capability", "jobs", "Placements in our test hall",
     "Six placements a year for students of electrochemistry. They work with impedance spectroscopy on real cells. "
     "A mentor looks after each student. We pay 1,100 euros a month.", "network", "published"),
    ("alba draft", "alba", "alba plant", "need", "training", "Safety training", "Training for high voltage.", "other_kinds", "draft"),
    ("alba internal", "alba", "alba", "need", "facility", "Internal laboratory", "A dry room, for us only.", "own_organisation", "published"),
    ("boreal capability", "boreal", "boreal engineering", "capability", "graduates", "Graduates in electrochemistry",
     "Forty graduates a year who run ageing tests on lithium battery cells. They know impedance spectroscopy. "
     "All of them write Python. They graduate in September.", "network", "published"),
    ("boreal need", "boreal", "boreal engineering", "need", "placement", "Placements for electrochemistry students",
     "We seek placements for students of electrochemistry. They should work on real cells with a mentor. "
     "Six months from March. We offer joint supervision.", "other_kinds", "published"),
    ("corvus need", "corvus", "corvus", "need", "talent", "Battery engineers wanted", BATTERY_NEED.replace("four", "nine"), "other_kinds", "published"),
    ("corvus capability", "corvus", "corvus", "capability", "funding", "Funding for doctoral students",
     "We fund two doctoral students in vehicle acoustics. Each gets a car to measure in.", "network", "published"),
    ("delta capability", "delta", "delta", "capability", "jobs", "Jobs for developers", "Jobs for Rust developers in Porto.", "network", "published"),
)  # fmt: skip


def publish_post(
    session: Session,
    world: World,
    unit: str,
    side: PostSide,
    kind: PostKind,
    title: str,
    text: str,
    visibility: Visibility = Visibility.NETWORK,
    language: str = "en",
) -> int:
    """Write one more open post of this unit in a transaction of its own; return its id."""
    begin_write(session)
    is_need = side is PostSide.NEED
    post = Post(
        organisation_id=world.organisations[unit.split()[0]],
        unit_id=world.units[unit],
        side=side,
        kind=kind,
        title=title,
        text=text,
        language=language,
        urgency=2 if is_need else None,
        importance=2 if is_need else None,
        visibility=visibility,
        state=PostState.PUBLISHED,
        published_at=utc_now(),
    )
    session.add(post)
    session.flush()
    store_passages(post, passages_for(post.matching_text, language, HashEncoder(), world.encoder_id))
    note_post_change(session, post.id)
    session.commit()
    return post.id


def _add_posts(session: Session, world: World, encoder: Encoder) -> None:
    now = utc_now()
    for name, organisation, unit, side, kind, title, text, visibility, state in POSTS:
        post = Post(
            organisation_id=world.organisations[organisation],
            unit_id=world.units[unit],
            side=PostSide(side),
            kind=PostKind(kind),
            title=title,
            text=text,
            urgency=2 if side == "need" else None,
            importance=2 if side == "need" else None,
            visibility=Visibility(visibility),
            state=PostState(state),
            published_at=now - timedelta(days=1) if state == "published" else None,
        )
        session.add(post)
        session.flush()
        if post.state is PostState.PUBLISHED:
            store_passages(post, passages_for(post.matching_text, "en", encoder, world.encoder_id))
        note_post_change(session, post.id)
        world.posts[name] = post.id

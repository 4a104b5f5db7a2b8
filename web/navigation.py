"""What the frame of every page needs: the places of the portal, the acting unit and the person."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext
from flask_login import current_user

from web.acting import acting_unit, units_to_choose_from


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
    variables: dict[str, Any] = {
        "help_url": url_for("help.show"),
        "accessibility_url": url_for("help.accessibility"),
        "home_url": url_for("home.show"),
    }
    if not current_user.is_authenticated:
        variables["sign_in_url"] = url_for("security.login")
        variables["register_url"] = url_for("security.register")
        return variables
    unit = acting_unit()
    variables["person"] = current_user.person
    variables["sign_out_url"] = url_for("security.logout")
    variables["settings_url"] = url_for("settings.show")
    variables["alerts_url"] = url_for("alerts.index")
    variables["navigation"] = _places(has_unit=unit is not None)
    if unit is not None:
        variables["post_url"] = url_for("posts.choose")
        variables["search_url"] = url_for("search.show")
        variables["acting"] = ActingChoice(
            label=unit.name,
            organisation_name=unit.organisation.name,
            choices=[
                (name, url_for("home.show", unit=unit_id), unit_id == unit.id)
                for unit_id, name in units_to_choose_from()
            ],
        )
    return variables


def _places(has_unit: bool) -> list[NavigationEntry]:
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
    if current_user.person.is_operator:
        places.append(("approvals", "approvals.index", gettext("Approvals"), "list-checks"))
        places.append(("jobs", "jobs.index", gettext("Mail and jobs"), "mail"))
    # Units are looked after on the page of people.
    places_of_blueprints = {
        "units": "people",
        "commitments": "partnerships",
        "relationships": "pipeline",
        "introductions": "partners",
    }
    current = places_of_blueprints.get(request.blueprint or "", request.blueprint)
    return [
        NavigationEntry(label=label, url=url_for(endpoint), is_current=current == blueprint, icon=icon)
        for blueprint, endpoint, label, icon in places
    ]

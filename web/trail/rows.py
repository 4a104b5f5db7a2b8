"""The lines of the trail: who did what, for which unit, to what, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.audit import AuditEntry
from models.base import utc_now
from models.organisation import Organisation, OrganisationState, Unit
from models.person import Membership, Person, Role
from models.policy import visible_posts
from models.post import Post
from models.separating import MERGED, SEPARATED
from web.access import current_actor
from web.addresses import record_url
from web.database import db
from web.labels import unit_words
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import short_moment_words
from web.people_list import ROLES
from web.trail.words import WORDS

STATES = {
    OrganisationState.PENDING: _("waits"),
    OrganisationState.APPROVED: _("approved"),
    OrganisationState.REFUSED: _("not approved"),
    OrganisationState.CLOSED: _("closed"),
}
# What somebody does by a link in a mail, without an account.
BY_LINK = ("answer_link.accept", "answer_link.propose", "answer_link.decline")


@dataclass(frozen=True)
class TrailRow:
    """``about`` names the record only where the reader may see it, and ``change`` what became of it."""

    when: str
    who: str
    what: str
    about: str
    about_url: str | None
    change: str
    where: str


def trail_rows(entries: Sequence[AuditEntry]) -> list[TrailRow]:
    """A line for each entry, with a fixed number of statements for all of them."""
    people = _named({entry.person_id for entry in entries})
    units = _units({entry.unit_id for entry in entries} | set(_units_of_changes(entries)))
    records = _records(entries)
    return [_row(entry, people, units, records) for entry in entries]


def _row(
    entry: AuditEntry,
    people: dict[int, str],
    units: dict[int, str],
    records: dict[tuple[str, int], tuple[str, str | None]],
) -> TrailRow:
    about, url = records.get((entry.record_kind, entry.record_id), ("", None))
    return TrailRow(
        when=short_moment_words(entry.at),
        who=people.get(entry.person_id or 0, "") or _nobody_here(entry),
        what=str(WORDS.get(entry.action, gettext("did something that has no name here"))),
        about=about,
        about_url=url,
        change=_change(entry, units, records),
        where=units.get(entry.unit_id or 0, ""),
    )


def _nobody_here(entry: AuditEntry) -> str:
    words: str = gettext("A guest") if entry.action in BY_LINK else gettext("The portal")
    return words


def _change(
    entry: AuditEntry, units: dict[int, str], records: dict[tuple[str, int], tuple[str, str | None]]
) -> str:
    """From what to what, where the old and the new are no text of anybody."""
    if entry.action in {"organisation.decide", "organisation.close", "organisation.reopen"}:
        return _from_to([str(STATES[OrganisationState(state)]) for state in entry.changes["state"]])
    if entry.action == "membership.place":
        places = entry.changes["role_and_unit"]
        return _from_to([f"{ROLES[Role(role)]}, {units.get(unit_id, '–')}" for role, unit_id in places])
    if entry.action == MERGED:
        other, _url = records["organisation", entry.changes["merged_into"][1]]
        return gettext("into %(name)s", name=other)
    if entry.action == SEPARATED:
        other, _url = records["organisation", entry.changes["merged_into"][0]]
        return gettext("from %(name)s", name=other)
    return ""


def _from_to(words: list[str]) -> str:
    old, new = words
    return f"{old} → {new}" if old != new else new


def _units_of_changes(entries: Sequence[AuditEntry]) -> Iterable[int]:
    for entry in entries:
        if entry.action == "membership.place":
            yield from (unit_id for _role, unit_id in entry.changes["role_and_unit"])


def _named(ids: set[int | None]) -> dict[int, str]:
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    return {row.id: row.name for row in rows}


def _units(ids: set[int | None]) -> dict[int, str]:
    with_organisation = select(Unit).options(joinedload(Unit.organisation, innerjoin=True))
    units = db.session.scalars(with_organisation.where(Unit.id.in_(ids - {None})))
    return {unit.id: unit_words(unit) for unit in units}


def _records(entries: Sequence[AuditEntry]) -> dict[tuple[str, int], tuple[str, str | None]]:
    """Name and address of the records that say nothing of anybody's dealings: the rest stay without a name."""
    ids: dict[str, set[int | None]] = {}
    for entry in entries:
        ids.setdefault(entry.record_kind, set()).add(entry.record_id)
    names: dict[tuple[str, int], tuple[str, str | None]] = {}
    merged_with = {
        other for entry in entries for other in entry.changes.get("merged_into", ()) if other is not None
    }
    for record_id, name in _named(ids.get("person", set())).items():
        names["person", record_id] = (name, None)
    names.update(_organisations(ids.get("organisation", set()) | merged_with))
    for record_id, name in _units(ids.get("unit", set())).items():
        names["unit", record_id] = (name, None)
    names.update(_people_of_roles(ids.get("membership", set())))
    names.update(_titles(ids.get("post", set())))
    return names


def _organisations(ids: set[int | None]) -> dict[tuple[str, int], tuple[str, str | None]]:
    """Operators look after them on a page of each, but for one that was merged into another."""
    columns = (Organisation.id, Organisation.name, Organisation.merged_into_id)
    rows = db.session.execute(select(*columns).where(Organisation.id.in_(ids))).all()
    is_operator = current_actor().is_operator
    return {
        ("organisation", row.id): (
            row.name,
            record_url("approvals.show", "organisation_id", row.id)
            if is_operator and row.merged_into_id is None
            else None,
        )
        for row in rows
    }


def _people_of_roles(ids: set[int | None]) -> dict[tuple[str, int], tuple[str, None]]:
    statement = select(Membership.id, Person.name).join(Person, Person.id == Membership.person_id)
    rows = db.session.execute(statement.where(Membership.id.in_(ids)))
    return {("membership", row.id): (row.name, None) for row in rows}


def _titles(ids: set[int | None]) -> dict[tuple[str, int], tuple[str, str | None]]:
    if not ids:
        return {}
    posts = visible_posts(current_actor(), utc_now()).where(Post.id.in_(ids))
    return {
        ("post", post.id): (post.title, record_url("posts.show", "post_id", post.id))
        for post in db.session.scalars(posts)
    }

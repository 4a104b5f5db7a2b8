"""What needs me today: each line says what, with whom, since when, and the one thing to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import format_date, gettext, ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.actor import Actor
from models.base import utc_now
from models.coaching import Hint, coach
from models.organisation import Organisation, OrganisationState, Unit, reach_of
from models.person import Membership, MembershipState
from models.post import Post, PostState, is_open_at
from web.database import db
from web.labels import day_words

EXPIRES_SOON = timedelta(days=14)
LONG_A_DRAFT = timedelta(days=3)
MOST_LINES_OF_A_KIND = 4
# Only what leaves a reader guessing is worth a line; the other hints stand beside the form.
SERIOUS_HINTS = frozenset({Hint.MORE_WORDS, Hint.SKILLS})


@dataclass(frozen=True)
class AttentionLine:
    """One line: what, with whom, since when, one move. Urgent lines are marked and stand first."""

    what: str
    who: str | None
    since: str | None
    action_label: str | None
    action_url: str | None
    icon: str
    is_urgent: bool = False


def attention_lines(actor: Actor, unit: Unit | None) -> list[AttentionLine]:
    """Everything that waits for this person, urgent first; posts are those of the acting unit and below."""
    now = utc_now()
    lines = _waiting_organisations(actor) + _own_requests(actor) + _membership_requests(actor)
    if unit is not None:
        lines += _pending_organisation(unit)
        written = _written_below(actor, unit)
        if written:
            lines += _expiring(written, now) + _drafts(written, now) + _vague(written, now)
    return sorted(lines, key=lambda line: not line.is_urgent)


def _waiting_organisations(actor: Actor) -> list[AttentionLine]:
    if not actor.is_operator:
        return []
    count, oldest = db.session.execute(
        select(func.count(Organisation.id), func.min(Organisation.created_at)).where(
            Organisation.state == OrganisationState.PENDING
        )
    ).one()
    if not count:
        return []
    return [
        AttentionLine(
            what=ngettext(
                "%(num)d organisation waits for approval", "%(num)d organisations wait for approval", count
            ),
            who=None,
            since=_since(oldest),
            action_label=gettext("Decide"),
            action_url=url_for("approvals.index"),
            icon="list-checks",
            is_urgent=True,
        )
    ]


def _own_requests(actor: Actor) -> list[AttentionLine]:
    """What this person asked for and nobody has answered."""
    requests = db.session.scalars(
        select(Membership)
        .where(Membership.person_id == actor.person_id, Membership.state == MembershipState.REQUESTED)
        .options(joinedload(Membership.organisation))
    )
    return [
        AttentionLine(
            what=gettext("You asked to join %(name)s", name=request.organisation.name),
            who=gettext("Its administrator answers by mail"),
            since=_since(request.created_at),
            action_label=None,
            action_url=None,
            icon="clock",
        )
        for request in requests
    ]


def _membership_requests(actor: Actor) -> list[AttentionLine]:
    if not actor.units_managed:
        return []
    requests = db.session.scalars(
        select(Membership)
        .where(
            Membership.unit_id.in_(actor.units_managed),
            Membership.state == MembershipState.REQUESTED,
            Membership.person_id != actor.person_id,
        )
        .options(joinedload(Membership.person), joinedload(Membership.unit))
        .order_by(Membership.created_at)
        .limit(MOST_LINES_OF_A_KIND)
    )
    return [
        AttentionLine(
            what=gettext("%(name)s asks to join", name=request.person.name),
            who=request.unit.name,
            since=_since(request.created_at),
            action_label=gettext("Answer"),
            action_url=url_for("people.index", unit_id=request.unit_id),
            icon="user-plus",
            is_urgent=True,
        )
        for request in requests
    ]


def _pending_organisation(unit: Unit) -> list[AttentionLine]:
    organisation = unit.organisation
    if organisation.state is not OrganisationState.PENDING:
        return []
    return [
        AttentionLine(
            what=gettext("%(name)s is waiting for approval", name=organisation.name),
            who=gettext("You can already write posts; others see them afterwards"),
            since=_since(organisation.created_at),
            action_label=gettext("What happens now"),
            action_url=url_for("help.show") + "#approval",
            icon="clock",
        )
    ]


def _written_below(actor: Actor, unit: Unit) -> frozenset[int]:
    parents = {
        row.id: row.parent_id
        for row in db.session.execute(
            select(Unit.id, Unit.parent_id).where(Unit.organisation_id == unit.organisation_id)
        )
    }
    return reach_of(unit.id, parents) & actor.units_written


def _expiring(unit_ids: frozenset[int], now: datetime) -> list[AttentionLine]:
    posts = db.session.scalars(
        select(Post)
        .where(Post.unit_id.in_(unit_ids), is_open_at(now), Post.closes_at <= now + EXPIRES_SOON)
        .options(joinedload(Post.unit))
        .order_by(Post.closes_at)
        .limit(MOST_LINES_OF_A_KIND)
    )
    return [
        _post_line(
            post,
            gettext("“%(title)s” ends on %(day)s", title=post.title, day=_last_day(post)),
            gettext("Change the date"),
            "calendar",
        )
        for post in posts
    ]


def _drafts(unit_ids: frozenset[int], now: datetime) -> list[AttentionLine]:
    posts = db.session.scalars(
        select(Post)
        .where(
            Post.unit_id.in_(unit_ids),
            Post.state == PostState.DRAFT,
            Post.created_at <= now - LONG_A_DRAFT,
        )
        .options(joinedload(Post.unit))
        .order_by(Post.created_at)
        .limit(MOST_LINES_OF_A_KIND)
    )
    return [
        _post_line(
            post, gettext("“%(title)s” is still a draft", title=post.title), gettext("Finish it"), "pencil"
        )
        for post in posts
    ]


def _vague(unit_ids: frozenset[int], now: datetime) -> list[AttentionLine]:
    """Open posts that leave a reader guessing, as coaching judges them."""
    posts = db.session.scalars(
        select(Post)
        .where(Post.unit_id.in_(unit_ids), is_open_at(now), func.length(Post.text) < 400)
        .options(joinedload(Post.unit))
        .order_by(Post.published_at.desc())
    )
    vague = [post for post in posts if SERIOUS_HINTS.intersection(_hints(post))]
    return [
        _post_line(
            post, gettext("“%(title)s” could say more", title=post.title), gettext("Add detail"), "sparkles"
        )
        for post in vague[:MOST_LINES_OF_A_KIND]
    ]


def _hints(post: Post) -> list[Hint]:
    # Dates and places are not serious here, so they need not be looked up.
    return coach(post.side, post.kind, post.title, post.text, post.quantity, has_dates=True, has_place=True)


def _post_line(post: Post, what: str, action_label: str, icon: str) -> AttentionLine:
    return AttentionLine(
        what=what,
        who=post.unit.name,
        since=_since(post.published_at or post.created_at),
        action_label=action_label,
        action_url=url_for("posts.edit", post_id=post.id),
        icon=icon,
    )


def _since(moment: datetime) -> str:
    return str(gettext("since %(day)s", day=format_date(moment, "d MMMM")))


def _last_day(post: Post) -> str:
    return day_words(post.ends_on) if post.ends_on else ""

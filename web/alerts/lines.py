"""Alerts in words: who posted what, and the two sentences that say why it fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.calibration import load_calibration
from matching.demand import Demand
from matching.explanation import Explainer, Link, read_texts
from matching.passages import active_encoder
from matching.scoring import grade
from models.actor import Actor
from models.alert import Alert, AlertSetting
from models.dismissal import Dismissal
from models.organisation import Organisation
from models.policy import visible_organisations, visible_posts
from models.post import Post, PostSide, is_open_at


@dataclass(frozen=True)
class AlertLine:
    """One post of theirs that fits one of ours. The sentences are those that carry the fit."""

    alert_id: int
    organisation_id: int
    organisation: str
    unit_id: int
    their_post_id: int
    their_title: str
    is_need: bool
    our_title: str
    their_sentence: str
    our_sentence: str
    shared_in_theirs: tuple[str, ...]
    shared_in_ours: tuple[str, ...]
    grade: str | None
    found_at: datetime


@dataclass(frozen=True)
class ShownPost:
    """What alerts ask of a post that the person may see and that is open."""

    unit_id: int
    organisation_id: int
    side: PostSide


def still_true(
    session: Session, alerts: Sequence[Alert], actor: Actor, demand: Demand, now: datetime
) -> list[Alert]:
    """Those alerts that this person may and wants to hear of at this moment.

    Both posts are open and have a place left, theirs is visible to the person and not of an organisation of theirs, the
    unit is still theirs to act for, and has not put that organisation aside.
    """
    shown = _shown_posts(session, {post_id for alert in alerts for post_id in _posts_of(alert)}, actor, now)
    dismissed = _dismissed(session, actor)
    units = _units_of_settings(session, {alert.setting_id for alert in alerts})
    kept = []
    for alert in alerts:
        own, their = shown.get(alert.own_post_id), shown.get(alert.their_post_id)
        unit_id = units.get(alert.setting_id)
        if own is None or their is None or unit_id is None:
            continue
        is_ours = {own.unit_id, unit_id} <= actor.units_acted_for
        is_put_aside = {(unit_id, their.organisation_id), (own.unit_id, their.organisation_id)} & dismissed
        is_full = demand.full_posts & {alert.own_post_id, alert.their_post_id}
        if (
            is_ours
            and not is_put_aside
            and not is_full
            and their.organisation_id not in actor.organisation_ids
        ):
            kept.append(alert)
    return kept


def strongest_of_each_post(alerts: Iterable[Alert]) -> list[Alert]:
    """One alert for each post of theirs, the one that fits best, the strongest first."""
    best: dict[int, Alert] = {}
    for alert in alerts:
        if alert.their_post_id not in best or alert.fit > best[alert.their_post_id].fit:
            best[alert.their_post_id] = alert
    return sorted(best.values(), key=lambda alert: (-alert.fit, alert.their_post_id))


def alert_lines(session: Session, alerts: Sequence[Alert], actor: Actor, now: datetime) -> list[AlertLine]:
    """The alerts in words, in their order, as far as this person may see both posts."""
    encoder = active_encoder(session)
    if encoder is None:
        return []
    explainer = Explainer(load_calibration(encoder.key, encoder.dimensions))
    post_ids = {post_id for alert in alerts for post_id in _posts_of(alert)}
    texts = read_texts(session, encoder.id, actor, post_ids, now)
    owners = _owners(session, post_ids, actor)
    units = _units_of_settings(session, {alert.setting_id for alert in alerts})
    lines = []
    for alert in alerts:
        own, their = texts.get(alert.own_post_id), texts.get(alert.their_post_id)
        owner = owners.get(alert.their_post_id)
        if own is None or their is None or owner is None:
            continue
        is_need = their.line.side is PostSide.NEED
        need, capability = (their, own) if is_need else (own, their)
        link = Link(need.line.post_id or 0, capability.line.post_id or 0, alert.fit, by_words_only=False)
        reason = explainer.reason_for(link, need, capability)
        in_need = tuple(word.in_first for word in reason.shared_words)
        in_capability = tuple(word.in_second for word in reason.shared_words)
        theirs, ours = (reason.need, reason.capability) if is_need else (reason.capability, reason.need)
        lines.append(
            AlertLine(
                alert_id=alert.id,
                organisation_id=owner.id,
                organisation=owner.name,
                unit_id=units[alert.setting_id],
                their_post_id=alert.their_post_id,
                their_title=their.line.title,
                is_need=is_need,
                our_title=own.line.title,
                their_sentence=theirs.text,
                our_sentence=ours.text,
                shared_in_theirs=in_need if is_need else in_capability,
                shared_in_ours=in_capability if is_need else in_need,
                grade=grade(alert.fit),
                found_at=alert.found_at,
            )
        )
    return lines


def _posts_of(alert: Alert) -> tuple[int, int]:
    return alert.own_post_id, alert.their_post_id


def _shown_posts(session: Session, post_ids: set[int], actor: Actor, now: datetime) -> dict[int, ShownPost]:
    rows = session.execute(
        visible_posts(actor, now)
        .where(Post.id.in_(post_ids), is_open_at(now))
        .with_only_columns(Post.id, Post.unit_id, Post.organisation_id, Post.side)
    )
    return {row.id: ShownPost(row.unit_id, row.organisation_id, row.side) for row in rows}


def _dismissed(session: Session, actor: Actor) -> set[tuple[int, int]]:
    rows = session.execute(
        select(Dismissal.unit_id, Dismissal.dismissed_id).where(
            Dismissal.unit_id.in_(actor.units_acted_for), Dismissal.undone_at.is_(None)
        )
    )
    return {(row.unit_id, row.dismissed_id) for row in rows}


def _units_of_settings(session: Session, setting_ids: set[int]) -> dict[int, int]:
    rows = session.execute(
        select(AlertSetting.id, AlertSetting.unit_id).where(AlertSetting.id.in_(setting_ids))
    )
    return {row.id: row.unit_id for row in rows}


def _owners(session: Session, post_ids: set[int], actor: Actor) -> dict[int, Organisation]:
    rows = session.execute(select(Post.id, Post.organisation_id).where(Post.id.in_(post_ids))).all()
    wanted = visible_organisations(actor).where(Organisation.id.in_({row.organisation_id for row in rows}))
    organisations = {one.id: one for one in session.scalars(wanted)}
    return {
        row.id: organisations[row.organisation_id] for row in rows if row.organisation_id in organisations
    }

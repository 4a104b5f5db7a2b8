"""Telling: one mail a person, unit and round, with the posts that newly fit; each pair of posts once in a lifetime."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from matching.demand import read_demand
from models.actor import load_actor
from models.alert import Alert, AlertSetting, Frequency, latest_round
from models.base import utc_now
from models.database import begin_write
from models.outbox import OutboxMail
from models.person import Person
from web.alerts.lines import AlertLine, alert_lines, still_true, strongest_of_each_post
from web.alerts.stop_links import stop_url
from web.letters import Letter, enqueue_letter, public_url, words_for
from web.localisation import gettext, ngettext
from web.mail import still_applies

KIND = "alert.posts"
MOST_IN_A_MAIL = 10


@dataclass(frozen=True)
class Telling:
    """What one mail tells: ``told`` are the alerts that it settles, ``untrue`` those that no longer hold."""

    told: list[int]
    untrue: list[int]
    lines: list[AlertLine]
    posts: int


def tell_alerts(session: Session, now: datetime) -> int:
    """Write a mail for every setting whose round has come; return how many. Each in a transaction of its own."""
    session.rollback()
    return sum(_tell(session, setting_id, now) for setting_id in _due_settings(session, now))


def _due_settings(session: Session, now: datetime) -> list[int]:
    rows = session.execute(
        select(AlertSetting.id, AlertSetting.frequency, Person.zone, func.min(Alert.found_at).label("oldest"))
        .join(Alert, Alert.setting_id == AlertSetting.id)
        .join(Person, Person.id == AlertSetting.person_id)
        .where(Alert.told_at.is_(None))
        .group_by(AlertSetting.id, AlertSetting.frequency, Person.zone)
        .order_by(AlertSetting.id)
    )
    return [
        row.id
        for row in rows
        if row.frequency is Frequency.OFF or row.oldest <= latest_round(row.frequency, row.zone, now)
    ]


def _tell(session: Session, setting_id: int, now: datetime) -> int:
    telling = _telling(session, setting_id, now)
    begin_write(session)
    setting = session.scalar(select(AlertSetting).where(AlertSetting.id == setting_id).with_for_update())
    if setting is None:
        session.rollback()
        return 0
    if setting.frequency is Frequency.OFF:
        drop_waiting(session, setting_id)
        session.commit()
        return 0
    session.execute(delete(Alert).where(Alert.id.in_(telling.untrue), Alert.told_at.is_(None)))
    claim = update(Alert).where(Alert.id.in_(telling.told), Alert.told_at.is_(None)).values(told_at=now)
    claimed = session.scalars(claim.returning(Alert.id)).all()
    if len(claimed) < len(telling.told):
        # Another sweep told some of them meanwhile; the next one takes what is left.
        session.rollback()
        return 0
    if telling.lines:
        occurrence = str(min(telling.told))
        enqueue_letter(session, KIND, setting.id, setting.person, occurrence, _letter(setting, telling))
    session.commit()
    return 1 if telling.lines else 0


def drop_waiting(session: Session, setting_id: int) -> None:
    """Forget what was not told yet, because this person does not want to hear of it."""
    session.execute(delete(Alert).where(Alert.setting_id == setting_id, Alert.told_at.is_(None)))


def _telling(session: Session, setting_id: int, now: datetime) -> Telling:
    session.rollback()
    alerts = session.scalars(
        select(Alert).where(Alert.setting_id == setting_id, Alert.told_at.is_(None)).order_by(Alert.id)
    ).all()
    if not alerts:
        return Telling([], [], [], 0)
    actor = load_actor(session, alerts[0].person_id)
    kept = still_true(session, alerts, actor, read_demand(session, now), now)
    strongest = strongest_of_each_post(kept)
    kept_ids = {alert.id for alert in kept}
    return Telling(
        told=sorted(kept_ids),
        untrue=[alert.id for alert in alerts if alert.id not in kept_ids],
        lines=alert_lines(session, strongest[:MOST_IN_A_MAIL], actor, now),
        posts=len(strongest),
    )


def _letter(setting: AlertSetting, telling: Telling) -> Letter:
    with words_for(setting.person):
        subject = _subject(setting, telling.lines, telling.posts)
    first = telling.lines[0]
    if telling.posts == 1:
        values = {"unit_id": first.unit_id, "organisation_id": first.organisation_id}
        url = public_url("partners.show", values)
    else:
        url = public_url("alerts.index", {})
    return Letter(
        subject=subject,
        template="alerts/mail/posts.txt",
        values={
            "unit": setting.unit,
            "lines": telling.lines,
            "more": telling.posts - len(telling.lines),
            "is_one": telling.posts == 1,
            "url": url,
        },
        unsubscribe_url=stop_url("setting", setting.id),
    )


def _subject(setting: AlertSetting, lines: Sequence[AlertLine], posts: int) -> str:
    if posts == 1:
        return str(
            gettext(
                "Fits “%(ours)s”: %(theirs)s of %(organisation)s",
                ours=lines[0].our_title,
                theirs=lines[0].their_title,
                organisation=lines[0].organisation,
            )
        )
    words = ngettext("%(num)d post fits what %(unit)s posted", "%(num)d posts fit what %(unit)s posted", posts,
                     unit=setting.unit.name)  # fmt: skip
    return str(words)


@still_applies(KIND)
def _is_still_true(session: Session, mail: OutboxMail) -> bool:
    """Asked just before sending: the person still wants to hear, and one of the posts at least still fits."""
    setting = session.get(AlertSetting, mail.record_id) if mail.record_id else None
    if setting is None or setting.frequency is Frequency.OFF:
        return False
    # The mail's occurrence is one of the alerts that it tells; the others were told at the same moment.
    first = session.get(Alert, int(mail.key.rpartition(":")[2]))
    if first is None:
        return False
    together = select(Alert).where(Alert.setting_id == setting.id, Alert.told_at == first.told_at)
    now = utc_now()
    actor = load_actor(session, setting.person_id)
    return bool(still_true(session, session.scalars(together).all(), actor, read_demand(session, now), now))

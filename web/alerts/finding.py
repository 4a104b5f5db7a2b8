"""Finding what to tell: the posts that the changelog names are compared with everybody's own.

How far the changelog was read stands in the database and moves in the transaction that adds the alerts, so nothing is
lost while no worker runs. Posts are compared before that transaction begins.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from matching.market import Home
from matching.new_posts import Fitting, fitting_posts
from matching.passages import active_encoder
from matching.reading import changed_posts, matched_post_ids
from models.alert import Alert, AlertPosition, AlertSetting, Frequency, SeenPost
from models.changelog import Change
from models.database import begin_write
from models.organisation import Organisation, OrganisationState
from models.passage import Passage
from models.post import Post, is_open_at
from web.alerts.readers import Reader, readers_of

# On PostgreSQL a transaction may add a change after one with a greater number was read. So the newest changes are read
# again for this long, which finds nothing new otherwise: what was seen is remembered.
SETTLING = timedelta(seconds=30)
ROWS_OF_ONE_LOOK = 500


@dataclass(frozen=True)
class News:
    """What the changelog says: ``changed`` are posts to compare, by id, with the hash of what they say; ``gone`` are
    no longer shown to anybody, so that they are news when they come back.
    """

    changed: dict[int, str]
    gone: set[int]
    position: int


def look_at_new_posts(session: Session, index: Home, now: datetime) -> int:
    """Add an alert for everybody whose post is fitted by a new or changed one; return how many.

    The first look of an installation only remembers what is there: nobody is told of a whole market at once.
    """
    # Ends the reading snapshot, or each look would see the same moment again.
    session.rollback()
    encoder = active_encoder(session)
    if encoder is None:
        return 0
    position = session.scalar(select(AlertPosition.sequence))
    news = _news(session, position, encoder.id, now)
    if news is None:
        return 0
    wanted = [] if position is None else _wanted(session, fitting_posts(session, index, news.changed, now))
    begin_write(session)
    added = _add_alerts(session, wanted, now)
    _remember(session, news)
    session.commit()
    return added


def _news(session: Session, position: int | None, encoder_id: int, now: datetime) -> News | None:
    latest = session.scalar(select(func.max(Change.seq))) or 0
    if latest == position:
        return None
    settled = session.scalar(select(func.max(Change.seq)).where(Change.at <= now - SETTLING)) or 0
    if position is None:
        post_ids = set(matched_post_ids(session))
    else:
        post_ids, organisation_ids = changed_posts(session, position, latest)
        # An approval makes posts news that were published before it.
        post_ids |= set(matched_post_ids(session, organisation_ids)) if organisation_ids else set()
    shown = _fingerprints(session, post_ids, encoder_id, now)
    seen = _seen(session, post_ids)
    return News(
        changed={post_id: print_ for post_id, print_ in shown.items() if seen.get(post_id) != print_},
        gone=seen.keys() - shown.keys(),
        position=max(position or 0, min(settled, latest)),
    )


def _fingerprints(
    session: Session, post_ids: Iterable[int], encoder_id: int, now: datetime
) -> dict[int, str]:
    """What each post says and to whom, as a hash. Only posts that others may see have one."""
    is_read = exists().where(Passage.post_id == Post.id, Passage.encoder_id == encoder_id)
    columns = (Post.kind, Post.title, Post.text, Post.language, Post.visibility, Post.starts_on, Post.ends_on,
               Post.partner_limit)  # fmt: skip
    prints: dict[int, str] = {}
    for some in _parts(post_ids):
        rows = session.execute(
            select(Post.id, is_read, *columns)
            .join(Organisation, Organisation.id == Post.organisation_id)
            .where(
                Post.id.in_(some),
                is_open_at(now),
                Organisation.state == OrganisationState.APPROVED,
                Organisation.merged_into_id.is_(None),
            )
        )
        for row in rows:
            words = "\0".join(str(value) for value in row[1:])
            prints[row.id] = hashlib.sha256(words.encode()).hexdigest()
    return prints


def _seen(session: Session, post_ids: Iterable[int]) -> dict[int, str]:
    seen: dict[int, str] = {}
    for some in _parts(post_ids):
        rows = session.execute(
            select(SeenPost.post_id, SeenPost.fingerprint).where(SeenPost.post_id.in_(some))
        )
        seen |= {row.post_id: row.fingerprint for row in rows}
    return seen


def _wanted(session: Session, fittings: list[Fitting]) -> list[tuple[Reader, Fitting]]:
    """Each fitting with everybody who wants to hear of it. Whether they may see it is asked when they are told."""
    readers = readers_of(
        session,
        (fitting.own_unit_id for fitting in fittings),
        (fitting.own_organisation_id for fitting in fittings),
    )
    return [
        (reader, fitting)
        for fitting in fittings
        for reader in readers[fitting.own_unit_id]
        if reader.frequency is not Frequency.OFF
    ]


def _add_alerts(session: Session, wanted: list[tuple[Reader, Fitting]], now: datetime) -> int:
    new_ids = {fitting.new_post_id for _, fitting in wanted}
    known = {
        (row.person_id, row.own_post_id, row.their_post_id)
        for some in _parts(new_ids)
        for row in session.execute(
            select(Alert.person_id, Alert.own_post_id, Alert.their_post_id).where(
                Alert.their_post_id.in_(some)
            )
        )
    }
    settings = _settings(session, {reader for reader, _ in wanted})
    added = 0
    for reader, fitting in wanted:
        key = (reader.person_id, fitting.own_post_id, fitting.new_post_id)
        if key in known:
            continue
        known.add(key)
        added += 1
        session.add(
            Alert(
                setting_id=settings[(reader.person_id, reader.unit_id)],
                person_id=reader.person_id,
                own_post_id=fitting.own_post_id,
                their_post_id=fitting.new_post_id,
                fit=fitting.fit,
                found_at=now,
            )
        )
    return added


def _settings(session: Session, readers: set[Reader]) -> dict[tuple[int, int], int]:
    """The ids of the readers' settings by person and unit; whoever chose nothing gets the default as a row."""
    people = {reader.person_id for reader in readers}
    rows = {
        (setting.person_id, setting.unit_id): setting
        for some in _parts(people)
        for setting in session.scalars(select(AlertSetting).where(AlertSetting.person_id.in_(some)))
    }
    for reader in sorted(readers, key=lambda one: (one.person_id, one.unit_id)):
        if (reader.person_id, reader.unit_id) not in rows:
            setting = AlertSetting(
                person_id=reader.person_id,
                organisation_id=reader.organisation_id,
                unit_id=reader.unit_id,
                frequency=reader.frequency,
            )
            session.add(setting)
            rows[(reader.person_id, reader.unit_id)] = setting
    session.flush()
    return {key: setting.id for key, setting in rows.items()}


def _remember(session: Session, news: News) -> None:
    for some in _parts(news.changed.keys() | news.gone):
        session.execute(delete(SeenPost).where(SeenPost.post_id.in_(some)))
    # A post that was deleted meanwhile has nothing to remember.
    there = {
        post_id
        for some in _parts(news.changed)
        for post_id in session.scalars(select(Post.id).where(Post.id.in_(some)))
    }
    session.add_all(SeenPost(post_id=post_id, fingerprint=news.changed[post_id]) for post_id in sorted(there))
    position = session.scalar(select(AlertPosition).with_for_update())
    if position is None:
        session.add(AlertPosition(id=1, sequence=news.position))
    else:
        position.sequence = max(position.sequence, news.position)


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in lists that fit into one query."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), ROWS_OF_ONE_LOOK):
        yield ordered[start : start + ROWS_OF_ONE_LOOK]

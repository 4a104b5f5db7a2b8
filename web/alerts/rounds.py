"""The rounds of saved searches: one mail with the posts that this search finds and has not told yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from matching.market import Home
from matching.search import search_stored
from models.actor import load_actor
from models.alert import Frequency, SavedSearch, latest_round
from models.database import begin_write
from models.outbox import OutboxMail
from models.person import Person
from models.post import Post
from web.alerts.saved import address_of, filters_from, known_posts, note_known, stored_question
from web.alerts.stop_links import stop_url
from web.labels import POST_SIDES, place_words
from web.letters import Letter, enqueue_letter, public_url, words_for
from web.localisation import ngettext
from web.mail import still_applies

KIND = "saved_search.posts"
MOST_IN_A_MAIL = 10


@dataclass(frozen=True)
class FoundLine:
    """One post of a mail."""

    title: str
    side: str
    organisation: str
    place: str


@dataclass(frozen=True)
class Found:
    """What a search finds now and has not told: ids, best first."""

    post_ids: tuple[int, ...]
    by_words_only: bool


def tell_saved_searches(session: Session, index: Home, now: datetime) -> int:
    """Write a mail for every search whose round has come and that finds something new; return how many."""
    session.rollback()
    rows = session.execute(
        select(SavedSearch.id, SavedSearch.frequency, SavedSearch.looked_at, Person.zone)
        .join(Person, Person.id == SavedSearch.person_id)
        .where(
            SavedSearch.deleted_at.is_(None),
            SavedSearch.frequency != Frequency.OFF,
            Person.left_at.is_(None),
        )
        .order_by(SavedSearch.id)
    ).all()
    due = [row for row in rows if row.looked_at < latest_round(row.frequency, row.zone, now)]
    return sum(_tell(session, index, row.id, row.looked_at, now) for row in due)


def _tell(session: Session, index: Home, search_id: int, looked_at: datetime, now: datetime) -> int:
    session.rollback()
    found = _found(session, index, session.get_one(SavedSearch, search_id), now)
    begin_write(session)
    claim = update(SavedSearch).where(
        SavedSearch.id == search_id,
        SavedSearch.looked_at == looked_at,
        SavedSearch.deleted_at.is_(None),
        SavedSearch.frequency != Frequency.OFF,
    )
    # Another sweep, or the person, may have been faster.
    if session.scalar(claim.values(looked_at=now).returning(SavedSearch.id)) is None:
        session.rollback()
        return 0
    if found.post_ids:
        search = session.get_one(SavedSearch, search_id)
        note_known(session, search_id, found.post_ids)
        letter = _letter(session, search, found)
        enqueue_letter(session, KIND, search_id, search.person, now.isoformat(), letter)
    session.commit()
    return 1 if found.post_ids else 0


def _found(session: Session, index: Home, search: SavedSearch, now: datetime) -> Found:
    actor = load_actor(session, search.person_id)
    if search.unit_id not in actor.units_acted_for:
        return Found((), by_words_only=False)
    known = known_posts(session, search.id)
    answer = search_stored(
        session, index, stored_question(search), filters_from(search.filters), actor, now, known
    )
    # Nobody needs a mail about what their own colleagues posted.
    foreign = set(
        session.scalars(
            select(Post.id).where(
                Post.id.in_(answer.post_ids), Post.organisation_id.not_in(actor.organisation_ids)
            )
        )
    )
    new = tuple(post_id for post_id in answer.post_ids if post_id in foreign)
    return Found(new, answer.by_words_only)


def _letter(session: Session, search: SavedSearch, found: Found) -> Letter:
    shown = found.post_ids[:MOST_IN_A_MAIL]
    if len(found.post_ids) == 1:
        url = public_url("posts.show", {"post_id": shown[0], "unit": search.unit_id})
    else:
        url = public_url("search.show", address_of(search))
    with words_for(search.person):
        subject = ngettext(
            "%(num)d new post for your search “%(name)s”",
            "%(num)d new posts for your search “%(name)s”",
            len(found.post_ids),
            name=search.name,
        )
        lines = _lines(session, shown)
    return Letter(
        subject=str(subject),
        template="alerts/mail/search.txt",
        values={
            "search": search,
            "lines": lines,
            "more": len(found.post_ids) - len(shown),
            "by_words_only": found.by_words_only,
            "url": url,
        },
        unsubscribe_url=stop_url("search", search.id),
    )


def _lines(session: Session, post_ids: Sequence[int]) -> list[FoundLine]:
    rows = session.scalars(select(Post).where(Post.id.in_(post_ids)).options(joinedload(Post.organisation)))
    posts = {post.id: post for post in rows}
    return [
        FoundLine(
            title=post.title,
            side=str(POST_SIDES[post.side]),
            organisation=post.organisation.name,
            place=place_words(post.effective_place),
        )
        for post in (posts[post_id] for post_id in post_ids)
    ]


@still_applies(KIND)
def _is_still_wanted(session: Session, mail: OutboxMail) -> bool:
    search = session.get(SavedSearch, mail.record_id) if mail.record_id else None
    return search is not None and search.deleted_at is None and search.frequency is not Frequency.OFF

"""Writing an import: every row in one transaction, or none."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from matching.passages import drop_passages, store_encoded
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import Unit
from models.passage import Passage
from models.place import Place
from models.post import Post, PostSide
from web.places import place_for
from web.posts.import_plan import differs, needs_passages, posts_there
from web.posts.import_reading import ImportRefusedError
from web.posts.import_rows import ImportedPost

PassagesByIdentity = Mapping[tuple[PostSide, str], Sequence[Passage]]


def write_rows(
    session: Session,
    organisation_id: int,
    rows: Sequence[ImportedPost],
    passages: PassagesByIdentity,
    person_id: int | None,
) -> None:
    """Write and commit. What another import wrote meanwhile is compared again, so that nothing is doubled."""
    begin_write(session)
    try:
        there = posts_there(session, organisation_id)
        places = _places(session, rows)
        written: list[tuple[Post, str]] = []
        for row in rows:
            post = there.get(row.identity)
            if post is not None and not differs(post, row):
                continue
            written.append(_written(session, organisation_id, post, row, places, passages, person_id))
        session.flush()
        for post, action in written:
            note_post_change(session, post.id)
            note_action(session, person_id, action, post, post.unit_id)
        session.commit()
    except BaseException:
        # Also when somebody presses Ctrl-C: nothing half-imported stays in the session.
        session.rollback()
        raise


def _written(
    session: Session,
    organisation_id: int,
    post: Post | None,
    row: ImportedPost,
    places: Mapping[int, Place],
    passages: PassagesByIdentity,
    person_id: int | None,
) -> tuple[Post, str]:
    """The post with the row's values and passages, and the word for the audit trail."""
    has_new_passages = needs_passages(post, row)
    has_old_text = post is not None and post.matching_text == row.matching_text
    if has_new_passages and row.identity not in passages:
        raise ImportRefusedError(
            "Somebody changed these posts during the import, so nothing was imported. Import again."
        )
    action = "post.import" if post is None else "post.import_change"
    if post is None:
        post = Post(organisation_id=organisation_id, author_id=person_id, side=row.side)
        post.publish(utc_now())
    text_before = row.matching_text if action == "post.import" else post.matching_text
    _assign(session, post, row, places)
    post.renew_if_rewritten(text_before, utc_now())
    if has_new_passages:
        store_encoded(session, post, passages[row.identity])
    elif not has_old_text:
        # A draft or withdrawn post is encoded when it is published.
        drop_passages(post)
    session.add(post)
    return post, action


def _assign(session: Session, post: Post, row: ImportedPost, places: Mapping[int, Place]) -> None:
    post.external_id = row.external_id
    post.unit_id = row.unit_id
    post.kind = row.kind
    post.title = row.title
    post.text = row.text
    post.language = row.language
    post.quantity = row.quantity
    post.partner_limit = row.partner_limit
    post.is_remote = row.is_remote
    post.urgency = row.urgency
    post.importance = row.importance
    post.visibility = row.visibility
    post.place = places[row.place.geoname_id] if row.place else None
    place = post.place or session.get_one(Unit, row.unit_id).effective_place
    post.set_period(row.starts_on, row.ends_on, place.zone if place else "UTC")


def _places(session: Session, rows: Sequence[ImportedPost]) -> dict[int, Place]:
    """The records of all places of these rows by GeoNames id, each looked up once."""
    geoname_ids = {row.place.geoname_id for row in rows if row.place is not None}
    return {geoname_id: place_for(session, geoname_id) for geoname_id in sorted(geoname_ids)}

"""From the form to the record: fields, place, period and passages, each assigned in one visible line."""

import json
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import Encoder
from matching.passages import passages_for
from matching.reencoding import ensure_encoder
from models.base import utc_now
from models.database import begin_write
from models.once import TWICE_WITHIN
from models.organisation import Unit
from models.passage import EncoderRecord, EncoderState, Passage, hash_of
from models.place import Place
from models.post import DEFAULT_VISIBILITY, Post, PostKind, PostSide, Visibility
from web.database import db
from web.matcher import matcher
from web.places import place_for, place_label
from web.posts.forms import PostForm

# What the audit row copies; texts are only named there.
AUDITED_FIELDS = (
    "kind",
    "language",
    "quantity",
    "partner_limit",
    "starts_on",
    "ends_on",
    "place_id",
    "is_remote",
    "urgency",
    "importance",
    "visibility",
)
# Beside the fields, the form carries the state of the post; no field of it bears this name.
STATE = "state"


def empty_form(side: PostSide, unit: Unit, kind: str) -> PostForm:
    """The form of a new post: urgency is left open on purpose, everything else starts at what most choose."""
    form = PostForm()
    if not form.is_submitted():
        form.kind.data = kind
        form.language.data = "en"
        form.importance.data = "2"
        form.visibility.data = DEFAULT_VISIBILITY[side].value
    form.for_side(side)
    form.today = today_at(unit.effective_place)
    return form


def filled_form(post: Post) -> PostForm:
    """The form of a post as it stands, or as it was just sent."""
    form = PostForm(obj=post)
    if post.place is not None:
        form.place.unchanged = place_label(post.place)
    if not form.is_submitted():
        form.place.data = form.place.unchanged or ""
        form.version.data = str(post.version)
        form.seen.data = digests_of(post)
    form.for_side(post.side)
    form.today = today_at(post.effective_place)
    form.known_start = post.starts_on
    return form


def today_at(place: Place | None) -> date:
    """The date that it is now at this place, in UTC where no place is known."""
    return utc_now().astimezone(ZoneInfo(place.zone if place else "UTC")).date()


def assign(post: Post, form: PostForm) -> None:
    """Write the form's fields to the record, inside the write transaction. Passages are stored apart."""
    post.kind = PostKind(form.kind.data)
    post.title = form.title.data
    post.text = form.text.data
    post.language = form.language.data
    post.quantity = form.quantity.data
    post.partner_limit = form.partner_limit.data
    post.is_remote = form.is_remote.data
    post.urgency = int(form.urgency.data) if form.is_need else None
    post.importance = int(form.importance.data) if form.is_need else None
    post.visibility = Visibility(form.visibility.data)
    if not form.place.is_unchanged:
        choice = form.place.choice
        post.place = place_for(db.session, choice.geoname_id) if choice else None
    unit = db.session.get_one(Unit, post.unit_id)
    place = post.place or unit.effective_place
    post.set_period(form.starts_on.data, form.ends_on.data, place.zone if place else "UTC")


def sent_before(post: Post) -> int | None:
    """The id of the same post, sent moments ago by the same person: a button pressed twice, or a page gone back to."""
    earlier = db.session.scalars(
        select(Post).where(
            Post.id != post.id,
            Post.unit_id == post.unit_id,
            Post.author_id == post.author_id,
            Post.side == post.side,
            Post.state == post.state,
            Post.title == post.title,
            Post.text == post.text,
            Post.created_at > utc_now() - TWICE_WITHIN,
        )
    )
    return next((twin.id for twin in earlier if audited(twin) == audited(post)), None)


def matching_text_of(form: PostForm) -> str:
    """The same text as ``Post.matching_text`` once the form is assigned."""
    return f"{form.title.data}\n{form.text.data}"


def encoded(matching_text: str, language: str) -> list[Passage]:
    """The passages of a text, before the write transaction; waits while the encoder is being loaded."""
    encoder = matcher().encoder_after_waiting()
    return passages_for(matching_text, language, encoder, encoder_id_of(db.session, encoder))


def encoder_id_of(session: Session, encoder: Encoder) -> int:
    """The id under which this encoder's passages are stored. The very first one is recorded here, at once."""
    known = select(EncoderRecord.id).where(
        EncoderRecord.key == encoder.key, EncoderRecord.state != EncoderState.RETIRED
    )
    encoder_id = session.scalar(known)
    if encoder_id is None:
        begin_write(session)
        encoder_id = ensure_encoder(session, encoder).id
        session.commit()
    return encoder_id


def has_fresh_passages(post: Post, matching_text: str, language: str) -> bool:
    """Whether the stored passages of the loaded encoder still belong to this text."""
    if post.language != language:
        return False
    encoder_id = encoder_id_of(db.session, matcher().encoder_after_waiting())
    hashes = {passage.text_hash for passage in post.passages if passage.encoder_id == encoder_id}
    return hashes == {hash_of(matching_text)}


def audited(post: Post) -> dict[str, Any]:
    """The fields of a post as the audit trail keeps them."""
    return {name: _plain(getattr(post, name)) for name in AUDITED_FIELDS}


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Each changed field with [old, new]."""
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


def values_of_record(post: Post) -> dict[str, str]:
    """Each field of the form as it stands in the record, as the form holds it, for telling what somebody else
    changed.
    """
    return {
        "kind": post.kind.value,
        "title": post.title,
        "text": post.text,
        "language": post.language,
        "quantity": _word(post.quantity),
        "partner_limit": _word(post.partner_limit),
        "starts_on": _word(post.starts_on),
        "ends_on": _word(post.ends_on),
        "place": place_label(post.place) if post.place else "",
        "is_remote": _word(post.is_remote),
        "urgency": _word(post.urgency),
        "importance": _word(post.importance),
        "visibility": post.visibility.value,
    }


def digest_of(value: str) -> str:
    """Enough of a value to tell whether it is still the same."""
    return sha256(value.encode()).hexdigest()[:12]


def digests_of(post: Post) -> str:
    """The digests of state and fields as the record has them, carried by the form from its opening on."""
    seen = {STATE: post.state.value, **values_of_record(post)}
    return json.dumps({name: digest_of(value) for name, value in seen.items()})


def seen_digests(form: PostForm) -> dict[str, str]:
    """What the form carries of ``digests_of``; nothing for a form that was tampered with."""
    try:
        seen = json.loads(form.seen.data or "{}")
    except (ValueError, RecursionError):
        # Brackets in brackets without end are no more than that.
        return {}
    return seen if isinstance(seen, dict) else {}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _word(value: object) -> str:
    return "" if value is None else str(value)

"""Where a new post or request comes from: a topic of a talk, or a need that a partner heard.

The origin travels in the address (``?topic=3``, ``?heard=5``) and is linked in the transaction that keeps what came
of it.
"""

from dataclasses import dataclass

from flask import abort, request

from models.actor import Action
from models.base import utc_now
from models.introduction import Introduction
from models.outcome import HeardNeed, HeardState, Topic
from models.policy import can
from models.post import Post
from web.access import current_actor
from web.addresses import id_in_address
from web.loaders import load_heard_need, load_topic


@dataclass(frozen=True)
class Origin:
    """What a form starts with. ``arguments`` keep the origin in its address."""

    title: str
    text: str
    arguments: dict[str, int]


NO_ORIGIN = Origin(title="", text="", arguments={})


def origin_of_address() -> Origin:
    """What the address says that this comes from. Ends the request with 404 or 403 for somebody else's."""
    topic, heard = _topic(), _heard()
    if topic is not None:
        return Origin(title=topic.text, text="", arguments={"topic": topic.id})
    if heard is not None:
        text = heard.corrected_text or heard.text
        return Origin(title=heard.title, text=text, arguments={"heard": heard.id})
    return NO_ORIGIN


def link_post(post: Post) -> None:
    """Remember at its origin what became of it. Within the write transaction; ``post`` must have its id."""
    topic, heard = _topic(), _heard()
    if topic is not None and not topic.has_become_something:
        topic.post_id = post.id
    if heard is not None and heard.post_id is None and heard.about_unit_id == post.unit_id:
        heard.post_id = post.id


def link_introduction(introduction: Introduction) -> None:
    """The same for a request to meet; ``introduction`` must have its id."""
    topic = _topic()
    if topic is not None and not topic.has_become_something:
        topic.introduction_id = introduction.id


def _named_id(name: str) -> int | None:
    number = id_in_address(name)
    if number is None and name in request.args:
        abort(404)
    return number


def _topic() -> Topic | None:
    topic_id = _named_id("topic")
    if topic_id is None:
        return None
    topic = load_topic(current_actor(), topic_id)
    if not can(current_actor(), Action.TOPIC_WRITE, topic, utc_now()):
        abort(403)
    return topic


def _heard() -> HeardNeed | None:
    """Only what its own side confirmed or corrected is theirs to post."""
    heard_id = _named_id("heard")
    if heard_id is None:
        return None
    heard = load_heard_need(current_actor(), heard_id)
    if not can(current_actor(), Action.HEARD_NEED_ANSWER, heard, utc_now()):
        abort(403)
    if heard.state not in {HeardState.CONFIRMED, HeardState.CORRECTED}:
        abort(404)
    return heard

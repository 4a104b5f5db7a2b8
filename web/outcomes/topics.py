"""Topics: what else came up in a talk, and what becomes of it with one click: a need, a capability or a meeting."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.dealings_policy import visible_meetings, visible_topics
from models.introduction import Introduction
from models.meeting import Meeting
from models.organisation import Unit
from models.outcome import Topic, has_become_something
from models.post import Post
from models.relationship import Relationship
from web.access import allowed, current_actor, current_person_id, for_writing, signed_in
from web.database import db
from web.labels import day_of, partner_words
from web.loaders import load_topic
from web.localisation import gettext
from web.page_form import PageForm
from web.pipeline.doors import meeting_url_of

blueprint = Blueprint("topics", __name__)

MOST_SHOWN = 100
# A word of ours for the list of every topic, to which the way leads back.
EVERY = "every"


@dataclass(frozen=True)
class TopicLine:
    """A topic of our side. ``became`` and ``became_url`` say what it is now, if it became something; ``meeting_url``
    leads to the meeting that it came up in, on the day ``since``, and is empty for who does not see that meeting.
    ``may_ask`` is whether the reader can ask the partner for another one.
    """

    topic_id: int
    text: str
    partner: str
    since: str
    meeting_url: str
    may_ask: bool
    became: str
    became_url: str


@blueprint.get("/topics/")
@signed_in
def index() -> str:
    """Everything that came up in talks of ours, first what nothing has become of yet."""
    ours = joinedload(Topic.relationship_)
    actor = current_actor()
    topics = db.session.scalars(
        visible_topics(actor)
        .options(
            ours.joinedload(Relationship.partner),
            ours.joinedload(Relationship.partner_unit),
            ours.joinedload(Relationship.unit).joinedload(Unit.organisation),
        )
        .order_by(has_become_something(), Topic.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    # Whoever takes part in a card from another unit reads its topics, but sees its meetings only where they are named.
    its_meetings = visible_meetings(actor).where(Meeting.id.in_({topic.meeting_id for topic in topics}))
    seen = set(db.session.scalars(its_meetings.with_only_columns(Meeting.id)))
    lines = [_line(topic, topic.meeting_id in seen) for topic in topics]
    return render_template("topics/index.html", topics=lines, form=PageForm())


@blueprint.get("/topics/<int:topic_id>/become")
@allowed(Action.TOPIC_WRITE, load_topic, "topic_id")
def become(topic: Topic) -> Response:
    """Leads to the filled-in form of what ``?as=`` says: need, capability or introduction."""
    ours = topic.relationship_
    kind = request.args.get("as", "")
    if kind in {"need", "capability"}:
        address = url_for("posts.new", unit_id=ours.unit_id, side=kind, topic=topic.id)
    elif kind == "introduction":
        address = url_for(
            "introductions.new",
            unit_id=ours.unit_id,
            partner=ours.partner_id,
            partner_unit=ours.partner_unit_id,
            topic=topic.id,
        )
    else:
        abort(404)
    return redirect(address, 303)


@blueprint.post("/topics/<int:topic_id>/remove")
@allowed(Action.TOPIC_WRITE, load_topic, "topic_id")
def remove(topic: Topic) -> Response:
    """Take it off the list, as long as nothing has become of it, and go back to that list."""
    target = url_for("outcomes.show", meeting_id=topic.meeting_id)
    if request.args.get("list") == EVERY:
        target = url_for("topics.index")
    topic = for_writing(Action.TOPIC_WRITE, load_topic, topic.id)
    if not topic.has_become_something:
        note_action(db.session, current_person_id(), "topic.remove", topic, topic.relationship_.unit_id)
        db.session.delete(topic)
        flash(gettext("Removed."), "success")
    db.session.commit()
    return redirect(target, 303)


def topics_of_meeting(meeting_id: int, relationship_id: int) -> list[TopicLine]:
    """What our side wrote down of this meeting."""
    topics = db.session.scalars(
        select(Topic)
        .where(Topic.meeting_id == meeting_id, Topic.relationship_id == relationship_id)
        .order_by(Topic.id)
    )
    return [_line(topic, is_meeting_seen=True) for topic in topics]


def _line(topic: Topic, is_meeting_seen: bool) -> TopicLine:
    became, url = _what_became_of(topic)
    return TopicLine(
        topic_id=topic.id,
        text=topic.text,
        partner=partner_words(topic.relationship_),
        since=day_of(topic.created_at),
        meeting_url=url_for("outcomes.show", meeting_id=topic.meeting_id) if is_meeting_seen else "",
        may_ask=meeting_url_of(topic.relationship_) is not None,
        became=became,
        became_url=url,
    )


def _what_became_of(topic: Topic) -> tuple[str, str]:
    if topic.post_id is not None:
        title = db.session.get_one(Post, topic.post_id).title
        return gettext("Became the post “%(title)s”", title=title), url_for(
            "posts.show", post_id=topic.post_id
        )
    if topic.introduction_id is not None:
        name = db.session.get_one(Introduction, topic.introduction_id).asked_organisation.name
        return gettext("Became a request to %(name)s", name=name), url_for(
            "introductions.show", introduction_id=topic.introduction_id
        )
    return "", ""

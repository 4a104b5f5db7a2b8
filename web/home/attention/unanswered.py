"""Who wrote to us last and has no answer: the nudges stop with their word, so nothing else would remind us of it."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, exists, func, or_, select

from models.database import rows_of
from models.dealings_policy import is_introduction_visible
from models.dealt_steps import is_between
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction, Proposal, ProposalState, ThreadMessage
from models.organisation import Organisation, Unit
from models.placeholders import ANY_ACTOR, constant, moment_placeholder, with_words_written
from models.relationship import Contact, Direction, Relationship, Stage
from models.side import Side
from web.database import db
from web.follow_ups.words import relationship_url
from web.home.attention.line import (
    MOST_LINES_OF_A_KIND,
    AttentionLine,
    Scope,
    address,
    any_scope,
    capped,
    since,
    total_of,
)
from web.home.attention.relationships import is_looked_after
from web.labels import name_of_unit
from web.localisation import gettext

# Not every message asks for an answer. After this long it is left to the alarm about silence.
ASKED_FOR = timedelta(days=14)


def unanswered_messages(scope: Scope) -> list[AttentionLine]:
    """Their message in a thread, while nobody of ours wrote, called or planned anything since."""
    values = scope.values | {"written_since": scope.now - ASKED_FOR}
    rows = rows_of(db.session, _unanswered(scope.is_office), values)
    lines = [_line(row, scope) for row in rows]
    url = address("introductions.index", {"unit_id": scope.unit.id}) if scope.unit is not None else None
    return capped(lines, total_of(rows), url)


def _line(row: Any, scope: Scope) -> AttentionLine:
    url = address("introductions.show", {"introduction_id": row.introduction_id, "_anchor": "thread"})
    return AttentionLine(
        what=gettext(
            "%(partner)s wrote, and nobody has answered",
            partner=name_of_unit(row.partner, row.unit, row.parent_id),
        ),
        who=gettext("answer, or plan what comes next"),
        since=since(row.created_at, scope.zone),
        # Whoever looks after the partner from another unit does not see what was said with this one.
        action_label=gettext("Read it") if row.is_readable else gettext("Plan what comes next"),
        action_url=url if row.is_readable else relationship_url(row.relationship_id),
        icon="message-square",
    )


@cache
def _unanswered(is_office: bool) -> Select[Any]:
    heard = exists().where(
        Contact.relationship_id == Relationship.id,
        Contact.at == Relationship.last_contact_at,
        Contact.direction == Direction.THEIRS,
    )
    # What was planned after their word is an answer to it. A nudge is not: their word has ended it.
    is_planned = exists().where(
        FollowUp.relationship_id == Relationship.id,
        FollowUp.kind != FollowUpKind.NUDGE,
        FollowUp.created_at >= ThreadMessage.created_at,
    )
    columns: list[Any] = [
        ThreadMessage.introduction_id,
        ThreadMessage.created_at,
        Relationship.id.label("relationship_id"),
        is_introduction_visible(ANY_ACTOR).label("is_readable"),
        Organisation.name.label("partner"),
        Unit.name.label("unit"),
        Unit.parent_id,
        func.count().over().label("total"),
    ]
    unanswered = (
        select(*columns)
        .select_from(Relationship)
        .join(Introduction, or_(*(is_between(Introduction, side) for side in Side)))
        .join(ThreadMessage, ThreadMessage.introduction_id == Introduction.id)
        .join(Organisation, Organisation.id == Relationship.partner_id)
        .join(Unit, Unit.id == Relationship.partner_unit_id)
        .where(
            is_looked_after(any_scope(is_office)),
            Relationship.stage != Stage.CLOSED,
            Relationship.last_contact_at > moment_placeholder("written_since"),
            ThreadMessage.created_at == Relationship.last_contact_at,
            heard,
            ~is_planned,
            ~_waits_for_an_answer(),
        )
        .order_by(ThreadMessage.created_at, ThreadMessage.id)
        .limit(MOST_LINES_OF_A_KIND)
    )
    return with_words_written(unanswered)


def _waits_for_an_answer() -> Any:
    """Times that they propose have a line of their own, and are answered with what they wrote beside."""
    return exists().where(
        Proposal.introduction_id == Introduction.id,
        Proposal.state == constant(ProposalState.OPEN),
        Proposal.made_by == ThreadMessage.side,
    )

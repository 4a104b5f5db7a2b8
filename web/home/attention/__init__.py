"""What needs attention: one list for each person and one for each office.

Each line says what, with whom, since when, and the one thing to do about it. Every kind of line is one statement,
however many rows there are: the page of an office with five thousand introductions asks as often as an empty one.
"""

from collections.abc import Callable
from dataclasses import replace

from models.actor import Actor
from models.base import utc_now
from models.organisation import Unit
from web.home.attention.counters import Counter, counters_of
from web.home.attention.dealings import (
    meetings_that_fell_through,
    meetings_without_them,
    meetings_without_us,
    missing_outcomes,
    my_turn,
    summaries_to_confirm,
    their_turn_runs_out,
    times_turned_down,
)
from web.home.attention.joining import (
    membership_requests,
    own_requests,
    pending_organisation,
    waiting_organisations,
)
from web.home.attention.leaving import left_behind, untended_units
from web.home.attention.line import AttentionLine, Scope
from web.home.attention.meetings_ahead import meetings_soon
from web.home.attention.operating import silent_mail_server, silent_worker, undelivered_mail
from web.home.attention.posts import expiring_posts, old_drafts, vague_posts
from web.home.attention.promises import what_partners_wait_for
from web.home.attention.relationships import due_follow_ups, quiet_relationships
from web.home.attention.run_out import times_that_ran_out
from web.home.attention.talks import needs_they_heard, needs_to_post, topics_left
from web.home.attention.unanswered import unanswered_messages
from web.reach import units_below

MINE, OURS = "mine", "ours"
# In this order within the urgent ones and within the others.
DEALINGS: tuple[Callable[[Scope], list[AttentionLine]], ...] = (
    meetings_soon,
    my_turn,
    untended_units,
    left_behind,
    what_partners_wait_for,
    due_follow_ups,
    unanswered_messages,
    meetings_without_them,
    meetings_without_us,
    meetings_that_fell_through,
    times_turned_down,
    times_that_ran_out,
    missing_outcomes,
    summaries_to_confirm,
    needs_they_heard,
    needs_to_post,
    their_turn_runs_out,
    quiet_relationships,
    topics_left,
)


def has_office(actor: Actor, unit: Unit | None) -> bool:
    """Whether the person is the office of this unit, and so has a second list."""
    return unit is not None and unit.id in actor.units_overseen


def scope_of(actor: Actor, unit: Unit | None, whose: str) -> Scope:
    """A person's own scope, or that of the office of ``unit``. Without being its office, always one's own."""
    return Scope(
        actor=actor,
        unit=unit,
        reach=units_below(unit, actor) if unit is not None else frozenset(),
        is_office=whose == OURS and has_office(actor, unit),
        now=utc_now(),
    )


def attention_lines(scope: Scope) -> list[AttentionLine]:
    """Everything that waits, urgent first; posts are those of the acting unit and below."""
    actor, unit, now = scope.actor, scope.unit, scope.now
    lines = silent_worker(actor, now) + silent_mail_server(actor, now) + undelivered_mail(actor)
    lines += waiting_organisations(actor) + own_requests(actor) + membership_requests(actor)
    if unit is not None:
        lines += pending_organisation(unit)
    if actor.rights:
        for kind in DEALINGS:
            lines += kind(scope)
    written = scope.reach & actor.units_written
    if written:
        lines += expiring_posts(written, now) + old_drafts(written, now) + vague_posts(written, now)
    return sorted(lines, key=lambda line: not line.is_urgent)


def office_counters(scope: Scope) -> list[Counter]:
    """The office's numbers, whichever list is open; an empty list for somebody who is no office."""
    if not has_office(scope.actor, scope.unit):
        return []
    return counters_of(replace(scope, is_office=True))

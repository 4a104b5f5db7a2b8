"""Times of ours that nobody answered until they ran out: only one mail told of it, and no nudge was running."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, exists, or_
from sqlalchemy.orm import aliased

from models.between import is_between_units
from models.database import rows_of
from models.introduction import Introduction, IntroductionState, Proposal, ProposalState
from models.placeholders import constant, moment_placeholder
from models.side import Side
from web.addresses import record_url
from web.database import db
from web.home.attention.concerning import is_ours
from web.home.attention.dealing_statements import (
    both_take_part,
    first_of,
    is_going_on,
    of_introductions,
    went_on,
)
from web.home.attention.line import AttentionLine, Scope, address, any_scope, capped, since, total_of
from web.localisation import gettext

# After this long it is left to the alarm about silence.
RAN_OUT_WITHIN = timedelta(days=30)


def times_that_ran_out(scope: Scope) -> list[AttentionLine]:
    """Until times are proposed anew, something is planned or said, or the card is closed."""
    values = scope.values | {"ran_out_since": scope.now - RAN_OUT_WITHIN}
    rows = rows_of(db.session, _ran_out(scope.is_office), values)
    lines = [
        AttentionLine(
            what=gettext("%(partner)s did not answer in time", partner=row.partner),
            who=gettext("ask anew, or plan what comes next"),
            since=since(row.expires_at, scope.zone),
            action_label=gettext("Look"),
            action_url=record_url("introductions.show", "introduction_id", row.introduction_id),
            icon="clock",
        )
        for row in rows
    ]
    url = address("introductions.index", {"unit_id": scope.unit.id}) if scope.unit is not None else None
    return capped(lines, total_of(rows), url)


@cache
def _ran_out(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    newer = aliased(Introduction)
    is_asked_anew = exists().where(
        newer.id > Introduction.id,
        is_between_units(newer, Introduction.asking_unit_id, Introduction.asked_unit_id),
    )
    left = or_(
        *(
            and_(Proposal.made_by == side, is_ours(scope, side), ~went_on(side, Introduction.expires_at))
            for side in Side
        )
    )
    statement = (
        of_introductions(scope, Introduction.expires_at)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .where(
            Introduction.state.in_((IntroductionState.EXPIRED, IntroductionState.ACCEPTED)),
            Introduction.expires_at > moment_placeholder("ran_out_since"),
            Introduction.expires_at <= scope.now,
            Proposal.state == constant(ProposalState.CLOSED),
            # Whoever declines or takes back does so before.
            Proposal.answered_at == Introduction.expires_at,
            left,
            ~is_going_on(scope),
            ~is_asked_anew,
            both_take_part(),
        )
    )
    return first_of(statement, Introduction.expires_at, Introduction.id)

"""What a sponsor is told: how each relationship stands that they sponsor. They get no single notices."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from models.actor import Actor
from models.follow_up import FollowUp
from models.next_step import DealtStep, dealt_steps_of
from models.quietness import quietness_now, resting_among, usual_times
from models.relationship import Quietness, Relationship, Stage
from web.follow_ups.words import due_words, what_words
from web.labels import day_of, partner_words
from web.localisation import gettext
from web.pipeline.cards import dealt_step_comes_first, dealt_step_words
from web.pipeline.words import STAGES

MOST_SPONSORED = 30


@dataclass(frozen=True)
class SponsoredLine:
    """One relationship in words, with the next step of its card; ``changed_at`` is when something about it last
    changed, silence included.
    """

    partner: str
    stage: str
    contact: str
    warning: str
    next_step: str
    changed_at: datetime


def sponsored_lines(session: Session, actor: Actor, now: datetime) -> list[SponsoredLine]:
    """Every relationship that the person sponsors and that is not closed, those without contact for longest first."""
    sponsored = session.scalars(
        select(Relationship)
        .where(
            Relationship.sponsor_id == actor.person_id,
            Relationship.organisation_id.in_(actor.organisation_ids),
            Relationship.stage != Stage.CLOSED,
        )
        .options(joinedload(Relationship.partner), joinedload(Relationship.partner_unit))
        .order_by(Relationship.last_contact_at.asc().nulls_first(), Relationship.id)
        .limit(MOST_SPONSORED)
    ).all()
    ids = [ours.id for ours in sponsored]
    steps = _next_steps(session, actor, ids, now)
    resting = resting_among(session, ids, now)
    usual = {
        organisation_id: usual_times(session, organisation_id)
        for organisation_id in {ours.organisation_id for ours in sponsored}
    }
    return [
        _line(ours, steps.get(ours.id), usual[ours.organisation_id], ours.id in resting, now)
        for ours in sponsored
    ]


def deals_themselves(session: Session, actor: Actor) -> bool:
    """Whether the person owns a relationship or owes a next step: then they are told of what is theirs, too."""
    owns = exists().where(
        Relationship.owner_id == actor.person_id,
        Relationship.stage != Stage.CLOSED,
        Relationship.organisation_id.in_(actor.organisation_ids),
    )
    owes = exists().where(
        and_(
            FollowUp.owner_id == actor.person_id,
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
            FollowUp.organisation_id.in_(actor.organisation_ids),
        )
    )
    return bool(session.scalar(select(or_(owns, owes))))


def _next_steps(
    session: Session, actor: Actor, relationship_ids: list[int], now: datetime
) -> dict[int, FollowUp | DealtStep]:
    """Of each, the earliest open follow-up, or what the dealings ask for before it as far as the sponsor may see it."""
    steps: dict[int, FollowUp | DealtStep] = {**_follow_ups(session, relationship_ids)}
    for relationship_id, dealt in dealt_steps_of(session, actor, relationship_ids, now).items():
        task = steps.get(relationship_id)
        if dealt_step_comes_first(dealt, task.due_at if task else None, now):
            steps[relationship_id] = dealt
    return steps


def _follow_ups(session: Session, relationship_ids: list[int]) -> dict[int, FollowUp]:
    """The earliest open one of each."""
    found = session.scalars(
        select(FollowUp)
        .where(
            FollowUp.relationship_id.in_(relationship_ids),
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
        )
        .order_by(FollowUp.due_at.desc(), FollowUp.id.desc())
    )
    # The last one to be written into the dictionary is the earliest.
    return {step.relationship_id: step for step in found}


def _line(
    ours: Relationship,
    step: FollowUp | DealtStep | None,
    usual: dict[Stage, timedelta],
    is_resting: bool,
    now: datetime,
) -> SponsoredLine:
    since = ours.last_contact_at or ours.created_at
    quietness = quietness_now(
        ours.stage,
        ours.stage_since,
        since,
        ours.quiet_after_days,
        ours.cold_after_days,
        usual,
        now,
        is_resting,
    )
    if ours.last_contact_at is not None:
        contact = gettext("last contact %(day)s", day=day_of(ours.last_contact_at))
    else:
        contact = gettext("no contact yet")
    return SponsoredLine(
        partner=partner_words(ours),
        stage=str(STAGES[ours.stage]),
        contact=contact,
        warning=_warning(quietness),
        next_step=_step_words(step, now) if step is not None else "",
        changed_at=_changed_at(ours, since, step, now),
    )


def _step_words(step: FollowUp | DealtStep, now: datetime) -> str:
    if isinstance(step, FollowUp):
        return f"{what_words(step)}, {due_words(step, now)}"
    words = dealt_step_words(step, now)
    if words.is_overdue:
        return f"{words.what}, {gettext('overdue since %(day)s', day=words.due)}"
    return f"{words.what}, {words.who if step.due_at is None else words.due}"


def _warning(quietness: Quietness) -> str:
    if quietness is Quietness.COLD:
        return str(gettext("going cold"))
    return str(gettext("quiet")) if quietness is Quietness.QUIET else ""


def _changed_at(
    ours: Relationship, since: datetime, step: FollowUp | DealtStep | None, now: datetime
) -> datetime:
    """Each silence changes it twice, when it becomes quiet and when it becomes cold: so it is told once for each."""
    moments = [
        ours.stage_since,
        since,
        since + timedelta(days=ours.quiet_after_days),
        since + timedelta(days=ours.cold_after_days),
    ]
    if isinstance(step, FollowUp):
        moments.append(step.created_at)
    if step is not None and step.due_at is not None:
        moments.append(step.due_at)
    return max(moment for moment in moments if moment <= now)

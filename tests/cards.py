"""Many cards of a pipeline, for its tests and for its benchmark."""

from datetime import timedelta

from sqlalchemy.orm import Session

from models.base import utc_now
from models.follow_up import FollowUp, FollowUpKind
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.relationship import ClosedReason, Relationship, Stage, StageChange

DAY = timedelta(days=1)


def add_partner_unit(session: Session, name: str) -> Unit:
    """The root unit of a new approved university."""
    organisation = Organisation(
        name=name,
        kind=OrganisationKind.UNIVERSITY,
        state=OrganisationState.APPROVED,
        sector=Sector.EDUCATION,
    )
    session.add(organisation)
    session.flush()
    unit = Unit(organisation_id=organisation.id, name=name)
    session.add(unit)
    session.flush()
    return unit


def add_card(
    session: Session,
    unit: Unit,
    name: str,
    stage: Stage = Stage.INTRODUCED,
    owner_id: int | None = None,
    days_quiet: float = 1,
    days_in_stage: float = 1,
) -> Relationship:
    """A relationship of this unit with a new university of that name."""
    now = utc_now()
    partner_unit = add_partner_unit(session, name)
    ours = Relationship(
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        partner_id=partner_unit.organisation_id,
        partner_unit_id=partner_unit.id,
        stage=stage,
        closed_reason=ClosedReason.NO_ANSWER if stage is Stage.CLOSED else None,
        owner_id=owner_id,
        created_at=now - 400 * DAY,
        stage_since=now - days_in_stage * DAY,
        last_contact_at=now - days_quiet * DAY,
    )
    session.add(ours)
    session.flush()
    return ours


def add_step(session: Session, ours: Relationship, text: str, days: float, owner_id: int | None) -> FollowUp:
    """An open next step that is due in so many days."""
    due_at = utc_now() + days * DAY
    step = FollowUp(
        organisation_id=ours.organisation_id,
        relationship_id=ours.id,
        kind=FollowUpKind.NEXT_STEP,
        text=text,
        owner_id=owner_id,
        due_on=due_at.date(),
        zone="UTC",
        due_at=due_at,
    )
    session.add(step)
    session.flush()
    return step


def add_stay(session: Session, unit: Unit, name: str, stage: Stage, days: float) -> None:
    """A card that stood in ``stage`` for so many days and then left it for the next one."""
    now = utc_now()
    ours = add_card(session, unit, name, Stage.FOLLOW_UP)
    for from_stage, to_stage, at in (
        (Stage.SUGGESTED, stage, now - (days + 10) * DAY),
        (stage, Stage.FOLLOW_UP, now - 10 * DAY),
    ):
        session.add(StageChange(relationship_id=ours.id, at=at, from_stage=from_stage, to_stage=to_stage))
    session.flush()

"""Which rows of the audit trail an administrator may read: those of the own organisation and of nobody else."""

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from models.audit import AuditEntry
from models.organisation import Organisation, Unit
from models.person import Membership, MembershipState

# What people set for themselves alone, and how they sign in, is no matter of their organisation.
OF_PEOPLE_THEMSELVES = (
    "account",
    "alert_setting",
    "calendar_feed",
    "outbox_mail",
    "person",
    "pipeline_view",
    "saved_search",
)
EVER_BELONGED = (MembershipState.ACTIVE, MembershipState.ENDED)


def entries_of_organisation(organisation_id: int) -> Select[AuditEntry]:
    """What was done for the organisation's units, to itself, and to its units and people.

    A row without a unit, such as that of a meeting, counts where its person never belonged to another organisation:
    otherwise it may be the other one's.
    """
    units = select(Unit.id).where(Unit.organisation_id == organisation_id)
    memberships = select(Membership.id).where(Membership.organisation_id == organisation_id)
    return select(AuditEntry).where(
        AuditEntry.record_kind.not_in(OF_PEOPLE_THEMSELVES),
        or_(
            AuditEntry.unit_id.in_(units),
            _is_about(Organisation, select(Organisation.id).where(Organisation.id == organisation_id)),
            _is_about(Unit, units),
            _is_about(Membership, memberships),
            and_(
                AuditEntry.unit_id.is_(None),
                AuditEntry.record_kind.not_in(("organisation", "unit", "membership")),
                AuditEntry.person_id.in_(_people_of_nobody_else(organisation_id)),
            ),
        ),
    )


def _is_about(record: type[Organisation | Unit | Membership], ids: Select[int]) -> ColumnElement[bool]:
    return and_(AuditEntry.record_kind == record.__tablename__, AuditEntry.record_id.in_(ids))


def _people_of_nobody_else(organisation_id: int) -> Select[int]:
    elsewhere = aliased(Membership)
    return select(Membership.person_id).where(
        Membership.organisation_id == organisation_id,
        Membership.state.in_(EVER_BELONGED),
        Membership.person_id.not_in(
            select(elsewhere.person_id).where(
                elsewhere.organisation_id != organisation_id, elsewhere.state.in_(EVER_BELONGED)
            )
        ),
    )

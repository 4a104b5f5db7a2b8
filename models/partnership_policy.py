"""Who may do what to partnerships and to what hangs on them: commitments and counterparts.

- Whoever writes for one of the two units (a member for their own, an office for all below) works on its side, and so
  does a counterpart whom that side named, while they belong to its organisation.
- Drafts of commitments are seen by the side that writes them; the rest is seen by both sides.
- Each side writes only its own counterparts. Which side may make which move of a commitment is the rules' matter.
- Administrators and operators see none of it by that role.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select

from models.actor import Action, Actor
from models.commitment import Commitment, CommitmentMove, Move
from models.partnership import Counterpart, Partnership
from models.placeholders import AnyActor
from models.side import Side


def partner_sides_of(actor: Actor, partnership: Partnership) -> frozenset[Side]:
    """The sides of the partnership that the actor works on: none for strangers, both for an office above both."""
    return frozenset(
        side
        for side in Side
        if partnership.unit_id_of(side) in actor.units_written or _is_named_on(actor, partnership, side)
    )


def can_partner(actor: Actor, action: Action, record: Partnership | Commitment | Counterpart) -> bool:
    """Whether ``actor`` may do ``action`` to a record of a partnership. Raises TypeError as ``models.policy.can``
    does.
    """
    match record:
        case Partnership() if action.startswith("partnership."):
            return bool(partner_sides_of(actor, record))
        case Commitment() if action.startswith("commitment."):
            sides = partner_sides_of(actor, record.partnership)
            return bool(sides) and (record.was_sent or record.author_side in sides)
        case Counterpart() if action.startswith("counterpart."):
            return record.ended_at is None and record.side in partner_sides_of(actor, record.partnership)
    raise TypeError(f"{action} does not ask about a {type(record).__name__}")


def _is_named_on(actor: Actor, partnership: Partnership, side: Side) -> bool:
    return partnership.organisation_id_of(side) in actor.organisation_ids and any(
        entry.side is side and entry.ended_at is None and entry.person_id == actor.person_id
        for entry in partnership.counterparts
    )


def visible_partnerships(actor: Actor | AnyActor) -> Select[Partnership]:
    """Partnerships of the units that the actor writes for, and those in which their side named them."""
    return select(Partnership).where(or_(*(_works_on(actor, side) for side in Side)))


def visible_commitments(actor: Actor) -> Select[Commitment]:
    """Commitments of those partnerships; drafts only on the side that wrote them."""
    was_sent = exists().where(CommitmentMove.commitment_id == Commitment.id, CommitmentMove.move == Move.SEND)
    return (
        select(Commitment)
        .join(Partnership, Partnership.id == Commitment.partnership_id)
        .where(or_(*(and_(_works_on(actor, side), or_(was_sent, _wrote(side))) for side in Side)))
    )


def visible_counterparts(actor: Actor) -> Select[Counterpart]:
    """Counterparts that the actor may change: those of their side who are still named."""
    return (
        select(Counterpart)
        .join(Partnership, Partnership.id == Counterpart.partnership_id)
        .where(
            Counterpart.ended_at.is_(None),
            or_(*(and_(_works_on(actor, side), Counterpart.side == side) for side in Side)),
        )
    )


def _works_on(actor: Actor | AnyActor, side: Side) -> ColumnElement[bool]:
    if actor.person_id is None:
        return false()
    is_asking = side is Side.ASKING
    unit_id = Partnership.asking_unit_id if is_asking else Partnership.asked_unit_id
    organisation_id = Partnership.asking_organisation_id if is_asking else Partnership.asked_organisation_id
    # Aliased, so that it stays a question of its own where the statement itself is about counterparts.
    named = Counterpart.__table__.alias()
    is_named = exists().where(
        named.c.partnership_id == Partnership.id,
        named.c.side == side,
        named.c.person_id == actor.person_id,
        named.c.ended_at.is_(None),
    )
    return or_(unit_id.in_(actor.units_written), and_(organisation_id.in_(actor.organisation_ids), is_named))


def _wrote(side: Side) -> ColumnElement[bool]:
    return exists().where(
        CommitmentMove.commitment_id == Commitment.id,
        CommitmentMove.number == 1,
        CommitmentMove.side == side,
    )

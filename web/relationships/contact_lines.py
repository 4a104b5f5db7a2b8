"""The contacts of a relationship in words: when the two were in touch, who was heard, and what was done by it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import Select, select

from models.between import partnerships_between
from models.commitment import Commitment, CommitmentMove, Move
from models.partnership import ExpectationLetter, Partnership, PartnershipEvent, PartnershipEventKind
from models.partnership_policy import visible_partnerships
from models.person import Person
from models.relationship import Contact, ContactKind, Relationship
from web.access import current_actor
from web.commitments.words import MOVES
from web.database import db
from web.labels import day_of
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.partnerships.words import EVENTS
from web.pipeline.words import CONTACT_KINDS, DIRECTIONS_TOLD

MOST_CONTACTS = 30
# On the partnership's own page, the word alone says what is closed.
EVENTS_TOLD = {**EVENTS, PartnershipEventKind.CLOSED: _("Partnership closed")}


@dataclass(frozen=True)
class Deed:
    """What somebody did about the partnership, and where it stands."""

    what: str
    url: str


@dataclass(frozen=True)
class ContactLine:
    """``deed`` is what was done by it about the partnership, as far as the reader may see that; else ``kind`` says how
    they were in touch. ``note`` is None for those who may see the relationship and not read what is kept about it.
    """

    kind: str
    deed: Deed | None
    direction: str
    at: str
    by: str | None
    note: str | None


def contact_lines(ours: Relationship, may_read: bool) -> list[ContactLine]:
    """The newest first."""
    contacts = db.session.execute(
        select(Contact, Person.name)
        .outerjoin(Person, Person.id == Contact.person_id)
        .where(Contact.relationship_id == ours.id)
        .order_by(Contact.at.desc(), Contact.id.desc())
        .limit(MOST_CONTACTS)
    ).all()
    words = {contact.at for contact, _by in contacts if contact.kind is ContactKind.MESSAGE}
    deeds = _deeds_at(ours, words) if words else {}
    return [
        ContactLine(
            kind=str(CONTACT_KINDS[contact.kind]),
            deed=deeds.get(contact.at) if contact.kind is ContactKind.MESSAGE else None,
            direction=str(DIRECTIONS_TOLD[contact.direction]),
            at=day_of(contact.at),
            by=name,
            note=contact.note if may_read else None,
        )
        for contact, name in contacts
    ]


def _deeds_at(ours: Relationship, moments: Collection[datetime]) -> dict[datetime, Deed]:
    """By its moment, which its contact carries as well: what was done about the partnerships that the actor may see."""
    seen = visible_partnerships(current_actor()).with_only_columns(Partnership.id)
    partnership_ids = (
        partnerships_between(ours).with_only_columns(Partnership.id).where(Partnership.id.in_(seen))
    )
    return {
        **_events(partnership_ids, moments),
        **_letters(partnership_ids, moments),
        **_moves(partnership_ids, moments),
    }


def _events(partnership_ids: Select[int], moments: Collection[datetime]) -> dict[datetime, Deed]:
    events = db.session.scalars(
        select(PartnershipEvent).where(
            PartnershipEvent.partnership_id.in_(partnership_ids),
            PartnershipEvent.kind != PartnershipEventKind.STAGE,
            PartnershipEvent.at.in_(moments),
        )
    )
    return {
        event.at: Deed(
            str(EVENTS_TOLD[event.kind]),
            url_for("partnerships.show", partnership_id=event.partnership_id),
        )
        for event in events
    }


def _letters(partnership_ids: Select[int], moments: Collection[datetime]) -> dict[datetime, Deed]:
    letters = db.session.scalars(
        select(ExpectationLetter).where(
            ExpectationLetter.partnership_id.in_(partnership_ids), ExpectationLetter.sent_at.in_(moments)
        )
    )
    return {
        letter.sent_at: Deed(
            gettext("Letter of expectations sent"),
            url_for("partnerships.expectations", partnership_id=letter.partnership_id),
        )
        for letter in letters
        if letter.sent_at is not None
    }


def _moves(partnership_ids: Select[int], moments: Collection[datetime]) -> dict[datetime, Deed]:
    moves = db.session.execute(
        select(
            CommitmentMove.made_at,
            CommitmentMove.move,
            CommitmentMove.side,
            CommitmentMove.commitment_id,
            Commitment.performer_side,
        )
        .join(Commitment)
        .where(
            Commitment.partnership_id.in_(partnership_ids),
            CommitmentMove.move != Move.DRAFT,
            CommitmentMove.made_at.in_(moments),
        )
    )
    return {
        made_at: Deed(
            _promise_words(move, is_offer=side is performer),
            url_for("commitments.show", commitment_id=commitment_id),
        )
        for made_at, move, side, commitment_id, performer in moves
    }


def _promise_words(move: Move, is_offer: bool) -> str:
    if move is Move.SEND:
        return str(gettext("Promise offered") if is_offer else gettext("Promise asked for"))
    return str(gettext("Promise: %(done)s", done=MOVES[move].done))

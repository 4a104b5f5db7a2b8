"""Labelled data as a market: organisations with posts and passages in a database that is thrown away afterwards."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from matching.encoder import Encoder, Progress
from matching.labelled_data import LabelledData, LabelledPlace
from matching.passages import passages_for_many
from matching.reencoding import ensure_encoder
from models.actor import Actor, Right
from models.base import utc_now
from models.database import begin_write
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.passage import Passage
from models.person import Role
from models.place import Place
from models.post import DEFAULT_VISIBILITY, Post, PostKind, PostSide, PostState

SEED = 20_261_121
LANGUAGE = "en"
KIND_OF_ORGANISATION = {
    PostSide.NEED: OrganisationKind.COMPANY,
    PostSide.CAPABILITY: OrganisationKind.UNIVERSITY,
}
KIND_OF_POST = {PostSide.NEED: PostKind.OTHER, PostSide.CAPABILITY: PostKind.RESEARCH_EXPERTISE}


@dataclass(frozen=True)
class Seeker:
    """The organisation of one query: the root unit that it acts for, and someone who may."""

    unit_id: int
    actor: Actor


@dataclass(frozen=True)
class LoadedMarket:
    """`labels` is organisation id → label; `seekers` is query → who asks."""

    labels: dict[int, str]
    seekers: dict[str, Seeker]


def load_market(
    session: Session, data: LabelledData, encoder: Encoder, on_progress: Progress
) -> LoadedMarket:
    """Encode all texts and write everything in one transaction, which is committed: the database is our own."""
    texts = [*(query.text for query in data.queries), *(document.text for document in data.documents)]
    made = passages_for_many(
        [(text, LANGUAGE) for text in texts],
        encoder,
        1,
        on_progress,
    )
    begin_write(session)
    if ensure_encoder(session, encoder).id != 1:
        raise RuntimeError("the temporary database must be empty")
    writer = _Writer(session)
    owners = _write_organisations(writer, data)
    seekers = _write_seekers(writer, data)
    posts = [
        *((seekers[query.identity].unit_id, query.text, data.query_side) for query in data.queries),
        *((owners[document.owner], document.text, data.query_side.opposite) for document in data.documents),
    ]
    writer.add_posts(posts, made)
    session.commit()
    return LoadedMarket(
        labels={writer.organisation_of[unit_id]: owner for owner, unit_id in owners.items()},
        seekers=seekers,
    )


class _Writer:
    """Adds organisations with their units and places, and posts in bulk."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.organisation_of: dict[int, int] = {}
        self._places: dict[LabelledPlace, int] = {}

    def add_organisation(
        self,
        name: str,
        kind: OrganisationKind,
        places: Sequence[LabelledPlace],
        collaborations: int | None,
    ) -> int:
        """Add an approved organisation; return its root unit's id. Each further place gets a unit of its own."""
        organisation = Organisation(
            name=name,
            kind=kind,
            state=OrganisationState.APPROVED,
            sector=Sector.EDUCATION,
            activity=collaborations,
        )
        self.session.add(organisation)
        self.session.flush()
        root = self._add_unit(organisation.id, None, places[0] if places else None)
        for place in places[1:]:
            self._add_unit(organisation.id, root, place)
        return root

    def add_posts(self, posts: Sequence[tuple[int, str, PostSide]], made: Sequence[list[Passage]]) -> None:
        """Publish posts of (unit id, text, side) with their passages, numbered from 1."""
        rows: list[dict[str, Any]] = []
        for number, (unit_id, text, side) in enumerate(posts, start=1):
            is_need = side is PostSide.NEED
            rows.append(
                {
                    "id": number, "organisation_id": self.organisation_of[unit_id], "unit_id": unit_id,
                    "side": side, "kind": KIND_OF_POST[side], "title": "", "text": text,
                    "urgency": 2 if is_need else None, "importance": 2 if is_need else None,
                    "visibility": DEFAULT_VISIBILITY[side], "state": PostState.PUBLISHED,
                    "published_at": utc_now(), "version": 1,
                }
            )  # fmt: skip
        passages = [
            {
                "post_id": number, "encoder_id": one.encoder_id, "position": one.position,
                "start": one.start, "stop": one.stop, "text_hash": one.text_hash, "vector": one.vector,
            }
            for number, some in enumerate(made, start=1)
            for one in some
        ]  # fmt: skip
        self.session.execute(insert(Post), rows)
        self.session.execute(insert(Passage), passages)

    def _add_unit(self, organisation_id: int, parent_id: int | None, place: LabelledPlace | None) -> int:
        unit = Unit(
            organisation_id=organisation_id,
            parent_id=parent_id,
            name="Unit",
            place_id=None if place is None or place.country is None else self._place_id(place),
        )
        self.session.add(unit)
        self.session.flush()
        self.organisation_of[unit.id] = organisation_id
        return unit.id

    def _place_id(self, place: LabelledPlace) -> int:
        if place not in self._places:
            row = Place(
                name=place.city or place.region or place.country,
                country=place.country,
                region=place.region,
                zone="UTC",
            )
            self.session.add(row)
            self.session.flush()
            self._places[place] = row.id
        return self._places[place]


def _write_organisations(writer: _Writer, data: LabelledData) -> dict[str, int]:
    """Return label → root unit. Equal scores fall in the order of ids, so the data's own order must not decide."""
    shuffled = random.Random(SEED).sample(data.organisations, len(data.organisations))  # noqa: S311 - Not a secret.
    kind = KIND_OF_ORGANISATION[data.query_side.opposite]
    return {
        one.identity: writer.add_organisation(
            one.name, kind, [] if one.place is None else [one.place], one.collaborations
        )
        for one in shuffled
    }


def _write_seekers(writer: _Writer, data: LabelledData) -> dict[str, Seeker]:
    kind = KIND_OF_ORGANISATION[data.query_side]
    seekers: dict[str, Seeker] = {}
    for query in data.queries:
        unit_id = writer.add_organisation(query.identity, kind, query.places, None)
        right = Right(
            organisation_id=writer.organisation_of[unit_id],
            organisation_kind=kind,
            is_approved=True,
            unit_id=unit_id,
            role=Role.OFFICE,
            is_at_root=True,
            reach=frozenset({unit_id}),
        )
        seekers[query.identity] = Seeker(unit_id, Actor(person_id=None, is_operator=False, rights=(right,)))
    return seekers

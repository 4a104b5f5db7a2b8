"""Large markets of hand-made vectors, written in bulk, for planted worlds and measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.actor import Actor, Right
from models.base import utc_now
from models.database import begin_write
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.passage import EncoderRecord, EncoderState, Passage, hash_of
from models.person import Role
from models.place import Place
from models.post import DEFAULT_VISIBILITY, Post, PostKind, PostSide, PostState


@dataclass(frozen=True)
class MadePost:
    """A post whose vector is given; its sentences are equal parts of the text and share that vector."""

    side: PostSide
    vector: npt.NDArray[np.float32]
    text: str
    sentences: int = 1


@dataclass(frozen=True)
class MadeOrganisation:
    """An approved organisation at a place that only its country tells."""

    kind: OrganisationKind
    country: str
    posts: Sequence[MadePost]
    sector: Sector = Sector.ENERGY


def write_market(session: Session, organisations: Sequence[MadeOrganisation], dimensions: int) -> None:
    """Write everything in one transaction; the n-th organisation and its root unit get the id n, counted from 1."""
    begin_write(session)
    session.add(
        EncoderRecord(
            id=1, key="hand-made", name="hand-made", dimensions=dimensions, state=EncoderState.ACTIVE
        )
    )
    session.flush()
    countries = sorted({one.country for one in organisations})
    session.execute(
        insert(Place),
        [
            {"id": number, "name": country, "country": country, "zone": "UTC"}
            for number, country in enumerate(countries, start=1)
        ],
    )
    session.execute(insert(Organisation), [_organisation(*one) for one in enumerate(organisations, start=1)])
    session.execute(
        insert(Unit),
        [
            {
                "id": number, "organisation_id": number, "name": f"Unit {number}", "version": 1,
                "place_id": countries.index(one.country) + 1,
            }
            for number, one in enumerate(organisations, start=1)
        ],
    )  # fmt: skip
    posts = [(owner, post) for owner, one in enumerate(organisations, start=1) for post in one.posts]
    session.execute(insert(Post), [_post(number, *one) for number, one in enumerate(posts, start=1)])
    session.execute(
        insert(Passage),
        [row for number, (_, post) in enumerate(posts, start=1) for row in _passages(number, post)],
    )
    session.commit()


def actor_of(organisation_id: int, kind: OrganisationKind) -> Actor:
    """An office of the n-th organisation."""
    right = Right(
        organisation_id=organisation_id,
        organisation_kind=kind,
        is_approved=True,
        unit_id=organisation_id,
        role=Role.OFFICE,
        is_at_root=True,
        reach=frozenset({organisation_id}),
    )
    return Actor(person_id=None, is_operator=False, rights=(right,))


def _organisation(number: int, made: MadeOrganisation) -> dict[str, Any]:
    return {
        "id": number, "name": f"Organisation {number}", "kind": made.kind, "sector": made.sector,
        "state": OrganisationState.APPROVED, "version": 1,
    }  # fmt: skip


def _post(number: int, owner: int, made: MadePost) -> dict[str, Any]:
    is_need = made.side is PostSide.NEED
    return {
        "id": number, "organisation_id": owner, "unit_id": owner, "side": made.side, "title": "",
        "kind": PostKind.TALENT if is_need else PostKind.PROGRAMME, "text": made.text,
        "urgency": 2 if is_need else None, "importance": 2 if is_need else None,
        "visibility": DEFAULT_VISIBILITY[made.side], "state": PostState.PUBLISHED,
        "published_at": utc_now(), "version": 1,
    }  # fmt: skip


def _passages(number: int, made: MadePost) -> list[dict[str, Any]]:
    length = len(made.text)
    edges = [length * part // made.sentences for part in range(made.sentences + 1)]
    spans = [(0, length), *((edges[part], edges[part + 1]) for part in range(made.sentences))]
    return [
        {
            "post_id": number, "encoder_id": 1, "position": position, "start": start, "stop": stop,
            "text_hash": hash_of(made.text), "vector": made.vector.astype(np.float32).tobytes(),
        }
        for position, (start, stop) in enumerate(spans)
    ]  # fmt: skip

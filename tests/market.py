"""A small market for the ranking's tests: organisations and posts written in one line each, as the pages write them."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching.encoder import Encoder, HashEncoder
from matching.passages import passages_for, store_passages
from matching.reencoding import ensure_encoder
from models.actor import Actor, Right
from models.base import utc_now
from models.changelog import note_organisation_change, note_post_change
from models.database import begin_write
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.place import Place
from models.post import DEFAULT_VISIBILITY, Post, PostKind, PostSide, PostState, Visibility

KIND_OF_SIDE = {PostSide.NEED: PostKind.TALENT, PostSide.CAPABILITY: PostKind.PROGRAMME}


class Market:
    """Writes through one session; each method is one committed transaction."""

    def __init__(self, session: Session, encoder: Encoder | None = None) -> None:
        self.session = session
        self.encoder = encoder or HashEncoder()
        begin_write(session)
        self.encoder_id = ensure_encoder(session, self.encoder).id
        session.commit()

    def organisation(
        self,
        name: str,
        kind: OrganisationKind = OrganisationKind.COMPANY,
        state: OrganisationState = OrganisationState.APPROVED,
        place: Place | None = None,
        activity: int | None = None,
        sector: Sector = Sector.ENERGY,
    ) -> int:
        """Add an organisation with its root unit; return its id."""
        begin_write(self.session)
        if place is not None:
            self.session.add(place)
            self.session.flush()
        organisation = Organisation(name=name, kind=kind, state=state, sector=sector, activity=activity)
        self.session.add(organisation)
        self.session.flush()
        root = Unit(organisation_id=organisation.id, name=name, place_id=None if place is None else place.id)
        self.session.add(root)
        self.session.commit()
        return organisation.id

    def company(self, name: str) -> int:
        return self.organisation(name, OrganisationKind.COMPANY)

    def university(self, name: str) -> int:
        return self.organisation(name, OrganisationKind.UNIVERSITY)

    def unit(self, organisation_id: int, name: str) -> int:
        """Add a unit below the root; return its id."""
        begin_write(self.session)
        unit = Unit(organisation_id=organisation_id, parent_id=self.root(organisation_id), name=name)
        self.session.add(unit)
        self.session.commit()
        return unit.id

    def root(self, organisation_id: int) -> int:
        """The id of the organisation's root unit."""
        return self.session.get_one(Organisation, organisation_id).root_unit.id

    def need(self, organisation_id: int, text: str, language: str = "en") -> int:
        return self.post(organisation_id, PostSide.NEED, text, language=language)

    def capability(self, organisation_id: int, text: str, language: str = "en") -> int:
        return self.post(organisation_id, PostSide.CAPABILITY, text, language=language)

    def post(
        self,
        organisation_id: int,
        side: PostSide,
        text: str,
        language: str = "en",
        visibility: Visibility | None = None,
        closes_at: datetime | None = None,
        unit_id: int | None = None,
        weight: int = 2,
        title: str = "",
        is_remote: bool = False,
        state: PostState = PostState.PUBLISHED,
        kind: PostKind | None = None,
    ) -> int:
        """Publish a post with its passages; return its id."""
        made = passages_for(f"{title}\n{text}" if title else text, language, self.encoder, self.encoder_id)
        begin_write(self.session)
        is_need = side is PostSide.NEED
        post = Post(
            organisation_id=organisation_id,
            unit_id=unit_id if unit_id is not None else self.root(organisation_id),
            side=side,
            kind=kind or KIND_OF_SIDE[side],
            title=title,
            text=text,
            language=language,
            urgency=weight if is_need else None,
            importance=2 if is_need else None,
            visibility=visibility or DEFAULT_VISIBILITY[side],
            ends_on=None if closes_at is None else closes_at.date(),
            closes_at=closes_at,
            is_remote=is_remote,
            state=state,
            published_at=utc_now(),
        )
        self.session.add(post)
        if state is not PostState.DRAFT:
            store_passages(post, made)
        self.session.flush()
        note_post_change(self.session, post.id)
        self.session.commit()
        return post.id

    def edit(self, post_id: int, text: str) -> None:
        """Change a post's text together with its passages."""
        made = passages_for(text, "en", self.encoder, self.encoder_id)
        begin_write(self.session)
        post = self.session.get_one(Post, post_id)
        post.text, post.title = text, ""
        store_passages(post, made)
        note_post_change(self.session, post_id)
        self.session.commit()

    def withdraw(self, post_id: int) -> None:
        begin_write(self.session)
        self.session.get_one(Post, post_id).withdraw(utc_now(), "")
        note_post_change(self.session, post_id)
        self.session.commit()

    def delete(self, post_id: int) -> None:
        begin_write(self.session)
        self.session.delete(self.session.get_one(Post, post_id))
        note_post_change(self.session, post_id)
        self.session.commit()

    def show_to(self, post_id: int, visibility: Visibility) -> None:
        begin_write(self.session)
        self.session.get_one(Post, post_id).visibility = visibility
        note_post_change(self.session, post_id)
        self.session.commit()

    def close_at(self, post_id: int, moment: datetime | None) -> None:
        """Set or take away the end of a post."""
        begin_write(self.session)
        post = self.session.get_one(Post, post_id)
        post.closes_at = moment
        post.ends_on = None if moment is None else moment.date()
        note_post_change(self.session, post_id)
        self.session.commit()

    def decide(self, organisation_id: int, state: OrganisationState) -> None:
        begin_write(self.session)
        self.session.get_one(Organisation, organisation_id).state = state
        note_organisation_change(self.session, organisation_id)
        self.session.commit()

    def actor(self, organisation_id: int) -> Actor:
        """An office of the whole organisation."""
        from models.organisation import reach_of
        from models.person import Role

        organisation = self.session.get_one(Organisation, organisation_id)
        parents = {unit.id: unit.parent_id for unit in organisation.units}
        root = organisation.root_unit.id
        right = Right(
            organisation_id=organisation_id,
            organisation_kind=organisation.kind,
            is_approved=organisation.is_approved,
            unit_id=root,
            role=Role.OFFICE,
            is_at_root=True,
            reach=reach_of(root, parents),
        )
        return Actor(person_id=None, is_operator=False, rights=(right,))

"""What the demo world's loader is given: places, accounts and passages."""

from collections.abc import Callable, Sequence
from uuid import uuid4

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import Encoder
from matching.passages import passages_for_many
from matching.reencoding import ensure_encoder
from models.base import utc_now
from models.database import begin_write
from models.introduction import Introduction, Slot
from models.meeting import Meeting
from models.organisation import Organisation
from models.passage import Passage
from models.person import Person
from models.place import Place
from web.accounts.account import Account
from web.command_line import progress_line
from web.demo import DEMO_PASSWORD
from web.gazetteer import gazetteer
from web.meetings.scheduling import schedule_meeting
from web.places import place_for


class DemoWorld:
    """Bound to an application's session; the caller begins and commits the transaction of the world."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def is_empty(self) -> bool:
        return self.session.scalar(select(Organisation.id).limit(1)) is None

    def encoded(self, texts: Sequence[tuple[str, str]], encoder: Encoder) -> list[list[Passage]]:
        """The passages of each (matching text, language), with the encoder on record."""
        begin_write(self.session)
        encoder_id = ensure_encoder(self.session, encoder).id
        self.session.commit()
        return passages_for_many(texts, encoder, encoder_id, progress_line("Encoding sentences"))

    def find_place(self, city: str, country: str) -> Place:
        """The record of the largest town of this name in the country. Raises LookupError if there is none."""
        for town in gazetteer().towns_named(city, is_whole=True):
            if town.country == country:
                return place_for(self.session, town.geoname_id)
        raise LookupError(f"the gazetteer knows no {city} in {country}")

    def account_adder(self) -> Callable[[Person], None]:
        """A function that gives a person an account with the demo's password."""
        # Hashed once: everybody has the same password, and each hash takes a tenth of a second.
        password_hash = hash_password(DEMO_PASSWORD)

        def add_account(person: Person) -> None:
            self.session.add(
                Account(
                    person_id=person.id,
                    email=person.email,
                    password=password_hash,
                    fs_uniquifier=uuid4().hex,
                    confirmed_at=utc_now(),
                )
            )

        return add_account

    def schedule(self, introduction: Introduction, slot: Slot, accepted_by: Person) -> Meeting:
        """The meeting of an accepted slot, as the page of the introduction makes it."""
        return schedule_meeting(self.session, introduction, slot, accepted_by)

"""Operators are made on the command line: at first nobody is there to approve one."""

from uuid import uuid4

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.person import Person
from web.accounts.account import Account


def create_operator(session: Session, name: str, email: str, password: str) -> None:
    """Add the person with a confirmed account. Raises ValueError if the address is taken."""
    address = email.strip().lower()
    password_hash = hash_password(password)
    begin_write(session)
    if session.scalar(select(Person.id).where(Person.email == address)) is not None:
        session.rollback()
        raise ValueError(f"{address} belongs to somebody already.")
    person = Person(name=name.strip(), email=address, is_operator=True)
    session.add(person)
    session.flush()
    session.add(
        Account(
            person_id=person.id,
            email=address,
            password=password_hash,
            fs_uniquifier=uuid4().hex,
            confirmed_at=utc_now(),
        )
    )
    note_action(session, None, "operator.create", person)
    session.commit()

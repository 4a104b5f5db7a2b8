"""Operators are made and ended on the command line: at first nobody is there to approve one."""

import re
from uuid import uuid4

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.person import Person
from web.accounts.account import Account
from web.accounts.security import SHORTEST_PASSWORD
from web.leaving.closing import hold_leaver, is_last_operator

# The library's own judge of addresses needs a request, which the command line has not.
ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def create_operator(session: Session, name: str, email: str, password: str) -> None:
    """Add the person with a confirmed account. Raises ValueError if the address is taken or makes no sense, the name is
    empty, or the password is short.
    """
    address = email.strip().lower()
    if not ADDRESS.fullmatch(address):
        raise ValueError(f"{email} is no e-mail address. Write it like you@example.org.")
    if not name.strip():
        raise ValueError("The name is empty. People read it beside what an operator decides.")
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"Use at least {SHORTEST_PASSWORD} characters for the password.")
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


def end_operator(session: Session, email: str) -> None:
    """Take the rights of an operator from the person, who keeps their account. Raises ValueError if they have none, or
    if nobody else has.
    """
    address = email.strip().lower()
    begin_write(session)
    operator_id = session.scalar(select(Person.id).where(Person.email == address, Person.is_operator))
    if operator_id is None:
        session.rollback()
        raise ValueError(f"{address} is no operator.")
    person = hold_leaver(session, operator_id)
    if is_last_operator(session, person):
        session.rollback()
        raise ValueError(f"{address} is an operator, and nobody else is. Make another one first.")
    person.is_operator = False
    note_action(session, None, "operator.end", person)
    session.commit()

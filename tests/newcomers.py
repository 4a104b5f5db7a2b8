"""Whoever comes to the portal: an organisation that is told of, and what becomes of who asks."""

from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.outbox import OutboxMail
from models.person import Membership
from tests.browsing import Browser, Page
from tests.world import World
from web.accounts.account import Account
from web.database import db

NEW_ORGANISATION = {
    "name": "Elbe Hydrogen GmbH",
    "kind": "company",
    "sector": "energy",
    "size": "under_250",
    "place": "Hamburg, Germany",
    "website": "www.elbe-hydrogen.example",
    "domains": "elbe-hydrogen.example",
    "ror": "",
    "lei": "",
    "about": "We make hydrogen from wind.",
}


def memberships_of(world: World, name: str) -> list[Membership]:
    statement = select(Membership).where(Membership.person_id == world.people[name])
    return list(db.session.scalars(statement.order_by(Membership.id)))


def mails(kind: str) -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id)))


def move_to_address(app: Flask, name: str, address: str) -> None:
    with app.app_context():
        begin_write(db.session)
        account = db.session.scalars(
            select(Account).where(Account.fs_uniquifier == f"session-of-{name}")
        ).one()
        account.email = address
        db.session.commit()


def tell(browse: Browser, values: dict[str, str], status: int = 303) -> Page:
    return browse.submit(browse.get("/join/new"), "Send it", NEW_ORGANISATION | values, status=status)

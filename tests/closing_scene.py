"""An organisation with dealings of several sorts, before an operator who closes it."""

from flask import Flask
from sqlalchemy import select

from models.introduction import IntroductionState
from models.outbox import OutboxMail
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.partnering import add_partnership
from tests.world import World, build_world
from web.database import db

REASON = "It was registered twice. Boreal University (Rostock) lives on."


class Scene:
    """Alba's plant met Boreal's engineering, and Corvus asks it for a meeting; the operator closes Boreal."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.world: World = build_world(db.session)
            self.met: Dealings = add_dealings(db.session, self.world)
            self.asked: Dealings = add_dealings(
                db.session,
                self.world,
                "corvus",
                "boreal engineering",
                "carl",
                "dora",
                IntroductionState.PROPOSED,
            )
            add_partnership(db.session, self.world, introduction_id=self.met.introduction)
        self.path = f"/approvals/{self.world.organisations['boreal']}/close"
        self.browse = Browser(app).sign_in("opal")

    def close(self) -> None:
        page = self.browse.get(self.path)
        self.browse.submit(page, "Close the organisation", {"reason": REASON})

    def mails(self) -> dict[str, list[OutboxMail]]:
        """Those about organisations, by the name before their recipient's address, the oldest first."""
        told: dict[str, list[OutboxMail]] = {}
        about = select(OutboxMail).where(OutboxMail.kind.startswith("organisation."))
        for mail in db.session.scalars(about.order_by(OutboxMail.id)):
            told.setdefault(mail.recipient.partition("@")[0], []).append(mail)
        return told

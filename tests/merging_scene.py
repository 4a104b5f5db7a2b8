"""An organisation that was registered twice, with dealings of every sort, before an operator who merges it."""

from flask import Flask
from sqlalchemy.orm import Session

from models.database import begin_write
from models.follow_up import Cadence
from models.introduction import IntroductionState
from models.organisation import OrganisationDomain
from models.post import Post
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.partnering import add_partnership
from tests.world import World, build_world
from web.database import db


class Scene:
    """Corvus met Boreal, is its partner, and asked Alba's plant for a meeting; it turns out to be Alba."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.world: World = build_world(db.session)
            asked = ("corvus", "boreal engineering", "carl", "dora")
            self.met: Dealings = add_dealings(db.session, self.world, *asked)
            add_partnership(db.session, self.world, *asked, introduction_id=self.met.introduction)
            waiting = IntroductionState.PROPOSED
            self.between: Dealings = add_dealings(
                db.session, self.world, "corvus", "alba plant", "carl", "max", waiting
            )
            add_dealings(db.session, self.world)
            _make_both_have_what_may_be_there_once(db.session, self.world)
        self.old, self.new = (self.world.organisations[name] for name in ("corvus", "alba"))
        self.path = f"/approvals/{self.old}/merge"
        self.browse = Browser(app).sign_in("opal")

    def merge(self) -> None:
        chosen = self.browse.submit(
            self.browse.get(self.path), "See what will happen", {"into": str(self.new)}, 200
        )
        # Beside it another one may be chosen already, of which nothing was read.
        self.browse.submit(chosen, "Merge into Alba Cells", {"name": "corvus  motors"})


def _make_both_have_what_may_be_there_once(session: Session, world: World) -> None:
    begin_write(session)
    for name in ("alba", "corvus"):
        organisation_id = world.organisations[name]
        session.add(Cadence(organisation_id=organisation_id, name="Ours", days=[3], is_default=True))
        session.add(OrganisationDomain(organisation_id=organisation_id, domain="both.example"))
        session.get_one(Post, world.posts[f"{name} need"]).external_id = "HR-1"
    session.commit()

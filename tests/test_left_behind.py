"""What somebody looked after who left: told to their office, else to members, else to the admin."""

from flask import Flask
from sqlalchemy.orm import Session

from models.base import utc_now
from models.cadence import hand_over
from models.follow_up import FollowUp
from models.organisation import Unit
from models.outcome import Outcome
from models.person import Membership, MembershipState, Person, Role
from models.relationship import Relationship
from models.side import Side
from tests.attending import found, home, writing
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.dealings import dealt as dealt
from tests.world import World, add_person, build_world
from web.database import db


def leave_outcome_untold_to_moe(session: Session, world: World, dealt: Dealings) -> None:
    """Moe becomes a member of Alba's plant, which has not told what came of its last meeting."""
    add_person(session, world, "moe", "alba", [("alba plant", Role.MEMBER)])
    told = session.query(Outcome).filter_by(meeting_id=dealt.past_meeting, side=Side.ASKING).one()
    session.delete(told)


def test_what_somebody_looked_after_who_left_is_handed_over(either_app: Flask) -> None:
    app = either_app
    with app.app_context():
        world = build_world(db.session)
        dealt = add_dealings(db.session, world)
    browse = Browser(app)
    assert not found(home(browse, "olga", "ours"), "no longer with you")
    with writing(app) as session:
        session.get_one(Relationship, dealt.ours).owner_id = world.people["max"]
        session.get_one(FollowUp, dealt.follow_up).owner_id = world.people["max"]
        for membership in session.get_one(Person, world.people["max"]).memberships:
            membership.state = MembershipState.ENDED
    assert found(home(browse, "olga"), "no longer with you")
    page = home(browse, "olga", "ours")
    [line] = found(page, "no longer with you")
    assert "1 partner without an owner" in line
    assert "1 open follow-up" in line
    [row] = [row for row in page.select(".attention-row") if "no longer with you" in row.get_text()]
    assert len(browse.get(row.a["href"]).select(".pipeline-table tbody tr")) == 1
    with writing(app) as session:
        ours = session.get_one(Relationship, dealt.ours)
        hand_over(session, ours, world.people["olga"], utc_now())
        assert session.get_one(FollowUp, dealt.follow_up).owner_id == world.people["olga"]
    assert not found(home(browse, "olga", "ours"), "no longer with you")


def test_what_only_people_who_left_were_named_for_waits_for_their_unit(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        leave_outcome_untold_to_moe(session, world, dealt)
    missing, alone = "What came of the meeting with Boreal", "Nobody of yours goes to the meeting with Boreal"
    assert not found(home(browse, "moe"), missing)
    assert not found(home(browse, "olga", "ours"), alone)
    with writing(app) as session:
        for membership in session.get_one(Person, world.people["max"]).memberships:
            membership.state = MembershipState.ENDED
    for name in ("moe", "olga"):
        assert found(home(browse, name), missing), name
        assert found(home(browse, name), alone), name
    assert not found(home(browse, "dora"), alone)


def test_what_is_left_where_there_is_no_office_is_told_to_members_and_else_to_the_admin(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    def end_roles(*names: str) -> None:
        with writing(app) as session:
            for name in names:
                for membership in session.get_one(Person, world.people[name]).memberships:
                    membership.state = MembershipState.ENDED

    with writing(app) as session:
        add_person(session, world, "moe", "alba", [("alba plant", Role.MEMBER)])
        session.get_one(Relationship, dealt.ours).owner_id = world.people["max"]
        session.get_one(FollowUp, dealt.follow_up).owner_id = world.people["max"]
        role_of_max = session.get_one(Person, world.people["max"]).memberships[0].id
    role = browse.sign_in("ada").get(f"/memberships/{role_of_max}").words
    assert "Max Example looks after 1 partner, 1 open follow-up, 1 meeting ahead." in role
    end_roles("max")
    assert not found(home(browse, "moe"), "no longer with you"), "the office is told"
    end_roles("olga")
    [line] = found(home(browse, "moe"), "no longer with you")
    assert "1 partner without an owner" in line
    assert not found(home(browse, "ada"), "Nobody looks after")
    end_roles("moe")
    [line] = found(home(browse, "ada"), "Nobody looks after the partners of Plant")
    assert "1 partner without an owner" in line
    assert "1 open follow-up" in line
    assert not found(home(browse, "boris"), "Nobody looks after")


def test_a_unit_that_was_closed_with_open_partners_keeps_its_line_until_an_office_above_sees_them(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    """Nobody can close such a unit any more, and nobody is given a role in a closed one."""
    with writing(app) as session:
        session.get_one(Unit, world.units["alba plant"]).closed_at = utc_now()
        for name in ("max", "olga"):
            for membership in session.get_one(Person, world.people[name]).memberships:
                membership.state = MembershipState.ENDED
    page = home(browse, "ada")
    [row] = [row for row in page.select(".attention-row") if "Nobody looks after" in row.get_text()]
    assert "Name an office of the unit above" in row.get_text()
    browse.get(row.a["href"])
    with writing(app) as session:
        add_person(session, world, "otto", "alba", [("alba", Role.OFFICE)])
    assert not found(home(browse, "ada"), "Nobody looks after")
    page = home(browse, "otto", "ours")
    [row] = [row for row in page.select(".attention-row") if "no longer with you" in row.get_text()]
    assert len(browse.get(row.a["href"]).select(".pipeline-table tbody tr")) == 1


def test_a_summary_that_nobody_else_is_left_to_confirm_opens_for_the_members(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    """Dora is all the office that Boreal's engineering has, and the only one of it who met Max."""
    path, summed_up = f"/meetings/{dealt.past_meeting}/outcome", "Alba Cells summed up your meeting"
    assert not found(home(browse, "mia"), summed_up)
    browse.get(path, 403)
    with writing(app) as session:
        for membership in session.get_one(Person, world.people["dora"]).memberships:
            membership.state = MembershipState.ENDED
    page = home(browse, "mia")
    [row] = [row for row in page.select(".attention-row") if summed_up in row.get_text()]
    browse.submit(browse.get(str(row.a["href"])), "Yes, confirm it")
    assert not found(home(browse, "mia"), summed_up)


def test_whoever_went_to_the_partner_is_not_here_any_more(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    """Max left Alba for Boreal, who were asked; so what he was named for waits for Alba's members."""
    with writing(app) as session:
        leave_outcome_untold_to_moe(session, world, dealt)
        max_example = session.get_one(Person, world.people["max"])
        for membership in max_example.memberships:
            membership.state = MembershipState.ENDED
        boreal, unit = world.organisations["boreal"], world.units["boreal engineering"]
        session.add(
            Membership(
                person_id=max_example.id,
                organisation_id=boreal,
                unit_id=unit,
                role=Role.MEMBER,
                state=MembershipState.ACTIVE,
            )
        )
    # An introduction that Boreal asked for, which Alba's must not be taken for.
    with app.app_context():
        add_dealings(db.session, world, "boreal engineering", "corvus", "dora", "carl")
    assert found(home(browse, "moe"), "What came of the meeting with Boreal")

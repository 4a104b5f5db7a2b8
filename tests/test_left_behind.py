"""What somebody looked after who left: told to their office, else to members, else to the admin."""

from flask import Flask

from models.base import utc_now
from models.cadence import hand_over
from models.follow_up import FollowUp
from models.outcome import Outcome
from models.person import MembershipState, Person, Role
from models.relationship import Relationship
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.test_attention import dealt as dealt
from tests.test_attention import found, home, writing
from tests.world import World, add_person


def test_what_somebody_looked_after_who_left_is_handed_over(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
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
        add_person(session, world, "moe", "alba", [("alba plant", Role.MEMBER)])
        told = session.query(Outcome).filter_by(meeting_id=dealt.past_meeting, side=Side.ASKING).one()
        session.delete(told)
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

"""Asking for an introduction: who may ask whom, when, and what both sides keep of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.asking import IntroductionRefused, Refusal, cool_down_until, earlier_contacts, places_taken
from models.changelog import Change
from models.introducing import accept, decline, propose_others
from models.introduction import COOL_DOWN, LIFE_OF_A_REQUEST
from models.introduction_steps import Party, TimeOffer, Times
from models.organisation import Organisation, OrganisationState
from models.person import ContactPermission, Person
from models.post import Post, Visibility
from models.relationship import Direction, Stage
from models.side import Side
from tests.introduction_scene import HOUR, NOW, Scene, times, wall
from tests.introduction_scene import stage as stage


def test_asking_keeps_who_why_and_when_and_a_card_on_both_sides(stage: Scene) -> None:
    world = stage.world
    cited = (world.posts["alba need"], world.posts["boreal capability"])
    introduction = stage.ask(stage.request(post_ids=cited, people_ids=(world.people["olga"],)))
    assert introduction.turn is Side.ASKED
    assert [person.id for person in introduction.people_of(Side.ASKING)] == [
        world.people["max"], world.people["olga"],
    ]  # fmt: skip
    assert [entry.post_id for entry in introduction.posts] == list(cited)
    assert introduction.expires_at == NOW + LIFE_OF_A_REQUEST
    first = introduction.open_proposal.slots[0]  # type: ignore[union-attr] # It was opened just now.
    # Ten o'clock in Berlin in winter.
    assert (first.starts_at, first.ends_at) == (
        datetime(2027, 3, 8, 9, tzinfo=UTC), datetime(2027, 3, 8, 10, tzinfo=UTC),
    )  # fmt: skip
    ours, theirs = (
        stage.card("alba plant", "boreal engineering"),
        stage.card("boreal engineering", "alba plant"),
    )
    assert (ours.stage, theirs.stage) == (Stage.INTRODUCED, Stage.INTRODUCED)
    assert (ours.owner_id, theirs.owner_id) == (world.people["max"], None)
    assert [contact.direction for contact in ours.contacts] == [Direction.OURS]
    assert [contact.direction for contact in theirs.contacts] == [Direction.THEIRS]
    assert {entry.person_id for entry in ours.people} == {world.people["max"], world.people["olga"]}


def test_offered_times_are_held_for_everybody_of_our_side(stage: Scene) -> None:
    stage.ask(stage.request(people_ids=(stage.world.people["olga"],)))
    people = {person_id for person_id, _ in stage.held()}
    assert people == {stage.world.people["max"], stage.world.people["olga"]}
    assert len(stage.held()) == 6


def test_one_request_waits_at_a_time_from_either_side(stage: Scene) -> None:
    introduction = stage.ask()
    again = stage.refusal(stage.request(first=wall(3, 20)))
    assert (again.reason, again.introduction_id) == (Refusal.WAITING, introduction.id)
    back = stage.refusal(stage.request("boreal engineering", "alba plant", wall(3, 20)), asker="dora")
    assert (back.reason, back.introduction_id) == (Refusal.THEY_ASKED, introduction.id)


def test_after_a_decline_the_whole_organisation_leaves_the_unit_alone_for_a_while(stage: Scene) -> None:
    introduction = stage.ask()
    decline(stage.session, introduction, stage.party(Side.ASKED), NOW)
    from_the_office = stage.request("alba", "boreal engineering", wall(4, 20))
    refused = stage.refusal(from_the_office, asker="olga", now=NOW + timedelta(days=40))
    assert (refused.reason, refused.until) == (Refusal.COOLING_DOWN, NOW + COOL_DOWN)
    # Another unit of theirs may be asked, and theirs may ask us.
    assert stage.ask(stage.request("alba", "boreal", wall(4, 20)), "olga").id
    alba, engineering = stage.world.organisations["alba"], stage.world.units["boreal engineering"]
    assert cool_down_until(stage.session, alba, engineering, NOW + COOL_DOWN) is None
    later = stage.request("alba", "boreal engineering", wall(7, 20))
    assert stage.ask(later, "olga", NOW + COOL_DOWN).id


def close_unit(stage: Scene) -> None:
    stage.unit("boreal engineering").closed_at = NOW


def refuse_organisation(stage: Scene) -> None:
    organisation = stage.session.get_one(Organisation, stage.world.organisations["boreal"])
    organisation.state = OrganisationState.REFUSED


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [(close_unit, Refusal.UNIT_CLOSED), (refuse_organisation, Refusal.NOT_APPROVED)],
)
def test_a_closed_unit_and_an_organisation_that_is_not_approved_are_not_asked(
    stage: Scene, prepare: Callable[[Scene], None], reason: Refusal
) -> None:
    prepare(stage)
    stage.session.flush()
    assert stage.refusal(stage.request()).reason is reason


def test_nobody_asks_their_own_unit(stage: Scene) -> None:
    assert stage.refusal(stage.request("alba plant", "alba plant")).reason is Refusal.OWN_UNIT
    # Two units of one organisation may meet, and no cool-down keeps colleagues apart.
    inside = stage.ask(stage.request("alba plant", "alba"))
    decline(stage.session, inside, Party(Side.ASKED, stage.world.people["olga"]), NOW)
    assert stage.ask(stage.request("alba plant", "alba", wall(3, 20))).id


def test_a_unit_with_far_too_many_requests_takes_no_more(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.asking.MOST_REQUESTS_TAKEN_IN", 1)
    stage.ask(stage.request("alba", "boreal engineering"), asker="olga")
    assert stage.refusal(stage.request(first=wall(3, 20))).reason is Refusal.TOO_MANY


@pytest.mark.parametrize("name", ["alba draft", "alba internal", "corvus capability", "delta capability"])
def test_only_open_posts_that_both_sides_may_see_are_cited(stage: Scene, name: str) -> None:
    refused = stage.refusal(stage.request("alba", post_ids=(stage.world.posts[name],)), asker="olga")
    assert (refused.reason, refused.post_id) == (Refusal.POST_NOT_SHOWN, stage.world.posts[name])


def test_a_need_that_is_shown_to_other_kinds_is_not_cited_to_a_rival(stage: Scene) -> None:
    need = stage.session.get_one(Post, stage.world.posts["alba need"])
    assert need.visibility is Visibility.OTHER_KINDS
    assert stage.refusal(stage.request(asked="corvus", post_ids=(need.id,))).reason is Refusal.POST_NOT_SHOWN


def test_a_post_without_places_left_is_not_cited(stage: Scene) -> None:
    post_id = stage.world.posts["boreal capability"]
    stage.session.get_one(Post, post_id).partner_limit = 1
    introduction = stage.ask(stage.request(post_ids=(post_id,)))
    assert places_taken(stage.session, [post_id]) == {}
    slot = introduction.open_proposal.slots[0]  # type: ignore[union-attr] # It was opened just now.
    accept(stage.session, introduction, slot, stage.party(Side.ASKED), (), NOW)
    assert places_taken(stage.session, [post_id]) == {post_id: 1}
    assert post_id in set(stage.session.scalars(select(Change.post_id)))
    office = stage.request("alba", post_ids=(post_id,), first=wall(3, 20))
    refused = stage.refusal(office, asker="olga")
    assert (refused.reason, refused.post_id) == (Refusal.POST_FULL, post_id)


@pytest.mark.parametrize("permission", list(ContactPermission))
def test_only_those_who_allow_it_are_addressed(stage: Scene, permission: ContactPermission) -> None:
    dora = stage.session.get_one(Person, stage.world.people["dora"])
    dora.contact_permission = permission
    stage.session.flush()
    request = stage.request(addressed_to_id=dora.id)
    if permission is ContactPermission.ASK_FIRST:
        assert stage.refusal(request).reason is Refusal.NOT_ADDRESSABLE
    else:
        assert stage.ask(request).people_of(Side.ASKED) == [dora]


def test_nobody_of_another_house_is_brought_along(stage: Scene) -> None:
    request = stage.request(people_ids=(stage.world.people["carl"],))
    assert stage.refusal(request).reason is Refusal.NOT_COLLEAGUES


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (Times(offers=()), Refusal.WRONG_TIMES),
        (times(wall(2, 20)), Refusal.TIME_PAST),
        (Times(offers=(TimeOffer(wall(3, 8), "UTC", HOUR),) * 2), Refusal.WRONG_TIMES),
        (
            Times(
                offers=(
                    TimeOffer(wall(3, 8), "Europe/Berlin", HOUR),
                    TimeOffer(wall(3, 8, 9, 30), "Europe/Lisbon", HOUR),
                )
            ),
            Refusal.WRONG_TIMES,
        ),
    ],
)
def test_times_are_future_and_apart(stage: Scene, offered: Times, reason: Refusal) -> None:
    with pytest.raises(IntroductionRefused) as refused:
        propose_others(stage.session, stage.ask(), offered, stage.party(Side.ASKED), NOW, proposal_id=1)
    assert refused.value.reason is reason


def test_a_colleagues_earlier_contact_is_known(stage: Scene) -> None:
    world = stage.world
    introduction = stage.ask()
    (contact,) = earlier_contacts(stage.session, world.organisations["alba"], world.organisations["boreal"])
    assert (contact.introduction_id, contact.unit_name, contact.person_name, contact.is_by_us) == (
        introduction.id, "Plant", "Max Example", True,
    )  # fmt: skip
    (theirs,) = earlier_contacts(stage.session, world.organisations["boreal"], world.organisations["alba"])
    assert (theirs.unit_name, theirs.is_by_us) == ("Engineering", False)
    assert earlier_contacts(stage.session, world.organisations["alba"], world.organisations["corvus"]) == []

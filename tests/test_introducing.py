"""The moves of an introduction: who may make which, when, and what both sides keep of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.actor import load_actor
from models.booking import Booking
from models.changelog import Change
from models.database import begin_write
from models.introducing import (
    IntroductionRefused,
    MeetingRequest,
    Party,
    Refusal,
    TimeOffer,
    Times,
    accept,
    ask,
    cool_down_until,
    decline,
    earlier_contacts,
    expire,
    places_taken,
    propose_others,
    withdraw,
)
from models.introduction import (
    COOL_DOWN,
    LIFE_OF_A_REQUEST,
    Introduction,
    IntroductionState,
    Proposal,
    ProposalState,
)
from models.organisation import Organisation, OrganisationState, Unit
from models.person import ContactPermission, Person
from models.post import Post, Visibility
from models.relationship import ClosedReason, Direction, PrivateNote, Relationship, Stage, advance_stage
from models.side import Side
from tests.world import World, build_world

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wall(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """What a clock on the wall shows, in a year that nobody names again."""
    return datetime(2027, month, day, hour, minute)  # noqa: DTZ001 - A wall time carries no zone of its own.


FIRST = wall(3, 8)
PARTIES = {Side.ASKING: "max", Side.ASKED: "dora"}


@dataclass
class Scene:
    """A session inside a write transaction, with the world in it."""

    session: Session
    world: World

    def unit(self, name: str) -> Unit:
        return self.session.get_one(Unit, self.world.units[name])

    def party(self, side: Side) -> Party:
        return Party(side, self.world.people[PARTIES[side]])

    def request(
        self,
        asking: str = "alba plant",
        asked: str = "boreal engineering",
        first: datetime = FIRST,
        post_ids: tuple[int, ...] = (),
        people_ids: tuple[int, ...] = (),
        addressed_to_id: int | None = None,
    ) -> MeetingRequest:
        return MeetingRequest(
            unit=self.unit(asking),
            asked_unit=self.unit(asked),
            purpose="Ageing tests, together.",
            times=times(first),
            post_ids=post_ids,
            people_ids=people_ids,
            addressed_to_id=addressed_to_id,
        )

    def ask(
        self, request: MeetingRequest | None = None, asker: str = "max", now: datetime = NOW
    ) -> Introduction:
        actor = load_actor(self.session, self.world.people[asker])
        return ask(self.session, request or self.request(), actor, now)

    def refusal(
        self, request: MeetingRequest, asker: str = "max", now: datetime = NOW
    ) -> IntroductionRefused:
        with pytest.raises(IntroductionRefused) as refused:
            self.ask(request, asker, now)
        return refused.value

    def card(self, unit: str, partner: str) -> Relationship:
        return self.session.scalars(
            select(Relationship).where(
                Relationship.unit_id == self.world.units[unit],
                Relationship.partner_unit_id == self.world.units[partner],
            )
        ).one()

    def held(self) -> set[tuple[int, datetime]]:
        return {(row.person_id, row.starts_at) for row in self.session.scalars(select(Booking))}


def times(first: datetime, zone: str = "Europe/Berlin") -> Times:
    return Times(
        offers=tuple(TimeOffer(first + timedelta(days=days), zone, HOUR) for days in range(3)),
        where="Laboratory 3",
    )


@pytest.fixture
def stage(session: Session) -> Scene:
    world = build_world(session)
    begin_write(session)
    return Scene(session, world)


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


# Who moves how, from which state, and what becomes of it; None: nothing changes and the move is refused. In the states
# "… times" an accepted introduction has open times for a further meeting, which the asking side proposed.
P, A, D, E, W = IntroductionState
TABLE = [
    ("proposed", Side.ASKED, "accept", A),
    ("proposed", Side.ASKED, "propose", P),
    ("proposed", Side.ASKED, "decline", D),
    ("proposed", Side.ASKED, "withdraw", None),
    ("proposed", Side.ASKING, "accept", None),
    ("proposed", Side.ASKING, "propose", None),
    ("proposed", Side.ASKING, "decline", None),
    ("proposed", Side.ASKING, "withdraw", W),
    ("countered", Side.ASKING, "accept", A),
    ("countered", Side.ASKING, "propose", P),
    ("countered", Side.ASKING, "decline", None),
    ("countered", Side.ASKING, "withdraw", W),
    ("countered", Side.ASKED, "accept", None),
    ("countered", Side.ASKED, "propose", None),
    ("countered", Side.ASKED, "decline", D),
    ("countered", Side.ASKED, "withdraw", None),
    ("more times", Side.ASKED, "accept", A),
    ("more times", Side.ASKED, "propose", A),
    ("more times", Side.ASKED, "decline", A),
    ("more times", Side.ASKED, "withdraw", None),
    ("more times", Side.ASKING, "accept", None),
    ("more times", Side.ASKING, "propose", None),
    ("more times", Side.ASKING, "decline", None),
    ("more times", Side.ASKING, "withdraw", A),
    ("accepted", Side.ASKED, "propose", A),
    ("accepted", Side.ASKING, "propose", A),
    *[
        ("accepted", side, move, None)
        for side in Side
        for move in ("accept", "decline", "withdraw")
    ],
    *[
        (ended, side, move, None)
        for ended in ("declined", "expired", "withdrawn")
        for side in Side
        for move in ("accept", "propose", "decline", "withdraw")
    ],
]  # fmt: skip


def bring_to(stage: Scene, state: str) -> Introduction:
    introduction = stage.ask()
    proposal = introduction.open_proposal
    assert proposal is not None
    asked, asking = stage.party(Side.ASKED), stage.party(Side.ASKING)
    later = times(wall(3, 15))
    if state == "countered":
        propose_others(stage.session, introduction, later, asked, NOW, proposal.id)
    elif state in {"accepted", "more times"}:
        accept(stage.session, introduction, proposal.slots[0], asked, (), NOW)
    elif state == "declined":
        decline(stage.session, introduction, asked, NOW)
    elif state == "withdrawn":
        withdraw(stage.session, introduction, asking, NOW)
    elif state == "expired":
        assert expire(stage.session, introduction, NOW + LIFE_OF_A_REQUEST)
    if state == "more times":
        propose_others(stage.session, introduction, later, asking, NOW)
    return introduction


def move(stage: Scene, introduction: Introduction, side: Side, what: str) -> None:
    proposal = introduction.open_proposal
    party = stage.party(side)
    if what == "accept":
        last = proposal or introduction.proposals[-1]
        accept(stage.session, introduction, last.slots[0], party, (), NOW)
    elif what == "propose":
        others = times(wall(3, 22))
        proposal_id = proposal.id if proposal else None
        propose_others(stage.session, introduction, others, party, NOW, proposal_id)
    elif what == "decline":
        decline(stage.session, introduction, party, NOW)
    else:
        withdraw(stage.session, introduction, party, NOW)


@pytest.mark.parametrize(("state", "side", "what", "after"), TABLE)
def test_the_table_of_moves(
    stage: Scene, state: str, side: Side, what: str, after: IntroductionState | None
) -> None:
    introduction = bring_to(stage, state)
    before, turn, held = introduction.state, introduction.turn, stage.held()
    if after is None:
        with pytest.raises(IntroductionRefused):
            move(stage, introduction, side, what)
        assert (introduction.state, introduction.turn, stage.held()) == (before, turn, held)
        return
    move(stage, introduction, side, what)
    stage.session.expire_all()
    assert introduction.state is after
    assert introduction.turn is (side.other if what == "propose" else None)
    held_by = stage.world.people[PARTIES[side]]
    assert {person_id for person_id, _ in stage.held()} == ({held_by} if what == "propose" else set())


def test_accepting_moves_both_cards_on_and_names_who_comes(stage: Scene) -> None:
    introduction = stage.ask()
    slot = introduction.open_proposal.slots[1]  # type: ignore[union-attr] # It was opened just now.
    mia = stage.world.people["mia"]
    accept(stage.session, introduction, slot, stage.party(Side.ASKED), (mia,), NOW)
    assert [person.id for person in introduction.people_of(Side.ASKED)] == [mia]
    assert introduction.answered_by_id == stage.world.people["dora"]
    theirs = stage.card("boreal engineering", "alba plant")
    assert (theirs.stage, theirs.owner_id) == (Stage.MEETING, stage.world.people["dora"])
    assert stage.card("alba plant", "boreal engineering").stage is Stage.MEETING
    assert slot.proposal.state is ProposalState.ACCEPTED


def test_declining_closes_both_cards_and_keeps_the_private_reason_on_ours(stage: Scene) -> None:
    introduction = stage.ask()
    decline(
        stage.session, introduction, stage.party(Side.ASKED), NOW,
        "We have no room this year.", "canary", ClosedReason.NO_CAPACITY,
    )  # fmt: skip
    declined = stage.card("boreal engineering", "alba plant")
    assert (declined.stage, declined.closed_reason) == (Stage.CLOSED, ClosedReason.NO_CAPACITY)
    (note,) = stage.session.scalars(select(PrivateNote))
    assert (note.relationship_id, note.text) == (declined.id, "canary")
    asked = stage.card("alba plant", "boreal engineering")
    # The asking side learns that it was no, and nothing of why.
    assert (asked.stage, asked.closed_reason) == (Stage.CLOSED, ClosedReason.NO_INTEREST)
    assert [contact.note for contact in asked.contacts if contact.direction is Direction.THEIRS] == [
        "We have no room this year."
    ]


def test_one_no_does_not_end_what_the_two_have_going_already(stage: Scene) -> None:
    introduction = stage.ask()
    for card in (
        stage.card("alba plant", "boreal engineering"),
        stage.card("boreal engineering", "alba plant"),
    ):
        advance_stage(stage.session, card, Stage.FOLLOW_UP, None, NOW)
    decline(stage.session, introduction, stage.party(Side.ASKED), NOW)
    assert stage.card("alba plant", "boreal engineering").stage is Stage.FOLLOW_UP
    assert stage.card("boreal engineering", "alba plant").stage is Stage.FOLLOW_UP


def test_other_times_give_the_other_side_as_long_as_a_new_request(stage: Scene) -> None:
    introduction = stage.ask()
    proposal = introduction.open_proposal
    assert proposal is not None
    late = NOW + timedelta(days=20)
    others = times(wall(4, 10))
    propose_others(stage.session, introduction, others, stage.party(Side.ASKED), late, proposal.id)
    assert introduction.expires_at == late + LIFE_OF_A_REQUEST
    assert proposal.state is ProposalState.SUPERSEDED


def test_an_answer_to_times_that_were_replaced_meanwhile_is_refused(stage: Scene) -> None:
    introduction = stage.ask()
    old = introduction.open_proposal
    assert old is not None
    propose_others(stage.session, introduction, times(wall(3, 15)), stage.party(Side.ASKED), NOW, old.id)
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, old.slots[0], stage.party(Side.ASKED), (), NOW)
    assert refused.value.reason is Refusal.ANSWERED_ALREADY


def test_two_who_answer_at_once_do_not_both_win(stage: Scene) -> None:
    introduction = stage.ask()
    proposal = introduction.open_proposal
    assert proposal is not None
    # Somebody else's transaction settled it after this one had read it: the loaded row still looks open.
    stage.session.execute(
        update(Proposal).where(Proposal.id == proposal.id).values(state=ProposalState.ACCEPTED),
        execution_options={"synchronize_session": False},
    )
    assert proposal.state is ProposalState.OPEN
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, proposal.slots[0], stage.party(Side.ASKED), (), NOW)
    assert refused.value.reason is Refusal.ANSWERED_ALREADY


def test_a_time_that_has_passed_is_not_accepted(stage: Scene) -> None:
    introduction = stage.ask()
    slot = introduction.open_proposal.slots[0]  # type: ignore[union-attr] # It was opened just now.
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, slot, stage.party(Side.ASKED), (), slot.starts_at)
    assert refused.value.reason is Refusal.TIME_PAST


def test_nobody_answers_after_the_end_even_if_no_job_was_at_work(stage: Scene) -> None:
    introduction = stage.ask(stage.request(first=wall(5, 1)))
    slot = introduction.open_proposal.slots[0]  # type: ignore[union-attr] # It was opened just now.
    with pytest.raises(IntroductionRefused) as refused:
        accept(stage.session, introduction, slot, stage.party(Side.ASKED), (), NOW + LIFE_OF_A_REQUEST)
    assert refused.value.reason is Refusal.EXPIRED


def test_expiring_late_says_when_it_really_ended_and_happens_once(stage: Scene) -> None:
    introduction = stage.ask()
    assert not expire(stage.session, introduction, NOW + LIFE_OF_A_REQUEST - HOUR)
    week_late = NOW + LIFE_OF_A_REQUEST + timedelta(days=7)
    assert expire(stage.session, introduction, week_late)
    assert introduction.answered_at == NOW + LIFE_OF_A_REQUEST
    assert stage.held() == set()
    assert not expire(stage.session, introduction, week_late)


def test_a_request_that_ran_out_unnoticed_does_not_stand_in_the_way_of_a_new_one(stage: Scene) -> None:
    old = stage.ask()
    later = NOW + LIFE_OF_A_REQUEST + timedelta(days=1)
    new = stage.ask(stage.request(first=wall(4, 1)), now=later)
    assert (old.state, new.state) == (IntroductionState.EXPIRED, IntroductionState.PROPOSED)


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

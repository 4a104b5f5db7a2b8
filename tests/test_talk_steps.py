"""What was written down after a talk and waits for a word, as next steps: asked in SQL, against the rules in Python."""

from collections.abc import Collection
from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actor import Action, load_actor
from models.base import utc_now
from models.database import begin_write
from models.dealings_policy import can_deal, sides_of
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.next_step import DealtStep, steps_between
from models.organisation import Unit
from models.outcome import HeardNeed, HeardState
from models.person import Person
from models.pipeline_filters import PipelineFilters, StepFilter
from models.relationship import Relationship, RelationshipPerson, relationship_between
from models.side import Side
from models.step_kind import StepKind
from models.summaries import confirm_summary, open_summary, propose_summary
from models.turn import Turn, turn_between
from tests.alba_cards import alba as alba
from tests.alba_cards import rows_of_boreal
from tests.dealing_rows import write_introduction, write_meeting
from tests.dealings import Dealings, add_dealings
from tests.world import World, build_world

OF_TALKS = (StepKind.SUMMARY, StepKind.HEARD_NEED)
TALKS = 25
PEOPLE = ("max", "olga", "ada", "dora", "mia", "boris", "carl")
# What is asked, and of which meeting or heard need.
Step = tuple[StepKind, int]


def test_what_was_written_after_a_talk_is_our_next_step_until_we_answer(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    dealt = _dealings_without_meetings_ahead(session, world)
    summary, heard = (StepKind.SUMMARY, dealt.past_meeting), (StepKind.HEARD_NEED, dealt.heard_need)
    assert _told(session, world, "dora", dealt.theirs) == ({summary, heard}, set(), Turn.OUR_ANSWER)
    assert _told(session, world, "max", dealt.ours) == (set(), {summary, heard}, Turn.THEIR_ANSWER)
    row = rows_of_boreal(session, world, "dora", PipelineFilters())[0]
    assert row.dealt_step is not None
    assert row.dealt_step.kind in OF_TALKS
    assert rows_of_boreal(session, world, "dora", PipelineFilters(step=StepFilter.NONE)) == []
    meeting = session.get_one(Meeting, dealt.past_meeting)
    waiting = open_summary(session, meeting)
    assert waiting is not None
    confirm_summary(waiting, Side.ASKED, world.people["dora"], utc_now())
    session.flush()
    words = DealtStep(StepKind.HEARD_NEED, dealt.heard_need, None, what="Mentors for theses")
    assert rows_of_boreal(session, world, "dora", PipelineFilters())[0].dealt_step == words
    _answer(session.get_one(HeardNeed, dealt.heard_need))
    session.flush()
    assert _told(session, world, "dora", dealt.theirs) == (set(), set(), Turn.NOBODY)
    assert rows_of_boreal(session, world, "dora", PipelineFilters())[0].dealt_step is None


def test_it_shows_only_to_whoever_can_answer_it(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    dealt = _dealings_without_meetings_ahead(session, world)
    # Boris takes part in the card alone, so he may read the notes of it and no meeting.
    session.add(RelationshipPerson(relationship_id=dealt.theirs, person_id=world.people["boris"]))
    session.flush()
    # Mia writes for the unit, and what was said in the talk is not for her.
    heard = (StepKind.HEARD_NEED, dealt.heard_need)
    assert _told(session, world, "mia", dealt.theirs)[0] == {heard}
    assert _told(session, world, "boris", dealt.theirs)[0] == set()


def test_sql_asks_of_each_side_what_the_rules_say_whatever_was_written(either_session: Session) -> None:
    session, random = either_session, Random(5)
    world = build_world(session)
    begin_write(session)
    for number in range(TALKS):
        _talk(session, world, random, number)
    session.flush()
    seen: set[tuple[StepKind, bool]] = set()
    for ours in session.scalars(select(Relationship)):
        for name in PEOPLE:
            expected = _by_the_rules(session, world.people[name], ours)
            assert _told(session, world, name, ours.id)[:2] == expected, (name, ours.id)
            seen |= {(kind, are_theirs) for are_theirs in (False, True) for kind, _ in expected[are_theirs]}
    assert seen == {(kind, are_theirs) for kind in OF_TALKS for are_theirs in (False, True)}


def _dealings_without_meetings_ahead(session: Session, world: World) -> Dealings:
    """Max summed up a meeting and heard a need; Dora has answered neither."""
    session.commit()
    dealt = add_dealings(session, world)
    begin_write(session)
    for meeting in session.scalars(select(Meeting)):
        meeting.state = MeetingState.CANCELLED
    session.flush()
    return dealt


def _talk(session: Session, world: World, random: Random, number: int) -> None:
    """A meeting of two units, some versions of a summary, needs that were heard, and cards on one side or on both."""
    now = utc_now() - random.random() * timedelta(days=40)
    asking, asked = (session.get_one(Unit, world.units[name]) for name in _units(random))
    us, them = (session.get_one(Person, world.people[name]) for name in random.sample(PEOPLE, 2))
    introduction = write_introduction(session, asking, asked, us, them, IntroductionState.ACCEPTED, now)
    meeting = write_meeting(session, introduction, us, them, now, f"talk{number}")
    for _ in range(random.randrange(4)):
        side = random.choice(list(Side))
        waiting = open_summary(session, meeting)
        if waiting is not None and waiting.written_by is not side and random.random() < 0.5:
            confirm_summary(waiting, side, us.id, now)
        else:
            propose_summary(session, meeting, side, us.id, "What was said.", now)
    first, second = random.sample((asking, asked), 2)
    cards = [relationship_between(session, first, second)]
    if random.random() < 0.7:
        cards.append(relationship_between(session, second, first))
    cards[0].owner_id = random.choice((us, them)).id
    for ours in cards:
        for _ in range(random.randrange(3)):
            session.add(_heard(ours, us.id, is_answered=random.random() < 0.4))


def _units(random: Random) -> tuple[str, str]:
    asking = random.choice(("alba", "alba plant"))
    asked = random.choice(("boreal", "boreal engineering", "corvus"))
    return (asking, asked) if random.random() < 0.5 else (asked, asking)


def _heard(ours: Relationship, person_id: int, is_answered: bool) -> HeardNeed:
    heard = HeardNeed(
        relationship_id=ours.id,
        by_organisation_id=ours.organisation_id,
        about_organisation_id=ours.partner_id,
        about_unit_id=ours.partner_unit_id,
        person_id=person_id,
        title="Mentors",
        text="They seek mentors.",
    )
    if is_answered:
        _answer(heard)
    return heard


def _answer(heard: HeardNeed) -> None:
    heard.state, heard.answered_at = HeardState.CONFIRMED, utc_now()


def _told(
    session: Session, world: World, name: str, relationship_id: int
) -> tuple[set[Step], set[Step], Turn]:
    """What SQL asks of our side and of theirs after talks, and whose turn it is."""
    now = utc_now()
    ours, theirs = steps_between(session, load_actor(session, world.people[name]), relationship_id, now)
    return _of_talks(ours), _of_talks(theirs), turn_between(ours, theirs, now)


def _of_talks(steps: Collection[DealtStep]) -> set[Step]:
    return {(step.kind, step.record_id) for step in steps if step.kind in OF_TALKS}


def _by_the_rules(session: Session, person_id: int, ours: Relationship) -> tuple[set[Step], set[Step]]:
    """What waits for us and for them between the two units of the card, as far as the person may deal with it."""
    actor = load_actor(session, person_id)
    asked: dict[bool, set[Step]] = {False: set(), True: set()}
    for meeting in session.scalars(select(Meeting)):
        introduction, summary = meeting.introduction, open_summary(session, meeting)
        if summary is None or not _is_of_card(introduction, ours):
            continue
        is_named = any(
            entry.person_id == person_id
            and introduction.organisation_of(entry.side).id in actor.organisation_ids
            for entry in introduction.people
        )
        may_read = is_named or can_deal(actor, Action.RELATIONSHIP_READ, ours)
        if sides_of(actor, introduction) and may_read:
            are_theirs = introduction.unit_id_of(summary.written_by) == ours.unit_id
            asked[are_theirs].add((StepKind.SUMMARY, meeting.id))
    for heard in session.scalars(select(HeardNeed).where(HeardNeed.state == HeardState.WAITING)):
        step = (StepKind.HEARD_NEED, heard.id)
        by_unit_id = heard.relationship_.unit_id
        if (heard.about_unit_id, by_unit_id) == (ours.unit_id, ours.partner_unit_id):
            if can_deal(actor, Action.HEARD_NEED_ANSWER, heard):
                asked[False].add(step)
        elif heard.relationship_id == ours.id and can_deal(actor, Action.HEARD_NEED_WRITE, heard):
            asked[True].add(step)
    return asked[False], asked[True]


def _is_of_card(introduction: Introduction, ours: Relationship) -> bool:
    units = {introduction.asking_unit_id, introduction.asked_unit_id}
    return units == {ours.unit_id, ours.partner_unit_id}

"""A world full of dealings in which every private word is marked, with the people who may read it.

Beside the people of the fixed world there are *Mona*, who writes for Alba's plant and takes no part in anything, and
*Lars*, who took part in everything of Alba's and left.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.alert import Frequency, SavedSearch
from models.commitment import CommitmentMove
from models.database import begin_write
from models.follow_up import Cadence, FollowUp
from models.introduction import (
    AnswerLink,
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
    ThreadMessage,
)
from models.meeting import Meeting
from models.outcome import HeardNeed, Outcome, SharedSummary, Topic
from models.partnership import Counterpart, ExpectationLetter, Partnership, PrivateGoal
from models.person import MembershipState, Role
from models.pipeline_view import PipelineView
from models.post import Post
from models.relationship import Contact, PrivateNote, Relationship, RelationshipPerson, StageChange
from models.side import Side
from tests.dealings import Dealings, add_dealings
from tests.partnering import Partnering, add_partnership
from tests.world import World, add_person

People = frozenset[str]

EVERYBODY = (
    "", "uma", "ada", "olga", "max", "mona", "lars", "boris", "dora", "mia", "carl", "dana", "opal",
)  # fmt: skip
# Who writes for a unit, who is its office, and who acts for it, administrators too.
WRITERS: dict[str, People] = {
    "alba": frozenset({"olga"}),
    "alba plant": frozenset({"olga", "max", "mona"}),
    "boreal": frozenset(),
    "boreal engineering": frozenset({"dora", "mia"}),
    "corvus": frozenset({"carl"}),
}
OFFICES: dict[str, People] = {
    "alba": frozenset({"olga"}),
    "alba plant": frozenset({"olga"}),
    "boreal": frozenset(),
    "boreal engineering": frozenset({"dora"}),
    "corvus": frozenset({"carl"}),
}
ADMINISTRATORS: dict[str, People] = {"alba": frozenset({"ada"}), "boreal": frozenset({"boris"})}
NOBODY: People = frozenset()


@dataclass(frozen=True)
class Canary:
    """A word that stands in one private text, and who may read that text."""

    word: str
    readers: People


@dataclass(frozen=True)
class Deal:
    """One introduction of the marked world: which units, and who takes part for each."""

    name: str
    asking: str
    asked: str
    asker: str
    answerer: str
    state: IntroductionState
    ids: Dealings
    partnering: Partnering | None

    def readers_of(self, side: Side) -> People:
        """Who reads what this side keeps to itself."""
        return OFFICES[self.unit(side)] | {self.person(side)}

    @property
    def readers(self) -> People:
        return self.readers_of(Side.ASKING) | self.readers_of(Side.ASKED)

    def seers_of(self, side: Side) -> People:
        return WRITERS[self.unit(side)] | {self.person(side)}

    @property
    def seers(self) -> People:
        return self.seers_of(Side.ASKING) | self.seers_of(Side.ASKED)

    def unit(self, side: Side) -> str:
        return self.asking if side is Side.ASKING else self.asked

    def person(self, side: Side) -> str:
        return self.asker if side is Side.ASKING else self.answerer


@dataclass(frozen=True)
class MarkedWorld:
    world: World
    deals: tuple[Deal, ...]
    canaries: tuple[Canary, ...]

    def leaked_to(self, name: str, text: str) -> list[str]:
        """The marked words in ``text`` that the person named ``name`` may not read."""
        return [canary.word for canary in self.canaries if name not in canary.readers and canary.word in text]


DEALS = (
    ("accepted", "alba plant", "boreal engineering", "max", "dora", IntroductionState.ACCEPTED),
    ("root", "alba plant", "boreal", "max", "boris", IntroductionState.ACCEPTED),
    ("proposed", "alba", "boreal engineering", "olga", "dora", IntroductionState.PROPOSED),
    ("declined", "alba", "boreal", "olga", "boris", IntroductionState.DECLINED),
    ("rival", "corvus", "boreal engineering", "carl", "dora", IntroductionState.ACCEPTED),
)


def mark_world(session: Session, world: World) -> MarkedWorld:
    """Write the dealings and mark every private word of them."""
    begin_write(session)
    plant = [("alba plant", Role.MEMBER)]
    add_person(session, world, "mona", "alba", plant)
    add_person(session, world, "lars", "alba", plant, MembershipState.ENDED)
    session.commit()
    deals = []
    for name, asking, asked, asker, answerer, state in DEALS:
        ids = add_dealings(session, world, asking, asked, asker, answerer, state)
        partnering = None
        if state is IntroductionState.ACCEPTED:
            partnering = add_partnership(
                session, world, asking, asked, asker, answerer, introduction_id=ids.introduction
            )
        deals.append(Deal(name, asking, asked, asker, answerer, state, ids, partnering))
    begin_write(session)
    canaries = [canary for deal in deals for canary in _mark(session, world, deal)]
    canaries += _mark_own_things(session, world)
    session.commit()
    return MarkedWorld(world, tuple(deals), tuple(canaries))


def _mark(session: Session, world: World, deal: Deal) -> Iterator[Canary]:
    """Put a word of its own into every private text of the deal."""
    yield from _mark_shared(session, deal)
    for side in Side:
        yield from _mark_side(session, deal, side)
    yield from _mark_partnership(session, deal)
    if deal.asking.startswith("alba"):
        lars = world.people["lars"]
        person = IntroductionPerson(introduction_id=deal.ids.introduction, side=Side.ASKING, person_id=lars)
        ours = session.get_one(Relationship, deal.ids.ours)
        ours.sponsor_id = lars
        session.add_all([person, RelationshipPerson(relationship_id=ours.id, person_id=lars)])


def _mark_shared(session: Session, deal: Deal) -> Iterator[Canary]:
    """What both sides see, and nobody else."""
    introduction = session.get_one(Introduction, deal.ids.introduction)
    seen, read = f"canary-{deal.name}-seen", f"canary-{deal.name}-read"
    introduction.purpose = f"{seen} {introduction.purpose}"
    introduction.hope, introduction.offer = f"{seen} hope", f"{seen} offer"
    session.get_one(Proposal, deal.ids.proposal).note = f"{seen} note"
    for meeting_id in (deal.ids.past_meeting, deal.ids.next_meeting):
        meeting = session.get_one(Meeting, meeting_id)
        meeting.title, meeting.where = f"{seen} meeting", f"{seen} laboratory"
    for message in session.scalars(
        select(ThreadMessage).where(ThreadMessage.introduction_id == introduction.id)
    ):
        message.text = f"{read} {message.text}"
    session.get_one(SharedSummary, deal.ids.summary).text = f"{read} summary"
    session.get_one(Outcome, deal.ids.outcome).agreed = f"{read} agreed"
    heard = session.get_one(HeardNeed, deal.ids.heard_need)
    heard.title, heard.text = f"canary-{deal.name}-heard", f"canary-{deal.name}-heard mentors"
    yield Canary(seen, deal.seers)
    yield Canary(read, deal.readers)
    # Whoever writes for the unit that it is about may answer it.
    yield Canary(f"canary-{deal.name}-heard", deal.readers_of(Side.ASKING) | WRITERS[deal.asked])
    link = session.get_one(AnswerLink, deal.ids.answer_link)
    link.email, link.name = f"canary-{deal.name}-guest@guest.example", f"canary-{deal.name}-guest"
    yield Canary(f"canary-{deal.name}-guest", deal.readers_of(Side.ASKED))


def _mark_side(session: Session, deal: Deal, side: Side) -> Iterator[Canary]:
    """What one side keeps to itself. The asking side's add feedback, a topic, a task, a view and a cadence."""
    is_asking = side is Side.ASKING
    word = f"canary-{deal.name}-{side.value}-private"
    relationship_id = deal.ids.ours if is_asking else deal.ids.theirs
    for note in session.scalars(select(PrivateNote).where(PrivateNote.relationship_id == relationship_id)):
        note.text = f"{word} declined because of the budget"
    moved = StageChange.relationship_id == relationship_id
    session.execute(update(StageChange).where(moved).values(batch=batch_of(deal, side)))
    for contact in session.scalars(select(Contact).where(Contact.relationship_id == relationship_id)):
        contact.note = f"{word} called"
    if is_asking:
        session.get_one(Outcome, deal.ids.outcome).feedback = f"{word} feedback"
        session.get_one(Topic, deal.ids.topic).text = f"{word} topic"
        session.get_one(FollowUp, deal.ids.follow_up).text = f"{word} task"
        session.get_one(Cadence, deal.ids.cadence).name = f"canary-{deal.name}-cadence"
        view = session.get_one(PipelineView, deal.ids.view)
        view.name = f"canary-{deal.name}-view"
        yield Canary(f"canary-{deal.name}-view", frozenset({deal.asker}))
        organisation = deal.asking.split()[0]
        colleagues = WRITERS[organisation] | WRITERS.get(f"{organisation} plant", NOBODY)
        yield Canary(f"canary-{deal.name}-cadence", colleagues | ADMINISTRATORS.get(organisation, NOBODY))
    yield Canary(word, deal.readers_of(side))


def batch_of(deal: Deal, side: Side) -> str:
    return f"batch{deal.name}{side.value}"


def _mark_partnership(session: Session, deal: Deal) -> Iterator[Canary]:
    if deal.partnering is None:
        return
    partnership = session.get_one(Partnership, deal.partnering.partnership)
    seen = f"canary-{deal.name}-partnership"
    partnership.doing = f"{seen} testing"
    yield Canary(seen, deal.seers)
    for side in Side:
        entry = deal.partnering.asking_person if side is Side.ASKING else deal.partnering.asked_person
        counterpart = session.get_one(Counterpart, entry)
        counterpart.goals = f"{seen} goals"
        goal = session.scalars(select(PrivateGoal).where(PrivateGoal.counterpart_id == entry)).one()
        goal.text = f"canary-{deal.name}-{side.value}-goal"
        yield Canary(goal.text, deal.seers_of(side))
    letters = select(ExpectationLetter).where(ExpectationLetter.partnership_id == partnership.id)
    for letter in session.scalars(letters):
        letter.text = f"canary-{deal.name}-{letter.side.value}-letter"
        yield Canary(letter.text, deal.seers_of(letter.side))
    word = f"canary-{deal.name}-asked-draft"
    draft = CommitmentMove.commitment_id == deal.partnering.draft
    session.execute(update(CommitmentMove).where(draft).values(what=word))
    yield Canary(word, deal.seers_of(Side.ASKED))


def _mark_own_things(session: Session, world: World) -> Iterator[Canary]:
    """A saved search of Max, Alba's draft and what Alba posted for itself."""
    session.add(
        SavedSearch(
            person_id=world.people["max"],
            organisation_id=world.organisations["alba"],
            unit_id=world.units["alba plant"],
            name="canary-saved-search",
            question="canary-saved-search",
            frequency=Frequency.WEEKLY,
        )
    )
    yield Canary("canary-saved-search", frozenset({"max"}))
    session.get_one(Post, world.posts["alba draft"]).title = "canary-draft-post"
    yield Canary("canary-draft-post", WRITERS["alba plant"])
    session.get_one(Post, world.posts["alba internal"]).title = "canary-internal-post"
    yield Canary("canary-internal-post", frozenset({"ada", "olga", "max", "mona"}))

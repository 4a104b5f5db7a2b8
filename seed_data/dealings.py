"""What the organisations of the demo world have going, played through the same rules as real dealings."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actor import load_actor
from models.cadence import was_in_touch
from models.follow_up import FollowUpKind
from models.introducing import accept, decline, propose_others
from models.introduction import Introduction, Slot, ThreadMessage
from models.introduction_steps import Party, TimeOffer, Times
from models.meeting import Meeting, MeetingMode
from models.organisation import Unit
from models.outcome import Decision, Interest, Outcome
from models.person import Person
from models.planning import plan_follow_up
from models.post import Post
from models.relationship import (
    ContactKind,
    Direction,
    PrivateNote,
    Relationship,
    relationship_between,
    take_part,
)
from models.requesting import MeetingRequest, ask
from models.settling import settle_meeting
from models.side import Side
from models.summaries import confirm_summary, propose_summary
from seed_data.partnerships import load_partnership

SEED_FOLDER = Path(__file__).parent
# What people choose for a first talk: mid-morning and early afternoon.
HOURS_OF_TALKS = (10, 14, 11)
WEEKEND = frozenset({5, 6})

Table = dict[str, Any]
ScheduleMeeting = Callable[[Introduction, Slot, Person], Meeting]


@dataclass(frozen=True)
class Scene:
    """Where the dealings are played: people by address, units by organisation and key, and ``now``, from which the
    days of the tables count. ``schedule`` makes the meeting of an accepted slot, with mail and reminders.
    """

    session: Session
    people: Mapping[str, Person]
    units: Mapping[tuple[int, str], Unit]
    schedule: ScheduleMeeting
    now: datetime

    def day(self, days: int) -> datetime:
        return self.now + timedelta(days=days)

    def unit_of(self, email: str, key: str) -> Unit:
        """The unit with this key in the organisation of the person."""
        organisation_id = self.people[email].memberships[0].organisation_id
        return self.units[organisation_id, key]


def read_dealings(folder: Path = SEED_FOLDER) -> Table:
    """The tables of ``dealings.toml``."""
    return tomllib.loads((folder / "dealings.toml").read_text(encoding="utf-8"))


def load_dealings(tables: Table, scene: Scene) -> None:
    """Add everything to the current write transaction; the caller commits."""
    for table in tables["dealing"]:
        _load_dealing(table, scene)
    for table in tables["kept_in_view"]:
        ours = _relationship(table, scene)
        ours.created_at = ours.stage_since = scene.day(table["day"])
    for table in tables["task"]:
        owner = scene.people[table["person"]]
        _plan(scene, _relationship(table, scene), owner, table["text"], table["day"], FollowUpKind.TASK, None)


def _load_dealing(table: Table, scene: Scene) -> None:
    asker, answerer = scene.people[table["asker"]], scene.people[table["answerer"]]
    introduction = _ask(table, scene, asker, answerer)
    theirs = Party(Side.ASKED, answerer.id)
    if "declined" in table:
        decline(scene.session, introduction, theirs, scene.day(table["declined"]), table["declined_words"])
    elif "others" in table:
        times = _times(table, scene, first_day=5, zone=answerer.zone, note=table["others_note"])
        proposal = introduction.open_proposal
        assert proposal is not None
        propose_others(scene.session, introduction, times, theirs, scene.day(table["others"]), proposal.id)
    elif "accepted" in table:
        meeting = _accept(table, scene, introduction, answerer)
        if "agreed" in table["meeting"]:
            _tell_outcome(table["meeting"], scene, meeting, asker, answerer)
        if "partnership" in table:
            load_partnership(table["partnership"], scene.session, introduction, scene.people, scene.now)
    for side in Side:
        # Their cards began with the request, not with the making of the demo.
        card = relationship_between(
            scene.session, introduction.unit_of(side), introduction.unit_of(side.other)
        )
        card.created_at = scene.day(table["day"])
    for contact in table.get("contacts", []):
        _be_in_touch(contact, scene, introduction)
    for message in table.get("messages", []):
        side = Side.ASKING if message["from"] == asker.email else Side.ASKED
        scene.session.add(
            ThreadMessage(
                introduction_id=introduction.id,
                side=side,
                person_id=scene.people[message["from"]].id,
                text=message["text"],
                created_at=scene.day(message["day"]),
            )
        )
    scene.session.flush()


def _be_in_touch(table: Table, scene: Scene, introduction: Introduction) -> None:
    """A call or a mail that both sides wrote down, each in its own words."""
    at = scene.day(table["day"])
    for side in Side:
        was_in_touch(
            scene.session,
            relationship_between(scene.session, introduction.unit_of(side), introduction.unit_of(side.other)),
            at,
            ContactKind(table["kind"]),
            Direction.BOTH,
            introduction.people_of(side)[0].id,
            table["note"] if side is Side.ASKING else "",
            None,
            at,
        )


def _ask(table: Table, scene: Scene, asker: Person, answerer: Person) -> Introduction:
    asked_unit = scene.unit_of(answerer.email, table["asked_unit"])
    first_day = table["meeting"]["day"] if "meeting" in table else 6
    cited = select(Post.id).where(Post.title.in_(table.get("cites", [])))
    request = MeetingRequest(
        unit=scene.unit_of(asker.email, table["unit"]),
        asked_unit=asked_unit,
        purpose=table["purpose"],
        times=_times(table, scene, first_day, answerer.zone),
        hope=table.get("hope", ""),
        offer=table.get("offer", ""),
        post_ids=tuple(scene.session.scalars(cited)),
    )
    return ask(scene.session, request, load_actor(scene.session, asker.id), scene.day(table["day"]))


def _times(table: Table, scene: Scene, first_day: int, zone: str, note: str = "") -> Times:
    """Three times on working days from ``first_day`` on; a first day in the past moves back to one."""
    step = 1 if first_day > 0 else -1
    while scene.day(first_day).weekday() in WEEKEND:
        first_day += step
    days = (scene.day(day).date() for day in count(first_day) if scene.day(day).weekday() not in WEEKEND)
    offers = tuple(
        TimeOffer(starts_local=datetime.combine(day, time(hour)), zone=zone, length=timedelta(hours=1))
        for day, hour in zip(days, HOURS_OF_TALKS, strict=False)
    )
    mode = MeetingMode(table.get("mode", MeetingMode.IN_PERSON))
    return Times(offers=offers, mode=mode, where=table["where"], note=note)


def _accept(table: Table, scene: Scene, introduction: Introduction, answerer: Person) -> Meeting:
    proposal = introduction.open_proposal
    assert proposal is not None
    slot = proposal.slots[0]
    by = Party(Side.ASKED, answerer.id)
    accept(scene.session, introduction, slot, by, (), scene.day(table["accepted"]))
    return scene.schedule(introduction, slot, answerer)


def _tell_outcome(table: Table, scene: Scene, meeting: Meeting, asker: Person, answerer: Person) -> None:
    told_at = scene.day(table["day"] + 1)
    introduction = meeting.introduction
    cards = {
        side: relationship_between(
            scene.session, introduction.unit_of(side), introduction.unit_of(side.other)
        )
        for side in Side
    }
    interests = [Interest(word) for word in table.get("interest", ["unknown", "unknown"])]
    for side, person in ((Side.ASKING, asker), (Side.ASKED, answerer)):
        scene.session.add(
            Outcome(
                meeting_id=meeting.id,
                side=side,
                organisation_id=cards[side].organisation_id,
                relationship_id=cards[side].id,
                person_id=person.id,
                our_interest=interests[0] if side is Side.ASKING else interests[1],
                their_interest=interests[1] if side is Side.ASKING else interests[0],
                decision=Decision(table["decision"]),
                agreed=table["agreed"],
                logged_at=told_at,
            )
        )
    settle_meeting(scene.session, meeting, Side.ASKING, asker.id, told_at)
    summary = propose_summary(scene.session, meeting, Side.ASKING, asker.id, table["summary"], told_at)
    if table.get("is_confirmed"):
        confirm_summary(summary, Side.ASKED, answerer.id, scene.day(table["day"] + 2))
    ours = cards[Side.ASKING]
    scene.session.add(
        PrivateNote(
            relationship_id=ours.id,
            meeting_id=meeting.id,
            person_id=asker.id,
            text=table["note"],
            created_at=told_at,
        )
    )
    if "next_step" in table:
        step = table["next_step"]
        owner = scene.people[step["owner"]]
        _plan(scene, ours, owner, step["text"], step["day"], FollowUpKind.NEXT_STEP, meeting)


def _plan(
    scene: Scene,
    ours: Relationship,
    owner: Person,
    text: str,
    day: int,
    kind: FollowUpKind,
    meeting: Meeting | None,
) -> None:
    plan_follow_up(
        scene.session,
        ours,
        kind,
        text,
        owner.id,
        scene.day(day).date(),
        owner.zone,
        False,
        meeting.id if meeting else None,
        owner.id,
        scene.now,
    )


def _relationship(table: Table, scene: Scene) -> Relationship:
    person = scene.people[table["person"]]
    ours = relationship_between(
        scene.session,
        scene.unit_of(person.email, table["unit"]),
        scene.unit_of(table["partner_person"], table["partner_unit"]),
    )
    if ours.owner_id is None:
        ours.owner_id = person.id
    take_part(scene.session, ours, person.id)
    return ours

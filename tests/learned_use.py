"""Worlds of use for the tests of learning: companies that look at their first page week by week and ask somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matching.index import Index
from matching.learning_pages import Page, PastPages
from matching.signals import DEFAULT_WEIGHTS, SignalWeights
from models.base import utc_now
from models.database import begin_write
from models.introduction import Introduction, IntroductionState
from models.organisation import Organisation, OrganisationKind
from models.person import Person
from models.post import PostSide
from tests.made_market import MadeOrganisation, MadePost, write_market

COMPANIES = 20
UNIVERSITIES = 24
NEWCOMERS = range(COMPANIES + UNIVERSITIES - 3, COMPANIES + UNIVERSITIES + 1)
# Each newcomer's text is that of a university which has been there from the start.
TWINS = range(COMPANIES + 1, COMPANIES + 5)
# Around what counts as neutral: 3 collaborations.
COLLABORATIONS = (3, 1, 9)
DIMENSIONS = 24
NOISE = 0.9
COUNTRIES = ("DE", "FR")

# Takes a page, the numbers of those that were not asked yet, and chance; returns the number of the one that is asked.
Choice = Callable[[Page, list[int], np.random.Generator], int]
Vector = npt.NDArray[np.float32]


def write_world(session: Session, subjects: int = 2) -> None:
    """Companies 1 to 20 seek one of the subjects, universities 21 to 44 teach one; half of each in each country."""
    random = np.random.default_rng(20_261_122)
    centres = random.normal(size=(subjects, DIMENSIONS)).astype(np.float32)
    vectors = [_near(random, centres[number // 2 % subjects]) for number in range(COMPANIES + UNIVERSITIES)]
    for newcomer, twin in zip(NEWCOMERS, TWINS, strict=True):
        vectors[newcomer - 1] = vectors[twin - 1]
    made = []
    for number, vector in enumerate(vectors):
        is_company = number < COMPANIES
        side = PostSide.NEED if is_company else PostSide.CAPABILITY
        kind = OrganisationKind.COMPANY if is_company else OrganisationKind.UNIVERSITY
        post = MadePost(side, vector, f"{side.value} {number}")
        made.append(MadeOrganisation(kind, COUNTRIES[number % 2], [post]))
    write_market(session, made, DIMENSIONS)
    begin_write(session)
    session.add(Person(id=1, name="Ada", email="ada@x.example"))
    session.commit()


def let_all_but_newcomers_be_known(session: Session) -> None:
    """Give every university earlier collaborations, the twins neutral ones, and the newcomers none that are known."""
    begin_write(session)
    for number in range(COMPANIES + 1, NEWCOMERS.start):
        activity = COLLABORATIONS[0 if number in TWINS else number % len(COLLABORATIONS)]
        session.execute(update(Organisation).where(Organisation.id == number).values(activity=activity))
    session.commit()


def _near(random: np.random.Generator, centre: Vector) -> Vector:
    vector = centre + NOISE * random.normal(size=DIMENSIONS).astype(np.float32)
    near: Vector = vector / np.linalg.norm(vector)
    return near


def moment_of(week: int) -> datetime:
    """When companies look in that week; the first one comes after everything was posted."""
    tomorrow = utc_now().date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), UTC) + timedelta(weeks=week, hours=9)


def use_for_weeks(
    session: Session,
    index: Index,
    choose: Choice,
    weeks: range,
    weights: SignalWeights = DEFAULT_WEIGHTS,
    answered: float = 1.0,
) -> list[tuple[int, ...]]:
    """Let each company ask one of its page each week; return all pages. ``answered`` is the share that is accepted,
    the others run out.
    """
    random = np.random.default_rng(weeks.start)
    asked = _asked(session)
    shown = []
    for week in weeks:
        pages = PastPages(session, index, weights)
        chosen = []
        for unit_id in range(1, COMPANIES + 1):
            page = pages.page(unit_id, moment_of(week))
            shown.append(page.organisation_ids)
            left = [number for number, one in enumerate(page.organisation_ids) if (unit_id, one) not in asked]
            if left:
                chosen.append((unit_id, page.organisation_ids[choose(page, left, random)]))
        asked.update(chosen)
        _ask(session, chosen, moment_of(week), random.random(len(chosen)) < answered)
    return shown


def _asked(session: Session) -> set[tuple[int, int]]:
    rows = session.execute(select(Introduction.asking_unit_id, Introduction.asked_organisation_id))
    return {(unit_id, organisation_id) for unit_id, organisation_id in rows}


def _ask(
    session: Session, chosen: list[tuple[int, int]], at: datetime, is_accepted: npt.NDArray[np.bool_]
) -> None:
    begin_write(session)
    for (asking, asked), accepted in zip(chosen, is_accepted.tolist(), strict=True):
        # Short enough that silence is known a week later.
        runs_out = at + timedelta(days=6)
        session.add(
            Introduction(
                asking_organisation_id=asking,
                asking_unit_id=asking,
                asked_organisation_id=asked,
                asked_unit_id=asked,
                asked_by_id=1,
                purpose="To meet.",
                state=IntroductionState.ACCEPTED if accepted else IntroductionState.EXPIRED,
                created_at=at,
                answered_at=at + timedelta(hours=5) if accepted else runs_out,
                expires_at=runs_out,
            )
        )
    session.commit()


def by_fit_alone(page: Page, left: list[int], random: np.random.Generator) -> int:
    """Whoever fits best is the likeliest choice, wherever it is."""
    return max(left, key=lambda number: float(page.fits[number] + random.gumbel(scale=0.3)))


def at_random(page: Page, left: list[int], random: np.random.Generator) -> int:
    return int(random.choice(left))


def by_place_on_the_page(page: Page, left: list[int], random: np.random.Generator) -> int:
    """Who stands high is looked at more often, whatever it is: what would feed a loop."""
    attention = np.array([1 / (number + 1) for number in left])
    return int(random.choice(left, p=attention / attention.sum()))

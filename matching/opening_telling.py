"""What a trial of ``matching.opening`` is worth telling: whom it would open, by which post, and in which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.answers import PostLine
from matching.candidates import OwnPosts
from matching.columns import POST_KINDS
from matching.directions import Scored
from matching.explanation import ReadText
from matching.matches import Cited
from matching.opening_kinship import FORM_STEMS
from matching.opening_trials import Trial
from matching.scoring import LEAST_FIT, Grade, grade
from matching.words import shared_words
from models.organisation import Organisation
from models.post import PostKind, PostSide

MOST_TERMS = 6

Reached = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Opened:
    """An organisation that would newly fit at least well. `line` is its post that ours would meet: a need that the
    capability answers, or a capability that answers the clearer need. `is_both_ways` tells whether both would gain.
    """

    organisation: Organisation
    line: PostLine
    grade: Grade
    is_both_ways: bool


@dataclass(frozen=True)
class Proposal:
    """A post worth writing: of this kind, like the post `like` of `like_organisation`, and whom it would open.

    `like` is a need where nobody of our kind offers what answers it; with `is_offered_elsewhere` it is what another
    unit of our own organisation offers already. `replaces` is our need that would be said more clearly, None for one
    more capability. `terms` are the words that would meet, those that meet most of them first. `lost` counts
    organisations that fit well today and would not any more.
    """

    kind: PostKind
    like: PostLine
    like_organisation: Organisation
    replaces: PostLine | None
    opened: tuple[Opened, ...]
    terms: tuple[str, ...]
    lost: int = 0
    nearness: float = 1.0
    is_offered_elsewhere: bool = False


def reached(scored: Scored, side: PostSide) -> Reached:
    """Which organisations fit at least well, counting the direction that our posts of this side make."""
    direction = scored.give if side is PostSide.CAPABILITY else scored.get
    is_good: Reached = np.nan_to_num(scored.fits) >= LEAST_FIT[Grade.GOOD]
    return is_good & ~np.isnan(direction) & ~scored.by_words


def told_proposal(
    trial: Trial, before: Scored, after: Scored, needs: OwnPosts, in_contact: frozenset[int], cited: Cited
) -> Proposal | None:
    """Tell what a trial opened beyond those in contact, as far as the actor may see it; None if its source is no longer
    to be seen.
    """
    side = PostSide.CAPABILITY if trial.replaces is None else PostSide.NEED
    then, now = reached(before, side), reached(after, side)
    ids_then, ids_now = set(before.organisation_ids[then].tolist()), set(after.organisation_ids[now].tolist())
    there_already = ids_then | in_contact
    new = [
        number
        for number in np.flatnonzero(now).tolist()
        if after.organisation_ids[number] not in there_already
    ]
    opened = _opened(after, new, trial, cited)
    like = cited.text(trial.source_id)
    source = cited.organisations([trial.source_organisation_id]).get(trial.source_organisation_id)
    if like is None or source is None:
        return None
    return Proposal(
        kind=POST_KINDS[int(trial.post.posts["kind"][0])],
        like=like.line,
        like_organisation=source,
        replaces=None if trial.replaces is None else cited.line(int(needs.posts["id"][trial.replaces])),
        opened=opened,
        terms=_terms(like, opened, cited),
        lost=len(ids_then - ids_now),
        nearness=trial.nearness,
        is_offered_elsewhere=trial.is_offered_elsewhere,
    )


def _opened(after: Scored, numbers: Sequence[int], trial: Trial, cited: Cited) -> tuple[Opened, ...]:
    """Return these organisations, the best fit first, each with the post that the trial's would meet."""
    met = {number: _met_post(after, number, trial) for number in numbers}
    cited.load(met.values())
    organisations = cited.organisations(int(after.organisation_ids[number]) for number in numbers)
    opened = []
    for number in sorted(numbers, key=lambda one: (-after.fits[one], after.organisation_ids[one])):
        organisation = organisations.get(int(after.organisation_ids[number]))
        line = cited.line(met[number])
        if organisation is not None and line is not None:
            opened.append(
                Opened(
                    organisation=organisation,
                    line=line,
                    grade=grade(float(after.fits[number])) or Grade.GOOD,
                    is_both_ways=not np.isnan(after.get[number] + after.give[number]),
                )
            )
    return tuple(opened)


def _met_post(after: Scored, number: int, trial: Trial) -> int:
    """Return the id of the post of this organisation for which the trial's post does most."""
    facing = after.giving if trial.replaces is None else after.getting
    row = -1 if trial.replaces is None else trial.replaces
    theirs = np.flatnonzero(facing.posts["owner"] == number)
    weighed = facing.posts["weight"][theirs] * facing.fits[row, theirs]
    return int(facing.posts["id"][theirs[weighed.argmax()]])


def _terms(like: ReadText, opened: Sequence[Opened], cited: Cited) -> tuple[str, ...]:
    """Return the words of the proposed text that stand in the posts it would meet, the most frequent first.

    A need that it would answer in its own words says nothing here, nor do words of mere form.
    """
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for one in opened:
        post_id = one.line.post_id
        text = None if post_id is None or post_id == like.line.post_id else cited.text(post_id)
        for word in () if text is None else shared_words(like.text, text.text, like.language):
            if word.stem not in FORM_STEMS:
                counts[word.stem] += 1
                written.setdefault(word.stem, word.in_first)
    return tuple(written[stem] for stem, _ in counts.most_common(MOST_TERMS))


def worth_showing(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals, the one that opens most first, without those that add nobody to better ones."""
    shown: list[Proposal] = []
    opened: set[int] = set()
    # What is there already, and what is nearer to us, comes before what opens as many.
    order = sorted(
        proposals,
        key=lambda one: (
            one.lost - len(one.opened),
            not one.is_offered_elsewhere,
            -one.nearness,
            one.like.post_id or 0,
        ),
    )
    for proposal in order:
        organisation_ids = {one.organisation.id for one in proposal.opened}
        if organisation_ids - opened:
            shown.append(proposal)
            opened |= organisation_ids
    return tuple(shown)

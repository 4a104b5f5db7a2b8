"""From scores to what a page shows: organisations and posts loaded through the actor's policy, with their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from matching.answers import Match, Moved, Pair, PostLine, Reason
from matching.calibration import Calibration
from matching.candidates import Facing
from matching.cited_links import LEAST_COVER, cited_in_list, cited_of_pair
from matching.demand import Demand
from matching.directions import Scored, all_links, links_get, links_give
from matching.explanation import Explainer, Link, ReadText, read_texts
from matching.scoring import grade
from matching.spreading import Asked, Spread
from models.actor import Actor
from models.organisation import Organisation
from models.policy import visible_organisations


class Cited:
    """Organisations and texts that an answer shows, each loaded once, through the actor's policy."""

    def __init__(
        self, session: Session, encoder_id: int | None, calibration: Calibration, actor: Actor, now: datetime
    ) -> None:
        self._explainer = Explainer(calibration)
        self._session = session
        self._encoder_id = encoder_id
        self._actor = actor
        self._now = now
        self._texts: dict[int, ReadText] = {}
        self._asked: set[int] = set()

    def organisations(self, organisation_ids: Iterable[int]) -> dict[int, Organisation]:
        """Return those organisations that the actor may see, by id."""
        shown = visible_organisations(self._actor).where(Organisation.id.in_(list(organisation_ids)))
        return {organisation.id: organisation for organisation in self._session.scalars(shown)}

    def counts(self, lists: Sequence[Sequence[int]]) -> list[int]:
        """Return of how many organisations of each list, by their ids, the actor may know."""
        asked = [organisation_id for some in lists for organisation_id in some]
        shown = visible_organisations(self._actor).where(Organisation.id.in_(asked))
        seen = set(self._session.scalars(shown.with_only_columns(Organisation.id)))
        return [len(seen.intersection(some)) for some in lists]

    def add(self, post_id: int, text: ReadText) -> None:
        """Put in a text that is not stored."""
        self._texts[post_id] = text
        self._asked.add(post_id)

    def load(self, post_ids: Iterable[int]) -> None:
        """Load the texts of these posts, as far as the actor may see them."""
        missing = set(post_ids) - self._asked
        if missing:
            self._asked |= missing
            self._texts |= read_texts(self._session, self._encoder_id, self._actor, missing, self._now)

    def text(self, post_id: int) -> ReadText | None:
        """Return a loaded text, None if the actor may not see it."""
        return self._texts.get(post_id)

    def line(self, post_id: int) -> PostLine | None:
        """Return a loaded post as a line, None if the actor may not see it."""
        text = self._texts.get(post_id)
        return None if text is None else text.line

    def reasons(self, links: Sequence[Link]) -> tuple[Reason, ...]:
        """Return the reasons of those links whose two posts the actor may see; load them first."""
        found: list[Reason] = []
        for link in links:
            need, capability = self.text(link.need_id), self.text(link.capability_id)
            if need is not None and capability is not None:
                found.append(self._explainer.reason_for(link, need, capability))
        return tuple(found)


@dataclass(frozen=True)
class Crowd:
    """How many wait for an organisation and how many stand beside it, as `Match` says it."""

    waiting: int = 0
    is_busy: bool = False
    load: float = 0.0
    peers: int = 0


Crowds = dict[int, Crowd]
ALONE = Crowd()


def crowds_of(spreads: Sequence[Spread], asked: Asked, demand: Demand) -> Crowds:
    """Return the crowd of every listed organisation, by its number; nothing where nothing is spread."""
    if demand.week is None:
        return {}
    crowds: Crowds = {}
    for spread in spreads:
        listed = zip(spread.order.tolist(), spread.loads.tolist(), spread.peers.tolist(), strict=True)
        for number, load, peers in listed:
            unit_id = asked[number][0] if number in asked else None
            crowds[number] = Crowd(
                waiting=0 if unit_id is None else demand.waiting_units.get(unit_id, 0),
                is_busy=demand.is_busy(unit_id),
                load=load,
                peers=peers,
            )
    return crowds


def matches_of(
    scored: Scored, lists: Sequence[Sequence[int]], explained: int, cited: Cited, crowds: Crowds
) -> list[tuple[Match, ...]]:
    """Return lists of organisations by their numbers, in their order; the first `explained` of each have reasons."""
    organisations = cited.organisations(
        int(scored.organisation_ids[number]) for some in lists for number in some
    )
    shown = [[n for n in some if int(scored.organisation_ids[n]) in organisations] for some in lists]
    to_explain = [number for some in shown for number in some[:explained]]
    got = {number: cited_in_list(links_get(scored, number)) for number in to_explain}
    given = {number: cited_in_list(links_give(scored, number)) for number in to_explain}
    links = [link for some in (*got.values(), *given.values()) for link in some]
    if to_explain:
        # All texts in one query: our needs, to name the uncovered ones, and every cited post.
        own_needs = scored.getting.own.posts["id"].tolist()
        cited.load([*own_needs, *(one for link in links for one in (link.need_id, link.capability_id))])

    def explained_match(number: int) -> Match:
        organisation = organisations[int(scored.organisation_ids[number])]
        crowd = crowds.get(number, ALONE)
        if number not in got:
            return match_of(scored, number, organisation, (), (), (), crowd)
        reasons_get, reasons_give = cited.reasons(got[number]), cited.reasons(given[number])
        uncovered = _uncovered(scored, number, cited)
        return match_of(scored, number, organisation, reasons_get, reasons_give, uncovered, crowd)

    return [tuple(explained_match(number) for number in some) for some in shown]


def match_of(
    scored: Scored,
    number: int,
    organisation: Organisation,
    reasons_get: tuple[Reason, ...],
    reasons_give: tuple[Reason, ...],
    uncovered: tuple[PostLine, ...],
    crowd: Crowd,
) -> Match:
    """Return one organisation's figures with its reasons."""
    fit, by_words = _known(scored.fits[number]), bool(scored.by_words[number])
    return Match(
        organisation=organisation,
        get=_known(scored.get[number]),
        give=_known(scored.give[number]),
        fit=0.0 if fit is None else fit,
        grade=None if fit is None or by_words else grade(fit),
        by_words_only=by_words,
        rank_value=_known(scored.values[number]) or 0.0,
        distance_km=_known(scored.measured.distances_km[number]),
        nearness=_known(scored.measured.signals.nearness[number]),
        activity=organisation.activity,
        moved=_moved(scored, number),
        breadth=_known(scored.measured.signals.breadth[number]),
        is_where_named=bool(scored.measured.is_where_named[number]),
        days_since_post=_whole(scored.measured.days_since_post[number]),
        between=scored.recorded.between.get(organisation.id),
        reply=scored.recorded.replies.word(organisation.id),
        reasons_get=reasons_get,
        reasons_give=reasons_give,
        uncovered=uncovered,
        unit_id=_strongest_unit(reasons_get, reasons_give),
        waiting=crowd.waiting,
        is_busy=crowd.is_busy,
        load=crowd.load,
        peers=crowd.peers,
    )


def _moved(scored: Scored, number: int) -> Moved:
    return Moved(
        nearness=float(scored.moves.nearness[number]),
        activity=float(scored.moves.activity[number]),
        freshness=float(scored.moves.freshness[number]),
        history=float(scored.moves.history[number]),
        reply=float(scored.moves.reply[number]),
        breadth=float(scored.moves.breadth[number]),
    )


def pair_of(
    scored: Scored, number: int | None, organisation: Organisation, cited: Cited, crowds: Crowds
) -> Pair:
    """Return two sides face to face, with every link worth showing; `number` None: they have no posts to compare."""
    if number is None:
        return _pair_without_theirs(scored, organisation, cited)
    got = cited_of_pair(links_get(scored, number), all_links(scored.getting, number, LEAST_COVER))
    given = cited_of_pair(links_give(scored, number), all_links(scored.giving, number, LEAST_COVER))
    their_capabilities, their_needs = _posts_of(scored.getting, number), _posts_of(scored.giving, number)
    our_needs = scored.getting.own.posts["id"].tolist()
    our_capabilities = scored.giving.own.posts["id"].tolist()
    cited.load([*our_needs, *our_capabilities, *their_needs, *their_capabilities])
    reasons_get, reasons_give = cited.reasons(got), cited.reasons(given)
    uncovered = _uncovered(scored, number, cited)
    return Pair(
        match=match_of(
            scored,
            number,
            organisation,
            reasons_get,
            reasons_give,
            uncovered,
            crowds.get(number, ALONE),
        ),
        links_get=reasons_get,
        links_give=reasons_give,
        our_needs=_lines(our_needs, cited),
        our_capabilities=_lines(our_capabilities, cited),
        their_needs=_lines(their_needs, cited),
        their_capabilities=_lines(their_capabilities, cited),
        our_uncovered=uncovered,
        their_uncovered=_lines(_their_uncovered(scored, number), cited),
    )


def _pair_without_theirs(scored: Scored, organisation: Organisation, cited: Cited) -> Pair:
    our_needs = scored.getting.own.posts["id"].tolist()
    our_capabilities = scored.giving.own.posts["id"].tolist()
    cited.load([*our_needs, *our_capabilities])
    needs = _lines(our_needs, cited)
    match = Match(
        organisation=organisation,
        get=None,
        give=None,
        fit=0.0,
        grade=None,
        by_words_only=False,
        rank_value=0.0,
        distance_km=None,
        nearness=None,
        activity=organisation.activity,
        uncovered=needs,
    )
    return Pair(match, (), (), needs, _lines(our_capabilities, cited), (), (), needs, ())


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _whole(number: float) -> int | None:
    return None if np.isnan(number) else int(number)


def _strongest_unit(get: Sequence[Reason], give: Sequence[Reason]) -> int | None:
    theirs = [(reason.fit, reason.capability.post.unit_id) for reason in get]
    theirs += [(reason.fit, reason.need.post.unit_id) for reason in give]
    return max(theirs, key=lambda one: one[0])[1] if theirs else None


def _uncovered(scored: Scored, number: int, cited: Cited) -> tuple[PostLine, ...]:
    covers = scored.covers[:, number]
    missing = scored.getting.own.posts["id"][np.isnan(covers) | (covers < LEAST_COVER)]
    return _lines(missing.tolist(), cited)


def _their_uncovered(scored: Scored, number: int) -> list[int]:
    facing: Facing = scored.giving
    theirs = facing.posts["owner"] == number
    if not len(facing.own.posts):
        return _posts_of(facing, number)
    weak = facing.fits.max(axis=0) < LEAST_COVER
    uncovered: list[int] = facing.posts["id"][theirs & weak].tolist()
    return uncovered


def _posts_of(facing: Facing, number: int) -> list[int]:
    ids: list[int] = facing.posts["id"][facing.posts["owner"] == number].tolist()
    return ids


def _lines(post_ids: Sequence[int], cited: Cited) -> tuple[PostLine, ...]:
    return tuple(line for line in (cited.line(post_id) for post_id in post_ids) if line is not None)

"""What the page of proposals says: plain values, so that its template computes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from matching.answers import PostLine
from matching.opening import Openings
from matching.opening_telling import Opened, Proposal
from models.coaching import is_vague
from models.organisation import Unit
from models.policy import visible_posts
from models.post import Post, PostSide
from web.access import current_actor
from web.database import db
from web.labels import POST_KINDS
from web.localisation import gettext, ngettext
from web.posts.advice import HINTS, hints_for_post

NAMED = 8


@dataclass(frozen=True)
class OpenedLine:
    """An organisation that would newly fit, and the post of theirs that ours would meet."""

    name: str
    pair_url: str
    label: str
    title: str
    post_url: str
    kind: str
    grade: str
    gain: str


@dataclass(frozen=True)
class ProposalCard:
    """One proposal. ``count`` and ``loss`` are sentences; ``write_url`` is None for whoever may not write here."""

    title: str
    source: str
    source_url: str
    count: str
    loss: str
    terms: tuple[str, ...]
    opened: tuple[OpenedLine, ...]
    more: str
    write_url: str | None


@dataclass(frozen=True)
class VagueNeed:
    """A need of ours that leaves a reader something to ask."""

    title: str
    hints: tuple[str, ...]
    edit_url: str | None


@dataclass(frozen=True)
class BetterPage:
    """The whole page. ``reached`` says how many fit well already, if any."""

    has_posts: bool
    has_needs: bool
    has_capabilities: bool
    reached: str
    capabilities: list[ProposalCard]
    offered_elsewhere: list[ProposalCard]
    clearer_needs: list[ProposalCard]
    vague_needs: list[VagueNeed]


def better_page(unit: Unit, openings: Openings, now: datetime) -> BetterPage:
    """The page for these proposals."""
    return BetterPage(
        has_posts=bool(openings.need_ids or openings.capability_count),
        has_needs=bool(openings.need_ids),
        has_capabilities=bool(openings.capability_count),
        reached=_reached_words(openings.reached),
        capabilities=[_capability_card(unit, one) for one in openings.capabilities],
        offered_elsewhere=[_elsewhere_card(one) for one in openings.offered_elsewhere],
        clearer_needs=[_need_card(one) for one in openings.clearer_needs],
        vague_needs=_vague_needs(openings.need_ids, now),
    )


def _reached_words(count: int) -> str:
    if not count:
        return ""
    return str(
        ngettext(
            "%(num)d organisation that gains from you fits well already.",
            "%(num)d organisations that gain from you fit well already.",
            count,
        )
    )


def _capability_card(unit: Unit, proposal: Proposal) -> ProposalCard:
    like, owner = proposal.like, proposal.like_organisation.name
    if like.side is PostSide.CAPABILITY:
        title = gettext("A capability like “%(title)s”", title=like.title)
        source = gettext("as %(name)s offers it", name=owner)
    else:
        title = gettext("A capability that answers “%(title)s”", title=like.title)
        source = gettext("as %(name)s needs it; nobody of your kind offers it yet", name=owner)
    may_write = unit.id in current_actor().units_written and unit.closed_at is None
    new = url_for("posts.new", unit_id=unit.id, side=PostSide.CAPABILITY.value, kind=proposal.kind.value)
    return _card(proposal, str(title), str(source), new if may_write else None)


def _elsewhere_card(proposal: Proposal) -> ProposalCard:
    """What another unit of ours offers is not to be written again, so it has no button."""
    title = gettext("Another unit of yours offers it: “%(title)s”", title=proposal.like.title)
    unit = db.session.get_one(Unit, proposal.like.unit_id)
    return _card(proposal, str(title), str(gettext("as %(name)s offers it", name=unit.name)), None)


def _need_card(proposal: Proposal) -> ProposalCard:
    ours = proposal.replaces
    title = gettext("Your need “%(title)s”", title=ours.title if ours else "")
    source = gettext(
        "said as concretely as “%(title)s” of %(name)s, if that is what you mean",
        title=proposal.like.title,
        name=proposal.like_organisation.name,
    )
    return _card(proposal, str(title), str(source), _edit_url(ours) if ours else None)


def _card(proposal: Proposal, title: str, source: str, write_url: str | None) -> ProposalCard:
    count, more = len(proposal.opened), len(proposal.opened) - NAMED
    lost = ngettext(
        "%(num)d that fits well today would not any more.",
        "%(num)d that fit well today would not any more.",
        proposal.lost,
    )
    return ProposalCard(
        title=title,
        source=source,
        source_url=url_for("posts.show", post_id=proposal.like.post_id),
        count=str(ngettext("Opens %(num)d partner", "Opens %(num)d partners", count)),
        loss=str(lost) if proposal.lost else "",
        terms=proposal.terms,
        opened=tuple(_line(one) for one in proposal.opened[:NAMED]),
        more=str(ngettext("and %(num)d more", "and %(num)d more", more)) if more > 0 else "",
        write_url=write_url,
    )


def _line(opened: Opened) -> OpenedLine:
    organisation, line = opened.organisation, opened.line
    return OpenedLine(
        name=organisation.name,
        pair_url=url_for("partners.show", organisation_id=organisation.id),
        label=str(gettext("Their need") if line.side is PostSide.NEED else gettext("Their capability")),
        title=line.title or str(POST_KINDS[line.kind]),
        post_url=url_for("posts.show", post_id=line.post_id),
        kind=str(POST_KINDS[line.kind]),
        grade=opened.grade,
        gain=_gain(opened),
    )


def _gain(opened: Opened) -> str:
    if opened.is_both_ways:
        return str(gettext("both sides gain"))
    if opened.line.side is PostSide.NEED:
        return str(gettext("they gain; what you get is not known yet"))
    return str(gettext("you gain; what they get is not known yet"))


def _edit_url(line: PostLine) -> str | None:
    if line.unit_id not in current_actor().units_written:
        return None
    return url_for("posts.edit", post_id=line.post_id)


def _vague_needs(need_ids: Sequence[int], now: datetime) -> list[VagueNeed]:
    """Those of our needs that a reader could not answer yet, with what the reader would ask."""
    actor = current_actor()
    needs = db.session.scalars(visible_posts(actor, now).where(Post.id.in_(need_ids)).order_by(Post.id))
    found = []
    for need in needs:
        hints = hints_for_post(need)
        if is_vague(hints):
            may_write = need.unit_id in actor.units_written
            found.append(
                VagueNeed(
                    title=need.title,
                    hints=tuple(str(HINTS[hint]) for hint in hints),
                    edit_url=url_for("posts.edit", post_id=need.id) if may_write else None,
                )
            )
    return found

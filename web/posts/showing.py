"""One post as others see it, and who could answer it."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, render_template, url_for
from flask_babel import format_number

from matching.demand import Places, read_demand
from models.actor import Action
from models.base import utc_now
from models.organisation import OrganisationState
from models.policy import can
from models.post import Post, PostSide, PostState, Visibility
from web.access import allowed, current_actor
from web.acting import acting_unit
from web.database import db
from web.labels import POST_KINDS, POST_SIDES, day_words, language_name, place_words
from web.loaders import load_post
from web.localisation import gettext
from web.matcher import matcher
from web.partners.contacts import ask_url
from web.partners.places_left import places_words
from web.posts import blueprint
from web.posts.answers import answers_to_post
from web.posts.forms import PublishForm
from web.posts.moves import reason_words
from web.posts.words import IMPORTANCES, URGENCIES, VISIBILITIES, State, state_of

ANSWERS_BESIDE = 3
MOST_ANSWERS = 50


@dataclass(frozen=True)
class PostView:
    """A post in words. ``facts`` are (label, words); ``paragraphs`` are lists of lines. ``waits`` is a post that finds
    partners as soon as its organisation is approved; ``other_side`` is the half that may still be missing. Of one in a
    language that cannot be compared by meaning, ``by_words_only`` tells its own side.
    """

    post_id: int
    title: str
    side: str
    kind: str
    state: State
    is_open: bool
    finds_partners: bool
    waits: bool
    other_side: str
    language: str
    by_words_only: bool
    paragraphs: list[list[str]]
    facts: list[tuple[str, str]]
    notice: str
    organisation_name: str
    organisation_url: str
    unit_name: str
    pair_url: str | None
    ask_url: str | None
    is_ours: bool
    may_write: bool
    may_moderate: bool
    can_be_published: bool
    can_be_withdrawn: bool


@blueprint.get("/posts/<int:post_id>")
@allowed(Action.POST_SEE, load_post, "post_id")
def show(post: Post) -> str:
    """The post; for its own side also the best answers and what can be done with it."""
    view = _view(post, utc_now())
    answers = answers_to_post(post, ANSWERS_BESIDE) if view.is_ours and view.finds_partners else None
    return render_template("posts/show.html", view=view, answers=answers, form=PublishForm())


@blueprint.get("/posts/<int:post_id>/matches")
@allowed(Action.POST_SEE, load_post, "post_id")
def matches(post: Post) -> str:
    """Who could answer this need, or whom this capability serves, each with the sentence that says so."""
    if post.unit_id not in current_actor().units_acted_for:
        abort(404)
    view = _view(post, utc_now())
    answers = answers_to_post(post, MOST_ANSWERS) if view.finds_partners else None
    return render_template("posts/matches.html", view=view, answers=answers)


def _view(post: Post, now: datetime) -> PostView:
    actor = current_actor()
    is_ours = post.unit_id in actor.units_acted_for
    is_foreign = post.organisation_id not in actor.organisation_ids
    ours = acting_unit()
    is_shown = post.is_open(now) and post.visibility is not Visibility.OWN_ORGANISATION
    may_write = can(actor, Action.POST_WRITE, post, now)
    places = read_demand(db.session, now).places(post.id, post.partner_limit)
    return PostView(
        post_id=post.id,
        title=post.title,
        side=post.side.value,
        kind=str(POST_KINDS[post.kind]),
        state=state_of(post.state, post.closes_at, now),
        is_open=post.is_open(now),
        finds_partners=is_shown and post.organisation.is_approved and (places is None or places.left > 0),
        waits=is_ours and is_shown and post.organisation.state is OrganisationState.PENDING,
        other_side=post.side.opposite.value,
        language=post.language,
        by_words_only=is_ours and not matcher().index.knows(post.language),
        paragraphs=[
            part.splitlines() for part in post.text.replace("\r\n", "\n").split("\n\n") if part.strip()
        ],
        facts=_facts(post, is_foreign, places),
        notice=_notice(post, now, places),
        organisation_name=post.organisation.name,
        organisation_url=url_for("organisations.show", organisation_id=post.organisation_id),
        unit_name=post.unit.name,
        pair_url=url_for("partners.show", organisation_id=post.organisation_id)
        if is_foreign and actor.rights
        else None,
        ask_url=ask_url(ours, post.organisation_id, [post.id]) if is_foreign and ours is not None else None,
        is_ours=is_ours,
        may_write=may_write,
        may_moderate=can(actor, Action.POST_MODERATE, post, now),
        can_be_published=may_write and post.state is not PostState.PUBLISHED,
        can_be_withdrawn=may_write and post.state is PostState.PUBLISHED,
    )


def _facts(post: Post, is_foreign: bool, places: Places | None) -> list[tuple[str, str]]:
    facts = [
        (gettext("Kind"), f"{POST_SIDES[post.side]}: {POST_KINDS[post.kind]}"),
        (gettext("How many"), format_number(post.quantity) if post.quantity else ""),
        (gettext("Partners"), places_words(places) if places else ""),
        (gettext("Where"), _where(post)),
        (gettext("When"), _when(post)),
    ]
    if post.side is PostSide.NEED and post.urgency and post.importance:
        facts.append((gettext("How urgent"), str(URGENCIES[post.urgency])))
        facts.append((gettext("How important"), str(IMPORTANCES[post.importance])))
    facts.append((gettext("Language"), language_name(post.language)))
    if not is_foreign:
        facts.append((gettext("Who sees it"), str(VISIBILITIES[post.visibility])))
        facts.append((gettext("Written by"), post.author.name if post.author else ""))
    return [(label, words) for label, words in facts if words]


def _where(post: Post) -> str:
    place = place_words(post.effective_place)
    if not post.is_remote:
        return place
    return str(gettext("%(place)s, or from anywhere", place=place)) if place else gettext("From anywhere")


def _when(post: Post) -> str:
    start = day_words(post.starts_on) if post.starts_on else ""
    end = day_words(post.ends_on) if post.ends_on else ""
    if start and end:
        return str(gettext("%(start)s to %(end)s", start=start, end=end))
    if start:
        return str(gettext("from %(start)s", start=start))
    return str(gettext("until %(end)s", end=end)) if end else ""


def _notice(post: Post, now: datetime, places: Places | None) -> str:
    if post.state is PostState.DRAFT:
        return str(gettext("This is a draft. Nobody outside your unit and its office sees it."))
    if post.state is PostState.WITHDRAWN:
        reason = reason_words(post.withdrawn_reason)
        return str(
            gettext(
                "This post was withdrawn, so nobody outside sees it. The reason: %(reason)s", reason=reason
            )
        )
    if post.has_expired(now):
        return str(
            gettext("Its last day is over. Nobody outside sees it. Choose a later date to show it again.")
        )
    if post.visibility is Visibility.OWN_ORGANISATION:
        return str(
            gettext(
                "Nobody outside the organisation sees it, so it finds no partners. Edit it to change that."
            )
        )
    if not post.organisation.is_approved:
        if post.organisation.state is not OrganisationState.PENDING:
            return str(
                gettext(
                    "The organisation is not in the network, so nobody outside sees it, and it finds no partners."
                )
            )
        return str(
            gettext(
                "The organisation is waiting for approval. Until then nobody outside sees it, and it finds no partners."
            )
        )
    if places is not None and not places.left:
        return str(gettext("All its places are taken, so it is not suggested to anybody any more."))
    return ""

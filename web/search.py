"""Search: which posts are about this? By meaning and by word; question and filters stand in the address."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for

from matching.encoder import Encoder
from matching.found_sentences import FoundSentence, found_sentences
from matching.search import SearchAnswer, search_posts
from models.actor import Action
from models.base import utc_now
from models.organisation import Organisation, Unit
from models.policy import visible_organisations
from models.post import Post
from models.text_language import other_language
from web.access import allowed, current_actor
from web.database import db
from web.labels import POST_KINDS, POST_SIDES, day_words, language_names, place_words
from web.loaders import load_unit
from web.localisation import gettext
from web.matcher import EncoderIsWarmingError, matcher
from web.page_form import Page
from web.paging import Paging, asked_page, paging_at
from web.search_form import SearchForm, filters_of, search_form

blueprint = Blueprint("search", __name__)

MOST_FOUND = 100
PER_PAGE = 20
MOST_ORGANISATIONS = 5
FILTER_NAMES = ("side", "kind", "country", "sector", "from", "until")


@dataclass(frozen=True)
class FoundPost:
    """One result. ``shared_words`` are those of the sentence that stand in the question too, ``title_words`` those of
    the title.
    """

    title: str
    url: str
    side: str
    side_words: str
    kind: str
    organisation: str
    organisation_url: str
    is_ours: bool
    facts: list[str]
    sentence: str
    shared_words: list[str]
    title_words: list[str]


@dataclass(frozen=True)
class Results:
    """What was found for a question, by words only while the encoder ``is_warming`` (it is still starting),
    ``is_missing`` (it could not be loaded) or ``is_changing`` (it does not serve yet: the vectors of another one do).

    ``is_faint``: none of the posts is clearly about it. ``understood`` names the languages in which questions are
    understood, where that may be why little was found; else "". ``organisations`` are those whose name holds the
    question, as (name, address).
    """

    organisations: list[tuple[str, str]]
    found: list[FoundPost]
    count: int
    is_cut: bool
    is_warming: bool
    is_missing: bool
    is_changing: bool
    is_faint: bool
    understood: str
    paging: Paging
    again_url: str

    @property
    def by_words_only(self) -> bool:
        return self.is_warming or self.is_missing or self.is_changing


@blueprint.get("/units/<int:unit_id>/search")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def show(unit: Unit) -> Page:
    """The question, and what was found for it among the posts that this person may see."""
    form = search_form()
    if not form.validate():
        return render_template("search/show.html", unit=unit, form=form, results=None), 422
    results = _results(form) if form.q.data else None
    has_filters = any(request.args.get(name) for name in FILTER_NAMES)
    return render_template(
        "search/show.html",
        unit=unit,
        form=form,
        results=results,
        has_filters=has_filters,
        save_url=_url("alerts.save") if results else None,
        may_write=unit.id in current_actor().units_written,
    )


def _results(form: SearchForm) -> Results:
    encoder = _encoder_if_warm()
    is_missing = encoder is None and matcher().failure is not None
    actor, now, index = current_actor(), utc_now(), matcher().index
    filters, question = filters_of(form), form.q.data
    answer = search_posts(
        db.session, index, encoder, question, filters, actor, now, MOST_FOUND, asked_page(), PER_PAGE
    )
    posts = [hit.post for hit in answer.hits]
    sentences = found_sentences(db.session, index, answer.question, [post.id for post in posts], actor, now)
    return Results(
        organisations=_organisations_named(question) if answer.page == 1 else [],
        found=[_found(post, sentences.get(post.id)) for post in posts],
        count=answer.count,
        is_cut=answer.count == MOST_FOUND,
        is_warming=encoder is None and not is_missing,
        is_missing=is_missing,
        is_changing=encoder is not None and answer.by_words_only,
        is_faint=answer.is_faint,
        understood=_understood(question, answer),
        paging=paging_at(answer.page, answer.pages, PER_PAGE, _page_url),
        again_url=request.full_path,
    )


def _understood(question: str, answer: SearchAnswer) -> str:
    languages = matcher().languages
    is_other = all(other_language(question, language) for language in languages)
    if answer.by_words_only or (answer.count and not answer.is_faint and not is_other):
        return ""
    return language_names(languages)


def _organisations_named(question: str) -> list[tuple[str, str]]:
    rows = db.session.execute(
        visible_organisations(current_actor())
        .where(Organisation.name.icontains(question, autoescape=True))
        .with_only_columns(Organisation.id, Organisation.name)
        .order_by(Organisation.name)
        .limit(MOST_ORGANISATIONS)
    )
    return [(row.name, url_for("organisations.show", organisation_id=row.id)) for row in rows]


def _encoder_if_warm() -> Encoder | None:
    """The encoder, or None while it is being loaded: hits by words are better than a waiting page."""
    try:
        return matcher().encoder()
    except EncoderIsWarmingError:
        return None


def _found(post: Post, sentence: FoundSentence | None) -> FoundPost:
    place = gettext("Remote") if post.is_remote else place_words(post.effective_place)
    ends_on = gettext("until %(day)s", day=day_words(post.ends_on)) if post.ends_on else ""
    return FoundPost(
        title=post.title,
        url=url_for("posts.show", post_id=post.id),
        side=post.side.value,
        side_words=str(POST_SIDES[post.side]),
        kind=str(POST_KINDS[post.kind]),
        organisation=post.organisation.name,
        organisation_url=url_for("organisations.show", organisation_id=post.organisation_id),
        is_ours=post.organisation_id in current_actor().organisation_ids,
        facts=[fact for fact in (place, ends_on) if fact],
        sentence=sentence.text if sentence else "",
        shared_words=list(sentence.shared_words) if sentence else [],
        title_words=list(sentence.title_words) if sentence else [],
    )


def _page_url(page: int) -> str:
    return _url("search.show", page)


def _url(endpoint: str, page: int | None = None) -> str:
    # Only what the form knows: any other name in the address could mean something to url_for.
    asked: dict[str, Any] = {name: request.args.get(name) or None for name in ("q", *FILTER_NAMES)}
    return url_for(endpoint, **asked, page=page)

"""Beside the form: what a reader would ask next, and who in the network may answer already."""

from dataclasses import dataclass

from flask import abort, render_template, request
from flask_babel.speaklater import LazyString

from matching.answers import Draft
from models.actor import Action
from models.coaching import ADVICE, Hint, coach, is_vague
from models.organisation import OrganisationState, Unit
from models.post import KINDS_OF_SIDE, TEXT_LIMIT, TITLE_LIMIT, Post, PostKind, PostSide
from models.text_language import other_language
from web.access import allowed
from web.loaders import load_unit
from web.localisation import lazy_gettext as _
from web.matcher import EncoderIsMissingError, EncoderIsWarmingError, matcher
from web.posts import blueprint
from web.posts.answers import Answers, answers_to_draft
from web.posts.forms import PostForm
from web.posts.records import empty_form

FEWEST_WORDS_FOR_PREVIEW = 3
# Encoding takes longer the longer a text is, and the preview is asked for at every pause of typing.
MOST_CHARACTERS_FOR_PREVIEW = 3_000

HINTS: dict[Hint, LazyString] = {
    Hint.LANGUAGE: _(
        "The text seems to be in another language than the one chosen under “Language of the text”. Choose the right"
        " one, or it is compared wrongly."
    ),
    Hint.MORE_WORDS: _(
        "Say a little more. Two or three sentences let the right reader recognise themselves."
    ),
    Hint.SKILLS: _("Which skills, tools, standards or topics? Name the two or three that matter most."),
    Hint.QUANTITY: _("How many people or places is it about?"),
    Hint.AMOUNT: _("How much money is it about, roughly, and what does it pay for?"),
    Hint.WHEN: _("From when, or by when?"),
    Hint.WHERE: _("Where is it, or can it be done from anywhere?"),
    Hint.RETURN: _("What would the other side gain? Say it in one sentence."),
    Hint.ONE_PURPOSE: _("This is long. Two posts with one purpose each are easier to answer."),
    Hint.KIND: _(
        "Mentors or lecturers, data or samples, and funding have kinds of their own. If you seek one of them, choose it"
        " under “Kind”: partners who offer it are then found first."
    ),
}


@dataclass(frozen=True)
class Advice:
    """What stands beside the form. ``mend`` names the field to look at first.

    ``answers`` are those to the beginning of a long text. They are None for too little text, an encoder that
    ``is_warming`` (it is still starting) or ``is_missing`` (it could not be loaded), or an organisation that sees
    nobody: it waits for its approval (``is_pending``), was refused or is closed.
    """

    side: PostSide
    hints: tuple[str, ...]
    mend: str
    is_vague: bool
    has_text: bool
    is_warming: bool
    is_missing: bool
    is_language_known: bool
    is_approved: bool
    is_pending: bool
    answers: Answers | None


@blueprint.post("/units/<int:unit_id>/posts/coach", endpoint="coach")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def show_advice(unit: Unit) -> str:
    """The part of the page beside the form, for what was typed so far. Reads only."""
    side = side_of_address() or abort(404)
    form = empty_form(side, unit, kind="")
    return render_template("posts/_advice.html", advice=advice_for(form, unit, side))


def side_of_address() -> PostSide | None:
    """The side that ``?side=`` names, None for anything else."""
    word = request.args.get("side", "")
    return PostSide(word) if word in set(PostSide) else None


def is_too_long(form: PostForm) -> bool:
    """Whether the text must be shortened before anything else is worth saying about it."""
    return len(form.text.data or "") > TEXT_LIMIT


def advice_for(form: PostForm, unit: Unit, side: PostSide) -> Advice | None:
    """Hints and a preview for a form in any state, valid or not; None for a text that is too long."""
    if is_too_long(form):
        return None
    hints = hints_for(form, unit, side)
    title = (form.title.data or "")[:TITLE_LIMIT]
    text = (form.text.data or "")[:MOST_CHARACTERS_FOR_PREVIEW]
    answers, is_warming, is_missing, is_known = None, False, False, True
    if len(f"{title} {text}".split()) >= FEWEST_WORDS_FOR_PREVIEW:
        draft = Draft(unit.id, side, _kind_of(form, side), title, text, form.language.data or "en")
        is_known = matcher().index.knows(draft.language)
        try:
            answers = answers_to_draft(draft) if unit.organisation.is_approved else None
        except EncoderIsMissingError:
            is_missing = True
        except EncoderIsWarmingError:
            is_warming = True
    return Advice(
        side=side,
        hints=tuple(str(HINTS[hint]) for hint in hints),
        mend=_field_to_mend(hints),
        is_vague=is_vague(hints),
        has_text=bool(title or text),
        is_warming=is_warming,
        is_missing=is_missing,
        is_language_known=is_known,
        is_approved=unit.organisation.is_approved,
        is_pending=unit.organisation.state is OrganisationState.PENDING,
        answers=answers,
    )


def _kind_of(form: PostForm, side: PostSide) -> PostKind:
    """The kind chosen so far; before that, the side's first, which is what most people post."""
    chosen = form.kind.data or ""
    return PostKind(chosen) if chosen in KINDS_OF_SIDE[side] else KINDS_OF_SIDE[side][0]


def hints_for(form: PostForm, unit: Unit, side: PostSide) -> list[Hint]:
    """The hints for a form in any state."""
    hints = coach(
        side=side,
        kind=PostKind(form.kind.data) if form.kind.data in set(PostKind) else None,
        title=form.title.data or "",
        text=form.text.data or "",
        quantity=form.quantity.data,
        has_dates=bool(form.starts_on.data or form.ends_on.data),
        has_place=bool(form.place.data or form.is_remote.data or unit.effective_place),
    )
    return _with_language(hints, f"{form.title.data}\n{form.text.data}", form.language.data or "en")


def _field_to_mend(hints: list[Hint]) -> str:
    """The text, unless nothing but its language holds the post back."""
    return "language" if set(hints) - ADVICE == {Hint.LANGUAGE} else "text"


def hints_for_post(post: Post) -> list[Hint]:
    """The hints for a post as it is kept."""
    hints = coach(
        side=post.side,
        kind=post.kind,
        title=post.title,
        text=post.text,
        quantity=post.quantity,
        has_dates=post.starts_on is not None or post.ends_on is not None,
        has_place=post.is_remote or post.effective_place is not None,
    )
    return _with_language(hints, post.matching_text, post.language)


def _with_language(hints: list[Hint], text: str, language: str) -> list[Hint]:
    return [Hint.LANGUAGE, *hints] if other_language(text, language) else hints

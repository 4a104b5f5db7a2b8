"""Writing a post: a new one, and changing one. A text that others see is encoded before the transaction."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matching.passages import drop_passages, store_encoded
from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_post_change
from models.coaching import is_vague
from models.organisation import Unit
from models.passage import Passage
from models.post import KINDS_OF_SIDE, Post, PostSide, PostState
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.loaders import load_post, load_unit
from web.localisation import gettext
from web.outcomes.origins import link_post, origin_of_address
from web.page_form import Page
from web.posts import blueprint
from web.posts.advice import Advice, advice_for, hints_for, is_too_long, side_of_address
from web.posts.crossing import CrossedField, merge_crossed
from web.posts.forms import PostForm
from web.posts.moves import words_of_publishing
from web.posts.records import (
    assign,
    audited,
    changes_between,
    empty_form,
    encoded,
    filled_form,
    has_fresh_passages,
    matching_text_of,
    sent_before,
)
from web.posts.words import VISIBILITY_HINTS


@blueprint.get("/units/<int:unit_id>/posts/new")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def new(unit: Unit) -> Page | Response:
    """The form of a new need or capability."""
    side = side_of_address()
    if side is None:
        return redirect(url_for("posts.choose", unit_id=unit.id), 303)
    origin = origin_of_address()
    kind = request.args.get("kind", "")
    # What came up in a talk becomes a post with one click; its kind can be changed later.
    otherwise = KINDS_OF_SIDE[side][0].value if origin.arguments else ""
    form = empty_form(side, unit, kind if kind in KINDS_OF_SIDE[side] else otherwise)
    # Whoever searched in vain need not write again what they asked for.
    form.title.data, form.text.data = origin.title, origin.text or request.args.get("text", "")
    return _form_page(form, unit, side, None)


@blueprint.post("/units/<int:unit_id>/posts/new", endpoint="new_now")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def new_now(unit: Unit) -> Page | Response:
    """Keep it as a draft, or publish it with its passages in the same transaction."""
    side = side_of_address() or abort(404)
    move = _move_of_form(otherwise="draft")
    form = empty_form(side, unit, kind="")
    stopped = _stopped(form, unit, side, move, post=None, is_published=move == "publish")
    if stopped:
        return stopped
    passages = encoded(matching_text_of(form), form.language.data) if move == "publish" else []
    unit = for_writing(Action.UNIT_POST, load_unit, unit.id)
    post = _flushed(unit, side, form, move)
    twin_id = sent_before(post)
    if twin_id is not None:
        _say_kept(post)
        db.session.rollback()
        return redirect(url_for("posts.show", post_id=twin_id, unit=unit.id), 303)
    store_encoded(db.session, post, passages)
    link_post(post)
    note_post_change(db.session, post.id)
    note_action(db.session, current_person_id(), f"post.{move}", post, unit.id)
    db.session.commit()
    _say_kept(post)
    return redirect(url_for("posts.show", post_id=post.id, unit=unit.id), 303)


@blueprint.get("/posts/<int:post_id>/edit")
@allowed(Action.POST_WRITE, load_post, "post_id")
def edit(post: Post) -> Page:
    """The form with the post as it stands."""
    return _form_page(filled_form(post), post.unit, post.side, post)


@blueprint.post("/posts/<int:post_id>/edit", endpoint="edit_now")
@allowed(Action.POST_WRITE, load_post, "post_id")
def edit_now(post: Post) -> Page | Response:
    """Keep the changes, unless somebody else changed the post since the form was opened."""
    move = _move_of_form(otherwise="save")
    form = filled_form(post)
    will_be_published = move == "publish" or post.state is PostState.PUBLISHED
    stopped = _stopped(form, post.unit, post.side, move, post, will_be_published)
    if stopped:
        return stopped
    text = matching_text_of(form)
    is_fresh = has_fresh_passages(post, text, form.language.data)
    passages = encoded(text, form.language.data) if will_be_published and not is_fresh else None
    post = for_writing(Action.POST_WRITE, load_post, post.id)
    if form.version.data != str(post.version):
        crossed = merge_crossed(form, post, is_publishing=move == "publish")
        if crossed:
            return _crossed_page(form, post, crossed)
    before, was_published = audited(post), post.state is PostState.PUBLISHED
    text_before = post.matching_text
    has_new_words = text != text_before
    assign(post, form)
    post.renew_if_rewritten(text_before, utc_now())
    _renew_passages(post, passages, is_fresh)
    if move == "publish":
        post.publish(utc_now())
    note_post_change(db.session, post.id)
    changes = changes_between(before, audited(post)) | ({"text": "changed"} if has_new_words else {})
    word = _audit_word(move, was_published)
    note_action(db.session, current_person_id(), f"post.{word}", post, post.unit_id, changes)
    db.session.commit()
    _say_kept(post, was_published=was_published)
    return redirect(url_for("posts.show", post_id=post.id), 303)


def _flushed(unit: Unit, side: PostSide, form: PostForm, move: str) -> Post:
    """The new post of this form in the open transaction, with its id."""
    post = Post(
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        author_id=current_person_id(),
        side=side,
    )
    assign(post, form)
    if move == "publish":
        post.publish(utc_now())
    db.session.add(post)
    db.session.flush()
    return post


def _move_of_form(otherwise: str) -> str:
    """Which button was pressed; ``otherwise`` for none of ours."""
    move = request.form.get("move", "")
    return move if move in {"check", "publish"} else otherwise


def _stopped(
    form: PostForm, unit: Unit, side: PostSide, move: str, post: Post | None, is_published: bool
) -> Page | None:
    """The page that is shown instead of keeping what was sent, or None if it may be kept."""
    if move == "check" and not is_too_long(form):
        return _form_page(form, unit, side, post, advice=advice_for(form, unit, side))
    if not form.is_valid_for(is_published):
        return _form_page(form, unit, side, post, advice=advice_for(form, unit, side)), 422
    hints = hints_for(form, unit, side)
    if move == "publish" and is_vague(hints) and not form.hints_seen.data:
        form.hints_seen.data = "1"
        return _form_page(form, unit, side, post, held=advice_for(form, unit, side)), 422
    return None


def _renew_passages(post: Post, passages: list[Passage] | None, is_fresh: bool) -> None:
    if passages is not None:
        store_encoded(db.session, post, passages)
    elif not is_fresh:
        # A draft or withdrawn post whose text changed: publishing encodes it anew.
        drop_passages(post)


def _crossed_page(form: PostForm, post: Post, crossed: list[CrossedField]) -> tuple[str, int]:
    """Show the form again with what was typed, and with what somebody else changed meanwhile."""
    db.session.rollback()
    return _form_page(form, post.unit, post.side, post, crossed=crossed), 409


def _form_page(
    form: PostForm,
    unit: Unit,
    side: PostSide,
    post: Post | None,
    advice: Advice | None = None,
    held: Advice | None = None,
    crossed: list[CrossedField] | None = None,
) -> str:
    return render_template(
        "posts/form.html",
        form=form,
        unit=unit,
        side=side.value,
        post=post,
        is_draft=post is None or post.state is PostState.DRAFT,
        advice=advice or held,
        is_held=held is not None,
        crossed=crossed,
        visibility_hints=VISIBILITY_HINTS,
        # The address says what the post comes from; both ways to it keep that.
        origin=origin_of_address().arguments if post is None else {},
    )


def _audit_word(move: str, was_published: bool) -> str:
    return "publish" if move == "publish" and not was_published else "edit"


def _say_kept(post: Post, was_published: bool = False) -> None:
    if was_published:
        flash(gettext("Saved. The change shows at once."), "success")
    elif post.state is PostState.PUBLISHED:
        flash(words_of_publishing(post), "success")
    else:
        flash(gettext("Saved. Others see it once you publish it."), "success")

"""What happens to a post after it was written: publish and withdraw."""

from flask import flash, redirect, render_template, url_for
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from matching.passages import store_encoded
from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_post_change
from models.coaching import is_vague
from models.organisation import OrganisationState
from models.post import ORGANISATION_CLOSED, Post, PostState, Visibility
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.loaders import load_post
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page
from web.posts import blueprint
from web.posts.advice import HINTS, hints_for_post
from web.posts.forms import PublishForm, WithdrawForm
from web.posts.records import encoded, has_fresh_passages

# Kept as a code, so that a reason can be counted and translated; own words are kept as they are.
WITHDRAWAL_REASONS: dict[str, LazyString] = {
    "found": _("We found what we were looking for"),
    "changed": _("Our plans have changed"),
    "mistake": _("It was posted by mistake"),
}


@blueprint.post("/posts/<int:post_id>/publish")
@allowed(Action.POST_WRITE, load_post, "post_id")
def publish(post: Post) -> Page | Response:
    """Publish a draft, or a withdrawn post again. A vague draft is held once, with a reader's questions."""
    obstacle = _obstacle(post)
    if obstacle:
        flash(obstacle, "error")
        return redirect(url_for("posts.edit", post_id=post.id), 303)
    form = PublishForm()
    hints = hints_for_post(post)
    if post.published_at is None and is_vague(hints) and not form.hints_seen.data:
        form.hints_seen.data = "1"
        words = [str(HINTS[hint]) for hint in hints]
        return render_template("posts/publish.html", form=form, post=post, hints=words), 422
    seen_version = post.version
    is_fresh = has_fresh_passages(post, post.matching_text, post.language)
    passages = None if is_fresh else encoded(post.matching_text, post.language)
    post = for_writing(Action.POST_WRITE, load_post, post.id)
    if post.version != seen_version:
        db.session.rollback()
        flash(gettext("The post was changed a moment ago. Look at it again, then publish it."), "warning")
        return redirect(url_for("posts.show", post_id=post.id), 303)
    if passages is not None:
        store_encoded(db.session, post, passages)
    post.publish(utc_now())
    note_post_change(db.session, post.id)
    note_action(db.session, current_person_id(), "post.publish", post, post.unit_id)
    db.session.commit()
    flash(words_of_publishing(post), "success")
    return redirect(url_for("posts.show", post_id=post.id), 303)


def words_of_publishing(post: Post) -> str:
    """What publishing did, without promising readers that the post does not have."""
    if post.visibility is Visibility.OWN_ORGANISATION:
        return str(gettext("Published. Only people of your organisation see it."))
    if post.organisation.is_approved:
        return str(gettext("Published. Others can find it now."))
    if post.organisation.state is OrganisationState.PENDING:
        return str(gettext("Published. Others can find it once your organisation is approved."))
    return str(gettext("Published. Your organisation is not in the network, so nobody else sees it."))


@blueprint.get("/posts/<int:post_id>/withdraw")
@allowed(Action.POST_WRITE, load_post, "post_id")
def withdraw(post: Post) -> Page | Response:
    """Ask for the reason."""
    if post.state is not PostState.PUBLISHED:
        return redirect(url_for("posts.show", post_id=post.id), 303)
    return _reason_page(_withdraw_form(), post)


@blueprint.post("/posts/<int:post_id>/withdraw", endpoint="withdraw_now")
@allowed(Action.POST_WRITE, load_post, "post_id")
def withdraw_now(post: Post) -> Page | Response:
    """Take it back. It leaves all lists at once and can be published again."""
    form = _withdraw_form()
    if not form.validate_on_submit():
        return _reason_page(form, post), 422
    post = for_writing(Action.POST_WRITE, load_post, post.id)
    # Sent twice, it changes nothing the second time.
    if post.state is PostState.PUBLISHED:
        post.withdraw(utc_now(), form.words.data if form.reason.data == "other" else form.reason.data)
        note_post_change(db.session, post.id)
        note_action(db.session, current_person_id(), "post.withdraw", post, post.unit_id)
    db.session.commit()
    flash(gettext("Withdrawn. Nobody else sees it now. You can publish it again at any time."), "success")
    return redirect(url_for("posts.show", post_id=post.id), 303)


def reason_words(reason: str) -> str:
    """A kept reason in the reader's language, or the own words of whoever withdrew."""
    if reason == ORGANISATION_CLOSED:
        return str(gettext("The organisation was closed."))
    return str(WITHDRAWAL_REASONS.get(reason, reason))


def _obstacle(post: Post) -> str | None:
    """What must be mended before the post can be published, in words."""
    if not post.text:
        return str(gettext("Describe it in a few sentences before you publish it."))
    if post.has_expired(utc_now()):
        return str(gettext("Its last day is over. Choose a later date under “Until”, then publish it."))
    return None


def _withdraw_form() -> WithdrawForm:
    form = WithdrawForm()
    choices = {**WITHDRAWAL_REASONS, "other": _("Another reason")}
    form.reason.choices = [SelectChoice(code, words) for code, words in choices.items()]
    return form


def _reason_page(form: WithdrawForm, post: Post) -> str:
    return render_template("posts/withdraw.html", form=form, post=post)

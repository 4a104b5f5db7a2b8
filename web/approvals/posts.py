"""Which posts the operator withdraws: finding them, and telling their unit why."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_post_change
from models.organisation import Organisation, OrganisationState
from models.person import Membership, MembershipState, Person, Role
from models.policy import visible_posts
from models.post import Post, PostState, Visibility
from web.access import allowed, current_actor, current_person_id, for_writing, operator_only
from web.approvals import blueprint
from web.approvals.forms import FindForm, ReasonForm, is_named
from web.approvals.pages import DATE_FORMAT, admins_of_whole
from web.database import db
from web.labels import POST_KINDS
from web.letters import write_letter
from web.loaders import load_post
from web.localisation import gettext
from web.page_form import Page

MOST_POSTS = 100


@dataclass(frozen=True)
class PostRow:
    title: str
    facts: str
    since: str
    withdraw_url: str


@blueprint.get("/approvals/posts")
@operator_only
def posts() -> str:
    form = FindForm(request.args)
    statement = (
        visible_posts(current_actor(), utc_now())
        .join(Post.organisation)
        .options(contains_eager(Post.organisation), joinedload(Post.unit))
        .where(
            Post.state == PostState.PUBLISHED,
            Post.visibility != Visibility.OWN_ORGANISATION,
            Organisation.state == OrganisationState.APPROVED,
            is_named(form, Post.title, Organisation.name),
        )
    )
    # One more than is shown tells whether there are others.
    newest = statement.order_by(Post.published_at.desc(), Post.id.desc()).limit(MOST_POSTS + 1)
    found = db.session.scalars(newest).all()
    rows = [_post_row(post) for post in found[:MOST_POSTS]]
    return render_template("approvals/posts.html", form=form, rows=rows, is_cut=len(found) > MOST_POSTS)


@blueprint.route("/approvals/posts/<int:post_id>/withdraw", methods=["GET", "POST"])
@allowed(Action.POST_MODERATE, load_post, "post_id")
def withdraw(post: Post) -> Page | Response:
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template("approvals/withdraw.html", form=form, post=post, row=_post_row(post))
        return (page, 422) if form.is_submitted() else page
    post = for_writing(Action.POST_MODERATE, load_post, post.id)
    post.withdraw(utc_now(), form.reason.data)
    note_post_change(db.session, post.id)
    note_action(db.session, current_person_id(), "post.moderate", post, post.unit_id)
    _tell_people_of(post)
    db.session.commit()
    flash(gettext("The post is withdrawn. Its unit gets a mail with your reason."), "success")
    return redirect(url_for("approvals.posts"), 303)


def _tell_people_of(post: Post) -> None:
    """Mail to the author and to everybody who writes this unit's posts."""
    members = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.unit_id == post.unit_id,
            Membership.state == MembershipState.ACTIVE,
            Membership.role.in_((Role.MEMBER, Role.OFFICE)),
        )
    )
    people = {person.id: person for person in db.session.scalars(members)}
    if post.author is not None:
        people[post.author.id] = post.author
    recipients = [person for person in people.values() if person.left_at is None] or admins_of_whole(
        post.organisation
    )
    for person in recipients:
        write_letter(
            kind="post.moderated",
            record=post,
            recipient=person,
            subject=gettext("Your post “%(title)s” was withdrawn", title=post.title),
            template="approvals/mail/withdrawn.txt",
            values={"post": post},
        )


def _post_row(post: Post) -> PostRow:
    facts = [str(POST_KINDS[post.kind]), post.organisation.name, post.unit.name]
    return PostRow(
        title=post.title,
        facts=" · ".join(dict.fromkeys(facts)),
        since=format_date(post.published_at, DATE_FORMAT),
        withdraw_url=url_for("approvals.withdraw", post_id=post.id),
    )

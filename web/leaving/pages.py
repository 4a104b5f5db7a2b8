"""The page on which somebody closes their account, and the file of their data."""

import json

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_login import logout_user as forget_who_asks
from flask_security import logout_user, verify_password
from werkzeug.wrappers import Response
from wtforms import PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from models.base import utc_now
from models.database import begin_write
from models.outbox import WORDS_KEPT
from models.person import Person
from web.access import current_person, current_person_id, signed_in
from web.database import db
from web.leaving import blueprint
from web.leaving.belongings import belongings_of
from web.leaving.closing import (
    close_account,
    hold_leaver,
    is_last_operator,
    left_to_nobody,
    left_without_admin,
)
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm

KEEP, REMOVE = "keep", "remove"


class ClosingForm(PageForm):
    name_choice = RadioField(
        _("Your name, where you took part"),
        choices=[
            SelectChoice(KEEP, _("Keep it")),
            SelectChoice(REMOVE, _("Put “Somebody who left” in its place")),
        ],
        validators=[InputRequired(_("Choose what becomes of your name."))],
    )
    password = PasswordField(_("Your password"), validators=[DataRequired(_("Type your password."))])


@blueprint.get("/settings/data")
@signed_in
def data() -> FlaskResponse:
    """What the portal keeps about whoever asks, as a file."""
    person = current_person()
    words = json.dumps(belongings_of(db.session, person), ensure_ascii=False, indent=2)
    answer = FlaskResponse(words + "\n", content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="counterpart-my-data.json"'
    return answer


@blueprint.route("/settings/close", methods=["GET", "POST"])
@signed_in
def close() -> Page | Response:
    form = ClosingForm()
    if not form.validate_on_submit():
        page = _page(form)
        return (page, 422) if form.is_submitted() else page
    if not _is_their_password(form.password.data or ""):
        form.password.errors = [gettext("This is not your password.")]
        return _page(form), 422
    person_id = current_person_id()
    begin_write(db.session)
    person = hold_leaver(db.session, person_id)
    if person.left_at is not None:
        # A second click waited for the first one, which has done it all; no account is left to look at.
        db.session.rollback()
        forget_who_asks()
        return _said_goodbye()
    obstacles = _obstacles(person)
    if obstacles:
        db.session.rollback()
        form.form_errors.extend(obstacles)
        return _page(form), 409
    # Signing out looks at the account, so it comes before the account goes.
    logout_user()
    close_account(db.session, person, form.name_choice.data == KEEP, person_id, utc_now())
    db.session.commit()
    return _said_goodbye()


def _page(form: ClosingForm) -> str:
    person = current_person()
    names = [organisation.name for organisation in left_to_nobody(db.session, person)]
    return render_template("leaving/close.html", form=form, days=WORDS_KEPT.days, left_to_nobody=names)


def _said_goodbye() -> Response:
    flash(gettext("Your account is closed. Thank you for having been here."), "success")
    return redirect(url_for("home.show"), 303)


def _is_their_password(typed: str) -> bool:
    # Keyboards write "ä" in two ways, so the library kept the hash of one of them.
    security = current_app.extensions["security"]
    return bool(verify_password(security.password_util.normalize(typed), current_user.password))


def _obstacles(person: Person) -> list[str]:
    """What must be done before: nobody leaves an organisation, or the portal, without somebody to look after it."""
    obstacles = [
        gettext(
            "You are the last admin of %(name)s. Make somebody else admin of the whole organisation first.",
            name=organisation.name,
        )
        for organisation in left_without_admin(db.session, person)
    ]
    if is_last_operator(db.session, person):
        obstacles.append(
            gettext("You are the last operator of this portal. Make somebody else operator first.")
        )
    return obstacles

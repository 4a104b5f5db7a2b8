"""What a person may set for themselves, and the way out everywhere."""

from uuid import uuid4
from zoneinfo import available_timezones

from babel import Locale
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_security import logout_user
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.audit import note_action
from models.database import begin_write
from models.person import ContactPermission, DigestFrequency, Person
from web.access import current_person, signed_in
from web.accounts.account import Account
from web.accounts.forms import NAME_LIMIT
from web.choices import choices_of
from web.database import db
from web.form_text import at_most, no_control_characters, stripped
from web.localisation import LOCALES, gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm
from web.text_fields import line_field

blueprint = Blueprint("settings", __name__)

CONTACT_PERMISSIONS = {
    ContactPermission.ASK_FIRST: _("Ask first"),
    ContactPermission.TELL_US: _("Tell our partnership office"),
    ContactPermission.FEEL_FREE: _("Feel free to write to me"),
}
DIGESTS = {
    DigestFrequency.DAILY: _("Each morning"),
    DigestFrequency.WEEKLY: _("Each Monday morning"),
    DigestFrequency.OFF: _("Never"),
}
# Aliases such as "US/Pacific" are left out: each place has one name.
CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


class SettingsForm(PageForm):
    name = line_field(_("Your name"), NAME_LIMIT, missing=_("Enter your name."))
    title = StringField(
        _("What you do"), filters=[stripped], validators=[at_most(NAME_LIMIT), no_control_characters]
    )
    locale = SelectField(_("Language of the pages"), validators=[InputRequired()])
    zone = SelectField(_("Your time zone"), validators=[InputRequired()])
    contact_permission = RadioField(
        _("How may people of other organisations approach you?"),
        choices=choices_of(CONTACT_PERMISSIONS),
        coerce=ContactPermission,
        validators=[InputRequired(_("Choose how people may approach you."))],
    )
    digest = RadioField(
        _("How often do we write to you what needs you?"),
        choices=choices_of(DIGESTS),
        coerce=DigestFrequency,
        validators=[InputRequired(_("Choose how often we write to you."))],
    )
    version = IntegerField()


@blueprint.route("/settings", methods=["GET", "POST"])
@signed_in
def show() -> Page | Response:
    form = SettingsForm(obj=current_person())
    form.locale.choices = [SelectChoice(code, Locale.parse(code).display_name or code) for code in LOCALES]
    form.zone.choices = zone_choices()
    if not form.validate_on_submit():
        page = render_template("settings/show.html", form=form, email=current_user.email)
        return (page, 422) if form.is_submitted() else page
    begin_write(db.session)
    person: Person = current_person()
    if form.version.data != person.version:
        form.form_errors.append(
            gettext("You changed your settings elsewhere meanwhile. Check them below and save again.")
        )
        form.version.raw_data = None
        form.version.data = person.version
        return render_template("settings/show.html", form=form, email=current_user.email), 409
    person.name = form.name.data
    person.title = form.title.data
    person.locale = form.locale.data
    person.zone = form.zone.data
    person.contact_permission = form.contact_permission.data
    person.digest = form.digest.data
    note_action(db.session, person.id, "person.edit", person)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("settings.show"), 303)


@blueprint.post("/settings/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Response:
    begin_write(db.session)
    account = db.session.get_one(Account, current_user.id)
    account.fs_uniquifier = uuid4().hex
    note_action(db.session, account.person_id, "account.sign_out_everywhere", account)
    db.session.commit()
    logout_user()
    flash(gettext("You are signed out on every device."), "success")
    return redirect(url_for("security.login"), 303)


def zone_choices() -> list[SelectChoice]:
    """Every time zone by the name of its largest town, "UTC" first."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in CONTINENTS)
    return [SelectChoice("UTC"), *(SelectChoice(name, name.replace("_", " ")) for name in names)]

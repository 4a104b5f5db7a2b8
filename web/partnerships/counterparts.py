"""The people of each side: who looks after the partnership, with whom, and what they want from it."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.partnership import Counterpart, Partnership, PartnershipState, PrivateGoal
from models.partnership_people import current_counterparts
from models.side import Side
from models.unit_people import colleagues
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.loaders import load_counterpart, load_partnership
from web.localisation import gettext
from web.page_form import Page, PageForm
from web.partnerships import blueprint
from web.partnerships.forms import CounterpartForm
from web.partnerships.refusing import turned_away
from web.partnerships.sides import my_side

# Where they stand on the page of the partnership.
PEOPLE = "people"


@blueprint.get("/partnerships/<int:partnership_id>/people/new")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def add_person(partnership: Partnership) -> Page | Response:
    """Name somebody of the own side."""
    if _is_over(partnership):
        return _nobody_any_more(partnership)
    form = CounterpartForm(formdata=None)
    _offer_choices(form, partnership, my_side(partnership), None)
    return _page(form, partnership, None)


@blueprint.post("/partnerships/<int:partnership_id>/people/new", endpoint="name_person")
@allowed(Action.PARTNERSHIP_ACT, load_partnership, "partnership_id")
def name_person(partnership: Partnership) -> Page | Response:
    """Keep the name. Whoever is named may see the partnership and work on it."""
    form = CounterpartForm()
    _offer_choices(form, partnership, my_side(partnership), None)
    if not form.validate_on_submit():
        return _page(form, partnership, None), 422
    partnership = for_writing(Action.PARTNERSHIP_ACT, load_partnership, partnership.id)
    if _is_over(partnership):
        return _nobody_any_more(partnership)
    side = my_side(partnership)
    person_id = int(form.person.data)
    if all(entry.person_id != person_id for entry in current_counterparts(partnership, side)):
        entry = Counterpart(partnership_id=partnership.id, side=side, person_id=person_id)
        _take_over(form, entry)
        db.session.add(entry)
        db.session.flush()
        _keep_private_goals(entry, form.private_goals.data)
        note_action(db.session, current_person_id(), "counterpart.add", entry)
    target = _address_of_people(partnership)
    db.session.commit()
    flash(gettext("Named. Both sides see who it is and what they want."), "success")
    return redirect(target, 303)


@blueprint.get("/counterparts/<int:counterpart_id>/edit")
@allowed(Action.COUNTERPART_WRITE, load_counterpart, "counterpart_id")
def edit_person(entry: Counterpart) -> str:
    """Change what is said about somebody of the own side."""
    form = CounterpartForm(
        formdata=None,
        person=str(entry.person_id),
        part=entry.part,
        works_with=str(entry.works_with_id or ""),
        goals=entry.goals,
        private_goals=_private_goals(entry),
        version=str(entry.version),
    )
    _offer_choices(form, entry.partnership, entry.side, entry)
    return _page(form, entry.partnership, entry)


@blueprint.post("/counterparts/<int:counterpart_id>/edit", endpoint="save_person")
@allowed(Action.COUNTERPART_WRITE, load_counterpart, "counterpart_id")
def save_person(entry: Counterpart) -> Page | Response:
    """Keep the change, unless somebody else changed it meanwhile."""
    form = CounterpartForm()
    _offer_choices(form, entry.partnership, entry.side, entry)
    if not form.validate_on_submit():
        return _page(form, entry.partnership, entry), 422
    entry = for_writing(Action.COUNTERPART_WRITE, load_counterpart, entry.id)
    if str(entry.version) != form.version.data:
        db.session.rollback()
        form.version.data = str(entry.version)
        return _page(form, entry.partnership, entry, changed=entry.goals), 409
    _take_over(form, entry)
    _keep_private_goals(entry, form.private_goals.data)
    note_action(db.session, current_person_id(), "counterpart.edit", entry)
    target = _address_of_people(entry.partnership)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(target, 303)


@blueprint.post("/counterparts/<int:counterpart_id>/remove")
@allowed(Action.COUNTERPART_WRITE, load_counterpart, "counterpart_id")
def remove_person(entry: Counterpart) -> Response:
    """They no longer look after it. The row stays for the history; what they kept to themselves goes."""
    partnership = entry.partnership
    if not PageForm().validate_on_submit():
        why = gettext("The page was open too long. Press the button again.")
        return turned_away(partnership, why, "error", PEOPLE)
    entry = for_writing(Action.COUNTERPART_WRITE, load_counterpart, entry.id)
    entry.ended_at = utc_now()
    _keep_private_goals(entry, "")
    note_action(db.session, current_person_id(), "counterpart.end", entry)
    target = url_for("partnerships.index")
    # Whoever was here only by this name does not see the partnership afterwards.
    if entry.person_id != current_person_id():
        target = _address_of_people(entry.partnership)
    db.session.commit()
    flash(gettext("No longer named."), "success")
    return redirect(target, 303)


def _offer_choices(
    form: CounterpartForm, partnership: Partnership, side: Side, entry: Counterpart | None
) -> None:
    """People of the own side who are not named yet, and the named ones of the other side."""
    taken = {other.person_id for other in current_counterparts(partnership, side) if other is not entry}
    people = [
        person
        for person in colleagues(db.session, partnership.unit_of(side))
        if person.id not in taken and (entry is None or person.id == entry.person_id)
    ]
    if entry is not None and all(person.id != entry.person_id for person in people):
        people.append(entry.person)
    form.person.choices = [SelectChoice(str(person.id), person.name) for person in people]
    if entry is None:
        form.person.choices.insert(0, SelectChoice("", gettext("Choose")))
    form.works_with.choices = [
        SelectChoice("", gettext("Nobody yet")),
        *(
            SelectChoice(str(other.id), other.person.name)
            for other in current_counterparts(partnership, side.other)
        ),
    ]


def _take_over(form: CounterpartForm, entry: Counterpart) -> None:
    entry.part = form.part.data
    entry.goals = form.goals.data
    entry.works_with_id = int(form.works_with.data) if form.works_with.data else None


def _private_goals(entry: Counterpart) -> str:
    text = db.session.scalar(select(PrivateGoal.text).where(PrivateGoal.counterpart_id == entry.id))
    return text or ""


def _keep_private_goals(entry: Counterpart, text: str) -> None:
    kept = db.session.scalar(select(PrivateGoal).where(PrivateGoal.counterpart_id == entry.id))
    if kept is not None and not text:
        db.session.delete(kept)
    elif kept is not None:
        kept.text = text
    elif text:
        db.session.add(PrivateGoal(counterpart_id=entry.id, text=text))


def _is_over(partnership: Partnership) -> bool:
    return partnership.state not in {PartnershipState.ACTIVE, PartnershipState.PROPOSED}


def _address_of_people(partnership: Partnership) -> str:
    return url_for("partnerships.show", partnership_id=partnership.id, _anchor=PEOPLE)


def _nobody_any_more(partnership: Partnership) -> Response:
    return turned_away(partnership, gettext("Nobody is named any more: it is over."), anchor=PEOPLE)


def _page(
    form: CounterpartForm, partnership: Partnership, entry: Counterpart | None, changed: str | None = None
) -> str:
    return render_template(
        "partnerships/person.html", form=form, partnership=partnership, entry=entry, changed=changed
    )

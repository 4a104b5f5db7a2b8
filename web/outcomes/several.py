"""Logging several outcomes at once: a list of what is missing, one save. Rows with errors stay, the others are kept."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.base import utc_now
from models.dealings_policy import sides_of
from models.outcome_rules import outcome_of
from web.access import authorised, current_actor, current_person, current_person_id, for_writing, signed_in
from web.database import db
from web.loaders import load_meeting
from web.localisation import ngettext
from web.moments import period_words, viewer_zone
from web.outcomes import blueprint
from web.outcomes.missing import Missing, missing_outcomes
from web.outcomes.recording import record_account, today_of
from web.outcomes.row_form import SAID, RowForm
from web.outcomes.undoing import undo_offer
from web.page_form import Page, PageForm
from web.sides import side_name


@dataclass(frozen=True)
class Row:
    """One meeting of the list, with its part of the form."""

    missing: Missing
    key: str
    partner_name: str
    title: str
    when: str
    form: RowForm


@blueprint.get("/outcomes/several")
@signed_in
def several() -> str:
    """Every meeting that is over and of which our side has told nothing."""
    return _page(_rows(), PageForm())


@blueprint.post("/outcomes/several", endpoint="several_now")
@signed_in
def several_now() -> Page | Response:
    """Keep every row that was filled in and is right; leave the others as they were typed."""
    guard = PageForm()
    if not guard.validate_on_submit():
        return _page(_rows(), guard), 422
    told = [row for row in _rows() if row.form.is_touched]
    valid = [row for row in told if row.form.validate()]
    kept = _keep(valid)
    wrong = [row for row in told if row not in valid]
    gone = _told_by_others(told)
    if gone:
        flash(
            ngettext(
                "%(num)d meeting was told by a colleague meanwhile and is not on the list any more.",
                "%(num)d meetings were told by a colleague meanwhile and are not on the list any more.",
                gone,
            ),
            "warning",
        )
    if not wrong:
        return redirect(url_for("outcomes.several", kept=kept), 303)
    return _page(_with_typed(wrong), guard, kept), 422


def _keep(rows: list[Row]) -> list[int]:
    """Record the rows in one transaction; return the ids of the accounts."""
    if not rows:
        return []
    now, person_id = utc_now(), current_person_id()
    kept: list[int] = []
    for row in sorted(rows, key=lambda row: row.missing.meeting.id):
        side, meeting_id = row.missing.side, row.missing.meeting.id
        load = authorised if kept else for_writing
        meeting = load(Action.MEETING_CHANGE, load_meeting, meeting_id)
        is_ours = side in sides_of(current_actor(), meeting.introduction)
        if is_ours and outcome_of(db.session, meeting, side) is None:
            told = row.form.told(person_id)
            outcome = record_account(db.session, meeting, side, told, person_id, now)
            db.session.flush()
            kept.append(outcome.id)
    db.session.commit()
    return kept


def _rows() -> list[Row]:
    today = today_of(current_person(), utc_now())
    return [_row(missing, RowForm.for_key(missing.key, today)) for missing in missing_outcomes(utc_now())]


def _with_typed(wrong: list[Row]) -> list[Row]:
    """What is missing now; the wrong rows keep what was typed and their errors."""
    forms = {row.key: row.form for row in wrong}
    today = today_of(current_person(), utc_now())
    return [
        _row(missing, forms.get(missing.key) or RowForm.for_key(missing.key, today, is_fresh=True))
        for missing in missing_outcomes(utc_now())
    ]


def _row(missing: Missing, form: RowForm) -> Row:
    meeting = missing.meeting
    return Row(
        missing=missing,
        key=missing.key,
        partner_name=side_name(meeting.introduction, missing.side.other),
        title=meeting.title,
        when=period_words(meeting.starts_at, meeting.ends_at, viewer_zone()),
        form=form,
    )


def _told_by_others(told: list[Row]) -> int:
    """How many rows were filled in here that are no longer missing, and that we did not keep ourselves."""
    listed = {row.key for row in told}
    filled = {
        key
        for key in request.form.getlist("row")
        if any(request.form.get(f"{key}-{name}", "").strip() for name in SAID)
    }
    return len(filled - listed)


def _page(rows: list[Row], form: PageForm, kept: list[int] | None = None) -> str:
    return render_template(
        "outcomes/several.html",
        rows=rows,
        form=form,
        wrong=[row for row in rows if row.form.errors],
        undo=undo_offer(kept if kept is not None else request.args.getlist("kept", type=int)),
    )

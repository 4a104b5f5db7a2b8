"""Logging an outcome: one page, one minute."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.actor import Action
from models.base import utc_now
from models.follow_up import FollowUp
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.outcome_rules import outcome_of
from models.summaries import summaries_of
from web.access import allowed, current_person, current_person_id, for_writing
from web.database import db
from web.loaders import load_meeting
from web.localisation import gettext
from web.moments import day_words, period_words, viewer_zone
from web.outcomes import blueprint
from web.outcomes.forms import HELD, MOVED, OutcomeForm
from web.outcomes.letters import write_of_summary
from web.outcomes.recording import (
    fill,
    next_step_of,
    record_account,
    record_summary,
    today_of,
    version_of,
)
from web.outcomes.sides import Stand, is_reader, people_of_side, refuse_unless_reader, stand_of
from web.outcomes.words import DECISIONS, INTERESTS
from web.page_form import Page


@dataclass(frozen=True)
class Account:
    """Our side's account as it stands, with its open next step."""

    stand: Stand
    outcome: Outcome | None
    step: FollowUp | None


@blueprint.get("/meetings/<int:meeting_id>/outcome/log")
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def log(meeting: Meeting) -> Page:
    """The form, empty or as our side told it before."""
    account = _account_of(meeting)
    form = _form_for(meeting, account)
    fill(form, account.outcome, account.step, current_person_id())
    return _form_page(form, meeting, account)


@blueprint.post("/meetings/<int:meeting_id>/outcome/log", endpoint="log_now")
@allowed(Action.MEETING_CHANGE, load_meeting, "meeting_id")
def log_now(meeting: Meeting) -> Page | Response:
    """Keep the account with all that follows, unless a colleague told another one meanwhile."""
    account = _account_of(meeting)
    form = _form_for(meeting, account)
    if form.held.data == MOVED and not form.refuse_words_of_a_moved_meeting():
        return redirect(url_for("meetings.move", meeting_id=meeting.id), 303)
    if form.errors or not form.is_valid():
        return _form_page(form, meeting, account), 422
    meeting = for_writing(Action.MEETING_CHANGE, load_meeting, meeting.id)
    account = _account_of(meeting)
    if (form.version.data or "") != version_of(account.outcome, account.step):
        return _crossed_page(form, meeting, account)
    now, side, person_id = utc_now(), account.stand.side, current_person_id()
    record_account(db.session, meeting, side, form.told(person_id), person_id, now)
    if form.held.data == HELD and form.summary.data:
        summary = record_summary(db.session, meeting, side, form.summary.data, person_id, now)
        write_of_summary(summary)
    # Whoever writes for the unit may tell it, though what is told is for the office and those who take part.
    page = "outcomes.show" if is_reader(meeting, account.stand) else "meetings.show"
    target = url_for(page, meeting_id=meeting.id)
    db.session.commit()
    flash(_words_of_keeping(form), "success")
    return redirect(target, 303)


def _account_of(meeting: Meeting) -> Account:
    """Ends the request with 403 where an account exists that the person may not read, and leads away from a meeting
    of which there is nothing to tell.
    """
    if meeting.state is MeetingState.CANCELLED:
        _lead_away(meeting, gettext("This meeting was cancelled, so there is no outcome to log."))
    if utc_now() < meeting.ends_at:
        _lead_away(meeting, gettext("This meeting is not over yet. Log its outcome afterwards."))
    stand = stand_of(meeting)
    outcome = outcome_of(db.session, meeting, stand.side)
    if outcome is not None:
        refuse_unless_reader(meeting, stand)
    return Account(stand, outcome, next_step_of(db.session, meeting, stand.ours))


def _lead_away(meeting: Meeting, reason: str) -> None:
    flash(reason, "warning")
    abort(redirect(url_for("meetings.show", meeting_id=meeting.id), 303))


def _form_for(meeting: Meeting, account: Account) -> OutcomeForm:
    form = OutcomeForm()
    me = current_person()
    owners = people_of_side(meeting.introduction, account.stand.side)
    owners = [me, *(person for person in owners if person.id != me.id)]
    if account.step is not None and account.step.owner is not None and account.step.owner not in owners:
        owners.append(account.step.owner)
    form.offer(today_of(me, utc_now()), owners, me.id, account.stand.partner_name)
    form.needs_step = account.outcome is None or account.step is not None
    return form


def _crossed_page(form: OutcomeForm, meeting: Meeting, account: Account) -> tuple[str, int]:
    """Show the form again with what was typed, and beside it what a colleague told meanwhile."""
    db.session.rollback()
    account = _account_of(meeting)
    form.version.data = version_of(account.outcome, account.step)
    return _form_page(form, meeting, account, crossed=_facts_of(account)), 409


def _facts_of(account: Account) -> list[tuple[str, str]]:
    facts = []
    if account.outcome is not None:
        outcome = account.outcome
        facts = [
            (gettext("Did you meet?"), gettext("Yes") if outcome.held else gettext("No")),
            (gettext("Our interest"), str(INTERESTS[outcome.our_interest])),
            (gettext("Their interest, as we felt it"), str(INTERESTS[outcome.their_interest])),
            (gettext("What was decided?"), str(DECISIONS[outcome.decision])),
            (gettext("The decision in one line"), outcome.agreed),
            (gettext("Feedback"), outcome.feedback),
        ]
    if account.step is not None:
        facts.append((gettext("What happens next?"), account.step.text))
        facts.append((gettext("By when?"), day_words(account.step.due_on)))
    return facts


def _form_page(
    form: OutcomeForm, meeting: Meeting, account: Account, crossed: list[tuple[str, str]] | None = None
) -> str:
    ours = account.stand.ours
    notes = [note for note in ours.notes if note.meeting_id == meeting.id] if ours else []
    return render_template(
        "outcomes/log.html",
        form=form,
        meeting_id=meeting.id,
        when=period_words(meeting.starts_at, meeting.ends_at, viewer_zone()),
        partner_name=account.stand.partner_name,
        is_change=account.outcome is not None,
        has_summary=bool(summaries_of(db.session, meeting)),
        notes=[(note.person.name, note.text) for note in notes] if account.outcome else [],
        crossed=crossed,
    )


def _words_of_keeping(form: OutcomeForm) -> str:
    if form.step.data and form.due_day is not None:
        return str(gettext("Saved. The next step is due on %(day)s.", day=day_words(form.due_day)))
    return str(gettext("Saved."))

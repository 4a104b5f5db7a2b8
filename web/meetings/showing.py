"""Looking at meetings: one, the list, and one as a file for a calendar."""

from typing import Any

from flask import Response, current_app, render_template, request, url_for
from sqlalchemy import Select, and_, exists, func, or_, select

from models.actor import Action, Actor
from models.base import utc_now
from models.dealings_policy import visible_meetings
from models.meeting import Meeting, MeetingAttendee, MeetingState
from web.access import allowed, current_actor, signed_in
from web.database import db
from web.loaders import load_meeting
from web.meetings import blueprint
from web.meetings.answers import meeting_lines, meeting_view
from web.meetings.bringing import bring_form
from web.meetings.calendar_text import Method
from web.meetings.forms import AnswerForm
from web.meetings.letters import calendar_part
from web.meetings.records import with_sides
from web.moments import viewer_zone, zone_words
from web.paging import paging_of

PER_PAGE = 20


@blueprint.get("/meetings/")
@signed_in
def index() -> str:
    """My meetings, or with ``?whose=side`` all that I may see; what lies ahead, or with ``?when=past`` what is over."""
    actor = current_actor()
    is_past = request.args.get("when") == "past"
    is_mine = request.args.get("whose") != "side"
    statement = _listed(actor, is_past, is_mine)
    number = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    kept: dict[str, Any] = {"when": "past" if is_past else None, "whose": None if is_mine else "side"}
    paging = paging_of(number, PER_PAGE, lambda page: url_for("meetings.index", **kept, page=page))
    order = Meeting.starts_at.desc() if is_past else Meeting.starts_at
    rows = with_sides(statement.order_by(order, Meeting.id).limit(PER_PAGE).offset(paging.skipped))
    return render_template(
        "meetings/index.html",
        lines=meeting_lines(actor, db.session.scalars(rows).all(), utc_now()),
        is_past=is_past,
        is_mine=is_mine,
        zone=zone_words(viewer_zone()),
        paging=paging,
        **kept,
    )


@blueprint.get("/meetings/<int:meeting_id>")
@allowed(Action.MEETING_SEE, load_meeting, "meeting_id")
def show(meeting: Meeting) -> str:
    """One meeting: who, when, where, and what can be done about it."""
    view = meeting_view(db.session, current_actor(), meeting, utc_now())
    ours = [side.side for side in view.sides if side.is_ours and view.is_open]
    bring = {side: bring_form(meeting, side) for side in ours}
    return render_template("meetings/show.html", meeting=view, form=AnswerForm(), bring=bring)


@blueprint.get("/meetings/<int:meeting_id>/meeting.ics")
@allowed(Action.MEETING_SEE, load_meeting, "meeting_id")
def download(meeting: Meeting) -> Response:
    """The meeting as a file, for a calendar that did not take it from the mail."""
    is_cancelled = meeting.state is MeetingState.CANCELLED
    part = calendar_part(meeting, Method.CANCEL if is_cancelled else Method.REQUEST)
    return current_app.response_class(
        part.text,
        content_type=f"text/calendar; charset=utf-8; method={part.method}",
        headers={"Content-Disposition": f'attachment; filename="meeting-{meeting.id}.ics"'},
    )


def _listed(actor: Actor, is_past: bool, is_mine: bool) -> Select[Meeting]:
    """Cancelled meetings stand among those that are over."""
    is_over = or_(Meeting.ends_at <= utc_now(), Meeting.state != MeetingState.SCHEDULED)
    statement = visible_meetings(actor).where(is_over if is_past else ~is_over)
    if not is_mine:
        return statement
    invited = exists().where(
        and_(MeetingAttendee.meeting_id == Meeting.id, MeetingAttendee.person_id == actor.person_id)
    )
    return statement.where(invited)

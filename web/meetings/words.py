"""What meetings are called on pages and in mails."""

from collections.abc import Collection

from flask_babel import LazyString

from models.booking import Conflict
from models.meeting import Attendance, Meeting, MeetingMode, MeetingState
from models.wall_time import NoSuchTimeError
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import period_words_for_both, viewer_zone, zone_words

MODES: dict[MeetingMode, LazyString] = {
    MeetingMode.IN_PERSON: _("In person"),
    MeetingMode.VIDEO: _("Video call"),
    MeetingMode.PHONE: _("Phone call"),
}
STATES: dict[MeetingState, LazyString] = {
    MeetingState.SCHEDULED: _("Agreed"),
    MeetingState.HELD: _("Held"),
    MeetingState.NOT_HELD: _("Not held"),
    MeetingState.CANCELLED: _("Cancelled"),
}
ATTENDANCES: dict[Attendance, LazyString] = {
    Attendance.WAITING: _("invited"),
    Attendance.ACCEPTED: _("comes"),
    Attendance.DECLINED: _("does not come"),
}


def when_words(meeting: Meeting) -> str:
    """When, in the time of whoever reads, and in the time that was agreed on where the clocks differ."""
    return period_words_for_both(meeting.starts_at, meeting.ends_at, viewer_zone(), meeting.zone)


def where_words(mode: MeetingMode, where: str) -> str:
    """ "In person, Laboratory 3, Rostock"."""
    return f"{MODES[mode]}, {where}" if where else str(MODES[mode])


def gap_words(gap: NoSuchTimeError) -> str:
    """Why this time cannot be meant, and what can."""
    return str(
        gettext(
            "On this day the clock is put forward: %(time)s does not exist in %(zone)s. Choose %(next)s or later.",
            time=f"{gap.wall:%H:%M}",
            zone=zone_words(gap.zone),
            next=f"{gap.next_valid:%H:%M}",
        )
    )


def conflict_words(conflicts: Collection[Conflict]) -> str:
    """Who is not free. With whom they meet instead is nobody else's business."""
    names = sorted({conflict.person_name for conflict in conflicts})
    return str(
        gettext("%(names)s has another meeting at this time. Choose another time.", names=", ".join(names))
    )

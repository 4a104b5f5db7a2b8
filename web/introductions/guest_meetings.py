"""Guests who come to a meeting because they answered for their side."""

from models.introduction import Introduction
from models.side import Side
from web.introductions.letters import answering_guests
from web.meetings.scheduling import GuestAttendee


def guests_coming(introduction: Introduction) -> list[GuestAttendee]:
    """Whoever answered by a signed link that was not taken back, on either side."""
    return [
        GuestAttendee(side, link.name, link.email)
        for side in Side
        for link in answering_guests(introduction, side)
    ]

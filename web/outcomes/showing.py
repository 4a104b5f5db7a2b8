"""Looking at what came of a meeting."""

from models.actor import Action
from models.meeting import Meeting
from web.access import allowed
from web.loaders import load_meeting
from web.outcomes import blueprint
from web.outcomes.page import show_page
from web.outcomes.sides import refuse_unless_answering, stand_of


@blueprint.get("/meetings/<int:meeting_id>/outcome")
@allowed(Action.MEETING_SEE, load_meeting, "meeting_id")
def show(meeting: Meeting) -> str:
    """What came of it."""
    stand = stand_of(meeting)
    refuse_unless_answering(meeting, stand)
    return show_page(meeting, stand)

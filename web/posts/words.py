"""What the pages of posts say about a post's state, kinds, urgency and visibility."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel.speaklater import LazyString

from models.post import PostKind, PostState, Visibility
from web.localisation import gettext
from web.localisation import lazy_gettext as _

KIND_LINES: dict[PostKind, LazyString] = {
    PostKind.TALENT: _("Skills or people we are short of"),
    PostKind.RESEARCH_QUESTION: _("A question that somebody should look into"),
    PostKind.PLACEMENT: _("Places or jobs for students and graduates, or a project for them"),
    PostKind.TRAINING: _("A course for people we have"),
    PostKind.FACILITY: _("A laboratory, site or machine to use, borrow or take over"),
    PostKind.LECTURERS: _("People who come to teach, advise or supervise"),
    PostKind.DATA_SAMPLES: _("Data sets, samples or material to study"),
    PostKind.CO_FUNDING: _("Money for research, teaching or students"),
    PostKind.OTHER: _("A worry or a wish that fits nowhere else"),
    PostKind.PROGRAMME: _("What we teach, for degrees or for professionals"),
    PostKind.GRADUATES: _("People who finish with us, and what they can do"),
    PostKind.RESEARCH_EXPERTISE: _("What our researchers know and study"),
    PostKind.LABORATORY: _("Rooms, machines or sites that others may use"),
    PostKind.MENTORS: _("People who teach, advise or supervise"),
    PostKind.JOBS: _("Jobs, internships and thesis places"),
    PostKind.DATA_EQUIPMENT: _("Data sets, samples or devices to share"),
    PostKind.FUNDING: _("Money for research, teaching or students"),
}
URGENCIES: dict[int, LazyString] = {3: _("Within weeks"), 2: _("Within months"), 1: _("There is time")}
IMPORTANCES: dict[int, LazyString] = {3: _("Essential"), 2: _("Important"), 1: _("Good to have")}
VISIBILITIES: dict[Visibility, LazyString] = {
    Visibility.OTHER_KINDS: _("Only other kinds of organisation, not our rivals"),
    Visibility.NETWORK: _("Every organisation here"),
    Visibility.OWN_ORGANISATION: _("Only our own organisation"),
}
VISIBILITY_HINTS: dict[str, LazyString] = {
    Visibility.OTHER_KINDS: _(
        "A company's post is shown to universities but not to other companies, and so on."
    ),
    Visibility.NETWORK: _("Every approved organisation, also those like ours."),
    Visibility.OWN_ORGANISATION: _("Nobody outside sees it, and it finds no partners outside."),
}


@dataclass(frozen=True)
class State:
    """A post's state in words, and the kind of chip that shows it."""

    word: str
    chip: str


def state_of(state: PostState, closes_at: datetime | None, now: datetime) -> State:
    """Expired is computed: such a post is still marked as published in the database."""
    if state is PostState.DRAFT:
        return State(gettext("Draft"), "plain")
    if state is PostState.WITHDRAWN:
        return State(gettext("Withdrawn"), "plain")
    if closes_at is not None and closes_at <= now:
        return State(gettext("Expired"), "warning")
    return State(gettext("Open"), "ok")

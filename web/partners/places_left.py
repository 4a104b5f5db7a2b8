"""How many partners a post still has room for, in words."""

from matching.demand import Places
from web.localisation import gettext, ngettext


def places_words(places: Places) -> str:
    """ "1 of 3 places left", "no place left (3 wanted)"."""
    if not places.left:
        return str(gettext("no place left (%(limit)d wanted)", limit=places.limit))
    return str(
        ngettext(
            "%(left)d of %(num)d place left",
            "%(left)d of %(num)d places left",
            places.limit,
            left=places.left,
        )
    )

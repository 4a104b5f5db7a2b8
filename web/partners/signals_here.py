"""What happened on this portal, in the sentences of the pair page: new posts, our own history, and answers."""

from matching.answers import Match, Pair
from matching.demand import Demand
from matching.history import Between
from matching.replies import ReplyWord
from matching.signals import Taste
from web.localisation import gettext, ngettext
from web.partners.places_left import places_words


def newness_sentence(match: Match, found: Pair, demand: Demand) -> str:
    """How old their newest post is, and the places left in their posts of which somebody took one: these first where
    they moved the rank down, so that a new post is not taken for the cause.
    """
    if match.days_since_post is None:
        return str(gettext("They posted nothing that you may see."))
    if match.days_since_post == 0:
        sentence = gettext("Their newest post is from today.")
    else:
        sentence = ngettext(
            "Their newest post is %(num)d day old.",
            "Their newest post is %(num)d days old.",
            match.days_since_post,
        )
    lines = (*found.their_needs, *found.their_capabilities)
    limited = [(line, demand.places(line.post_id)) for line in lines if line.post_id is not None]
    places = [
        str(
            gettext(
                "%(title)s: %(places)s, which counts a little against.",
                title=line.title,
                places=places_words(left),
            )
        )
        for line, left in limited
        if left is not None and left.left < left.limit
    ]
    is_down = match.moved.freshness < 0
    return " ".join([*places, str(sentence)] if is_down else [str(sentence), *places])


def history_sentence(match: Match, taste: Taste) -> str:
    """What we and they did here. Only those who may read it are told, and nobody else that there was nothing."""
    if not taste.history_counts:
        return str(gettext("You asked that your history together does not count, so it moved nothing."))
    if match.between is None:
        return str(gettext("None here yet that you may see. That neither helps nor hurts."))
    bound = gettext("History weighs at most a fifth of all that can move a rank.")
    return " ".join([*_deeds(match.between), str(bound)])


def _deeds(between: Between) -> list[str]:
    deeds: list[str] = []
    if between.is_partner:
        deeds.append(gettext("You are or were partners."))
    if between.went_on:
        deeds.append(
            ngettext("You went on after %(num)d talk.", "You went on after %(num)d talks.", between.went_on)
        )
    if between.stopped:
        deeds.append(
            ngettext("You stopped after %(num)d talk.", "You stopped after %(num)d talks.", between.stopped)
        )
    if between.has_ended_badly:
        deeds.append(gettext("You closed the card, because there was no interest."))
    if between.heard:
        deeds.append(ngettext("You were in touch once.", "You were in touch %(num)d times.", between.heard))
    if between.kept:
        deeds.append(
            ngettext("They kept %(num)d promise to you.", "They kept %(num)d promises to you.", between.kept)
        )
    if between.broken:
        deeds.append(
            ngettext(
                "They broke %(num)d promise to you.", "They broke %(num)d promises to you.", between.broken
            )
        )
    return [str(deed) for deed in deeds]


def reply_sentence(match: Match) -> str:
    """One of three words, and nothing before enough organisations asked that no answer can be traced."""
    if match.reply is ReplyWord.USUALLY:
        return str(gettext("They usually answer requests in time."))
    if match.reply is ReplyWord.SOMETIMES:
        return str(gettext("They answer requests in time sometimes."))
    return str(gettext("Not known yet. That neither helps nor hurts."))

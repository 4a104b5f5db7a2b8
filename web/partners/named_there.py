"""Which of our needs name the country where a partner is: what the pair page says when that made them near."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, union

from matching.answers import Pair, PostLine
from matching.named_countries import countries_named
from matching.own_side import own_side
from models.organisation import Unit
from models.place import Place
from models.policy import visible_posts
from models.post import Post
from web.access import current_actor
from web.database import db
from web.labels import country_name
from web.localisation import gettext

MOST_NAMED = 3


def sentences_of_naming(unit: Unit, found: Pair, now: datetime) -> tuple[str, ...]:
    """One sentence for each of our needs that names where they are; none where that moved nothing."""
    if not found.match.is_where_named:
        return ()
    theirs = _countries_of(found.match.organisation_id, (*found.their_needs, *found.their_capabilities))
    wanted = own_side(db.session, unit.id, now).acting.named & theirs
    said = []
    for title, codes in _naming(found.our_needs, wanted, now):
        countries = ", ".join(sorted(country_name(code) for code in codes))
        said.append(
            str(
                gettext(
                    "Your need “%(title)s” names where they are: %(countries)s.",
                    title=title,
                    countries=countries,
                )
            )
        )
    return tuple(said[:MOST_NAMED])


def _naming(
    needs: Iterable[PostLine], wanted: frozenset[str], now: datetime
) -> list[tuple[str, frozenset[str]]]:
    ids = [line.post_id for line in needs]
    posts = db.session.scalars(visible_posts(current_actor(), now).where(Post.id.in_(ids)).order_by(Post.id))
    named = [(post.title, countries_named(post.matching_text, post.language) & wanted) for post in posts]
    return [(title, codes) for title, codes in named if codes]


def _countries_of(organisation_id: int, lines: Iterable[PostLine]) -> frozenset[str]:
    """Where their units and those of their posts that we see are."""
    of_units = select(Unit.place_id).where(Unit.organisation_id == organisation_id)
    of_posts = select(Post.place_id).where(Post.id.in_([line.post_id for line in lines]))
    places = union(of_units, of_posts).subquery()
    return frozenset(db.session.scalars(select(Place.country).join(places, places.c.place_id == Place.id)))

"""Which link a card of Partners cites, and what it says of one that is too weak for a grade."""

from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.post import Post, PostKind, PostSide
from tests.browsing import Browser
from tests.test_partners_pages import partners
from tests.world import World, publish_post
from web.database import db


def test_a_link_that_is_too_weak_for_a_grade_is_not_sold_as_an_answer(browse: Browser, world: World) -> None:
    form = browse.sign_in("dora").get(f"/posts/{world.posts['boreal need']}/edit")
    browse.submit(
        form, "Save", {"title": "A choir for midsummer", "text": "Voices for our concert by the lake."}
    )
    page = browse.sign_in("olga").get(partners(world))
    get, give = (reason.get_text(" ", strip=True) for reason in page.select(".reason"))
    assert "Nothing that clearly fits" not in get
    assert "Nothing that clearly fits. Closest: Your Placements in our test hall" in give


def test_several_posts_that_only_come_near_are_said_to_add_up(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        begin_write(db.session)
        for post in db.session.scalars(
            select(Post).where(Post.organisation_id == world.organisations["boreal"])
        ):
            post.withdraw(utc_now(), "")
            note_post_change(db.session, post.id)
        db.session.commit()
        side, kind = PostSide.CAPABILITY, PostKind.GRADUATES
        text = "Engineers test beds, lamps, wards, trays and kettles of patients at night and by day."
        for number in range(5):
            publish_post(db.session, world, "boreal", side, kind, f"Ward {number}", text)
    browse.sign_in("olga")
    words = "Several posts come near, none clearly fits. Closest:"
    card = browse.get(partners(world, rest="one-way")).select_one(".card-match")
    assert card is not None
    assert "You get possible" in " ".join(card.get_text(" ").split())
    assert words in card.get_text(" ", strip=True)
    shown = browse.get(f"/units/{world.units['alba']}/partners/{world.organisations['boreal']}")
    assert words in shown.words
    assert "Nothing that clearly fits" not in shown.words

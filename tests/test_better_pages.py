"""What would open more partners, as a page: who may ask, what it says, and what it never tells."""

from bs4 import Tag
from flask import Flask

from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.post import Post, PostKind, PostSide, Visibility
from models.relationship import Relationship, Stage
from tests.browsing import Browser, Page
from tests.dealings import add_dealings
from tests.partnering import add_partnership
from tests.world import BATTERY_NEED, World, publish_post
from web.database import db

SOUND = "Vehicle acoustics: microphone arrays, cabin noise, sound absorption and psychoacoustic tests."
# Near enough to what Alba needs, so that it may be proposed to Alba.
ACOUSTICS = f"{SOUND} {BATTERY_NEED}"
CELLS = "Ageing tests on lithium cells with impedance spectroscopy by engineers who write Python."


def better(world: World, unit: str = "alba plant") -> str:
    return f"/units/{world.units[unit]}/better"


def publish(
    app: Flask,
    world: World,
    unit: str,
    side: PostSide,
    kind: PostKind,
    title: str,
    text: str,
    visibility: Visibility = Visibility.NETWORK,
) -> int:
    """Write one more open post; return its id."""
    with app.app_context():
        return publish_post(db.session, world, unit, side, kind, title, text, visibility)


def need_acoustics(app: Flask, world: World, visibility: Visibility = Visibility.NETWORK) -> None:
    """Let Boreal need what Alba does not offer, more than what it does, and Corvus offer it."""
    for title in ("Cabin noise", "Quiet cars"):
        publish(
            app, world, "boreal engineering", PostSide.NEED, PostKind.PLACEMENT, title, ACOUSTICS, visibility
        )
    publish(app, world, "corvus", PostSide.CAPABILITY, PostKind.JOBS, "Acoustics jobs", ACOUSTICS)


def withdraw(app: Flask, world: World, *names: str) -> None:
    with app.app_context():
        begin_write(db.session)
        for name in names:
            db.session.get_one(Post, world.posts[name]).withdraw(utc_now(), "")
            note_post_change(db.session, world.posts[name])
        db.session.commit()


def links(page: Page) -> dict[str, str]:
    return {link.get_text(" ", strip=True): str(link["href"]) for link in page.select("main a[href]")}


def test_a_capability_is_proposed_with_whom_it_opens_and_one_way_to_write_it(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    need_acoustics(app, world)
    page = browse.sign_in("max").get(better(world))
    assert "A capability like “Acoustics jobs”" in page.words
    assert "Opens 1 partner" in page.words
    assert "Boreal University" in page.words
    assert len(page.select("main .btn-primary")) == 1
    form = browse.get(str(page.select("main .btn-primary")[0]["href"]))
    kind = form.select_one("select[name=kind] option[selected]")
    assert isinstance(kind, Tag)
    assert kind["value"] == "jobs"
    text = form.find("textarea", attrs={"name": "text"})
    assert isinstance(text, Tag)
    assert not text.get_text().strip(), "a peer's text is never copied"


def test_whoever_writes_it_finds_the_partner_and_no_proposal_any_more(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    need_acoustics(app, world)
    assert "Opens 1 partner" in browse.sign_in("max").get(better(world)).words
    publish(app, world, "alba plant", PostSide.CAPABILITY, PostKind.JOBS, "Acoustics jobs", ACOUSTICS)
    assert "A capability to add" not in browse.get(better(world)).words
    assert "Boreal University" in browse.get(f"/units/{world.units['alba plant']}/partners/").words


def test_an_administrator_reads_it_and_is_not_sent_to_a_form_that_refuses(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    need_acoustics(app, world)
    page = browse.sign_in("ada").get(better(world))
    assert "Opens 1 partner" in page.words
    assert "Write this capability" not in page.words


def test_a_need_for_another_kind_of_organisation_is_not_told(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability")
    for title in ("canary one", "canary two"):
        publish(
            app, world, "corvus", PostSide.NEED, PostKind.PLACEMENT, title, ACOUSTICS, Visibility.OTHER_KINDS
        )
    publish(app, world, "corvus", PostSide.CAPABILITY, PostKind.GRADUATES, "Cell engineers", CELLS)
    assert "canary" not in str(browse.sign_in("max").get(better(world)))
    with app.app_context():
        begin_write(db.session)
        for post in db.session.query(Post).where(Post.title.startswith("canary")):
            post.visibility = Visibility.NETWORK
            note_post_change(db.session, post.id)
        db.session.commit()
    assert "canary" in str(browse.get(better(world))), "the canary must be able to sing"


def test_nothing_posted_nothing_left_and_not_approved_each_say_what_to_do(
    browse: Browser, world: World, app: Flask
) -> None:
    nothing = browse.sign_in("max").get(better(world))
    assert "Nothing to propose today" in nothing.words
    assert links(nothing)["Look at our posts"] == f"/units/{world.units['alba plant']}/posts/"
    assert "each of these" not in nothing.words, "there are none to speak of"
    assert "waiting for approval" in browse.sign_in("dana").get(better(world, "delta")).words
    withdraw(app, world, "corvus need", "corvus capability")
    page = browse.sign_in("carl").get(better(world, "corvus"))
    assert "Nothing to build on yet" in page.words
    assert "Post the first one" in links(page)


def test_a_need_that_a_reader_could_not_answer_is_named_with_what_to_ask(
    browse: Browser, world: World, app: Flask
) -> None:
    post_id = publish(app, world, "alba plant", PostSide.NEED, PostKind.TALENT, "Need engineers", "Urgently.")
    page = browse.sign_in("max").get(better(world))
    assert "What readers of your needs would ask" in page.words
    assert links(page)["Need engineers"].startswith(f"/posts/{post_id}/edit")


def test_only_the_unit_itself_may_ask(browse: Browser, world: World) -> None:
    for name, status in (("max", 200), ("olga", 200), ("dora", 404), ("carl", 404), ("uma", 404)):
        browse.sign_in(name).get(better(world), status)
    browse.sign_in("").get(better(world), 302)


def test_home_and_partners_lead_there(browse: Browser, world: World) -> None:
    browse.sign_in("max")
    for path in ("/", f"/units/{world.units['alba plant']}/partners/"):
        assert links(browse.get(path))["What would open more partners"] == better(world)


def test_what_is_far_from_everything_posted_is_not_proposed(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    publish(app, world, "boreal engineering", PostSide.NEED, PostKind.PLACEMENT, "Cabin noise", SOUND)
    publish(app, world, "corvus", PostSide.CAPABILITY, PostKind.JOBS, "Acoustics jobs", SOUND)
    page = browse.sign_in("max").get(better(world))
    assert "Acoustics jobs" not in page.words
    assert "No capability near to what you post" in page.words


def test_whom_colleagues_asked_or_work_with_is_not_counted(browse: Browser, world: World, app: Flask) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    need_acoustics(app, world)
    assert "Opens 1 partner" in browse.sign_in("max").get(better(world)).words
    with app.app_context():
        add_partnership(db.session, world)
    page = browse.get(better(world))
    assert "Opens" not in page.words
    assert "with whom your organisation is not in contact yet" in page.words


def test_whom_colleagues_met_is_not_counted_for_either_side(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    need_acoustics(app, world)
    with app.app_context():
        add_dealings(
            db.session, world, asking="boreal engineering", asked="alba plant", asker="dora", answerer="max"
        )
        begin_write(db.session)
        for card in db.session.query(Relationship):
            card.stage = Stage.SUGGESTED
        db.session.commit()
    assert "Opens" not in browse.sign_in("max").get(better(world)).words


def test_another_unit_that_offers_it_is_named_with_a_link_and_no_button(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability", "boreal need")
    need_acoustics(app, world)
    post_id = publish(app, world, "alba", PostSide.CAPABILITY, PostKind.JOBS, "Jobs in sound", ACOUSTICS)
    page = browse.sign_in("max").get(better(world))
    assert "Another unit of yours offers it: “Jobs in sound”" in page.words
    assert any(link.startswith(f"/posts/{post_id}?") for link in links(page).values())
    assert "Write this capability" not in page.words
    assert "nobody of your kind offers it" not in page.words

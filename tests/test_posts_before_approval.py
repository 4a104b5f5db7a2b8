"""What is said of the posts of an organisation that nobody has approved, and of one that was refused."""

from flask import Flask

from models.database import begin_write
from models.organisation import Organisation, OrganisationState
from tests.browsing import Browser
from tests.posting import GOOD
from tests.world import World
from web.database import db


def test_who_waits_for_approval_is_not_told_that_nobody_fits(browse: Browser, world: World) -> None:
    listed = browse.sign_in("dana").get(f"/units/{world.units['delta']}/posts/?side=need")
    assert "Say what you seek in your own words" in listed.words
    assert "You see at once who could answer" not in listed.words
    url = f"/units/{world.units['delta']}/posts/new?side=need&kind=talent"
    checked = browse.submit(browse.get(url), "Check my text", GOOD, 200)
    assert "as soon as your organisation is approved" in checked.words
    shown = browse.follow(browse.submit(checked, "Publish"))
    assert "waiting for approval. Until then nobody outside sees it" in shown.words
    answers = browse.get(shown.response.request.path + "/matches")
    assert "waiting for approval. Until then nobody outside sees it" in answers.words
    found = browse.get(f"/units/{world.units['delta']}/search?q=battery")
    assert "Until then you see no other organisations" in found.words
    for page in (checked, shown, answers):
        assert "Nobody fits yet" not in page.words
        assert "Nobody answers this yet" not in page.words


def test_who_published_before_the_approval_is_told_what_comes_next_and_led_on(
    browse: Browser, world: World
) -> None:
    shown = browse.sign_in("dana").get(f"/posts/{world.posts['delta capability']}")
    assert "What happens next" in shown.words
    assert "usually within a working day, and you get a mail" in shown.words
    leads = {link.get_text(strip=True): str(link["href"]) for link in shown.select(".post-meanwhile a")}
    assert list(leads) == ["Post a need", "Bring a colleague", "Why we wait for approval"]
    assert browse.get(leads["Post a need"]).heading == "What do you need?"
    browse.get(leads["Bring a colleague"])
    # What nobody outside will see is waiting for nothing, and who is approved neither.
    olga = browse.sign_in("olga").get(f"/posts/{world.posts['alba need']}")
    assert "What happens next" not in olga.words


def test_a_post_of_a_refused_organisation_promises_no_approval(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["delta"]).state = OrganisationState.REFUSED
        db.session.commit()
    shown = browse.sign_in("dana").get(f"/posts/{world.posts['delta capability']}")
    assert "What happens next" not in shown.words
    assert "waiting for approval" not in shown.words
    assert "The organisation is not in the network, so nobody outside sees it" in shown.words
    listed = browse.get(f"/units/{world.units['delta']}/posts/?side=capability")
    assert "you see no other organisations and they do not see you" in listed.words
    url = f"/units/{world.units['delta']}/posts/new?side=need&kind=talent"
    checked = browse.submit(browse.get(url), "Check my text", GOOD, 200)
    assert "as soon as your organisation is approved" not in checked.words
    published = browse.follow(browse.submit(checked, "Publish"))
    assert "once your organisation is approved" not in published.words

"""The Alerts page, saved searches and the link that stops: each person's own, and never told twice."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from models.alert import AlertSetting, Frequency, SavedSearch, SavedSearchHit
from models.audit import AuditEntry
from models.database import begin_write
from models.outbox import OutboxMail
from models.post import PostSide, Visibility
from tests.alerting import choose, look, publish
from tests.alerting import clock as clock
from tests.alerting import market as market
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db


@pytest.fixture
def world(market: World) -> World:
    return market


def saved(app: Flask) -> list[SavedSearch]:
    with app.app_context():
        return list(db.session.scalars(select(SavedSearch).order_by(SavedSearch.id)))


def mails(app: Flask, kind: str) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)))


def save_search(
    browse: Browser, world: World, asked: str = "q=impedance+spectroscopy", frequency: str = "daily"
) -> Page:
    results = browse.get(f"/units/{world.units['alba']}/search?{asked}")
    link = next(
        link for link in results.select(".search-save a") if link.get_text(strip=True) == "Save this search"
    )
    page = browse.get(str(link["href"]))
    return browse.submit(page, "Save this search", {"name": "Batteries", "frequency": frequency})


def test_the_page_shows_what_fits_why_and_how_often(app: Flask, world: World, browse: Browser) -> None:
    with app.app_context():
        choose(world, "max", "alba plant", Frequency.AT_ONCE)
        publish(db.session, world)
    look(app)
    page = browse.sign_in("max").get("/alerts")
    assert "Battery graduates" in page.words
    assert "Boreal University can give this" in page.words
    assert "fits your “Battery test engineers”" in page.words
    assert page.select_one("select option[selected]").get_text(strip=True) == "At once"
    assert browse.get(page.select_one(".alerts-move a")["href"]).heading
    assert "Battery graduates" not in browse.sign_in("mia").get("/alerts").words
    browse.sign_in("uma").get("/alerts")
    browse.sign_in("opal").get("/alerts")


def test_how_often_is_kept_for_each_unit_with_an_audit_row(app: Flask, world: World, browse: Browser) -> None:
    browse.sign_in("olga")
    field = f"unit_{world.units['alba']}"
    page = browse.submit(browse.get("/alerts"), "Save", {field: "weekly"})
    chosen = browse.follow(page).select_one("select option[selected]")
    assert chosen is not None
    assert chosen["value"] == "weekly"
    with app.app_context():
        setting = db.session.scalars(select(AlertSetting)).one()
        assert (setting.frequency, setting.person_id) == (Frequency.WEEKLY, world.people["olga"])
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "alert_setting.change")
        ).one()
        assert entry.changes == {"frequency": ["daily", "weekly"]}
    page = browse.submit(browse.get("/alerts"), "Save", {field: "hourly"}, status=422)
    assert "This is not one of the choices" in page.words


def test_switched_off_what_waits_is_forgotten(
    app: Flask, world: World, browse: Browser, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        publish(db.session, world)
    look(app)
    browse.sign_in("max")
    field = f"unit_{world.units['alba plant']}"
    for frequency in ("off", "at_once"):
        browse.submit(browse.get("/alerts"), "Save", {field: frequency})
    clock.shift(timedelta(days=1))
    look(app)
    assert "max@alba.example" not in {mail.recipient for mail in mails(app, "alert.posts")}


def test_a_saved_search_tells_only_what_is_new(
    app: Flask, world: World, browse: Browser, clock: time_machine.Traveller
) -> None:
    browse.sign_in("olga")
    page = browse.follow(save_search(browse, world, "q=impedance+spectroscopy&side=capability"))
    assert "Batteries" in page.words
    assert "Capability" in page.words
    (search,) = saved(app)
    assert search.filters == {"side": "capability"}
    assert search.vector is not None
    clock.move_to(datetime(2027, 3, 4, 8, tzinfo=UTC))
    look(app)
    assert mails(app, "saved_search.posts") == []
    with app.app_context():
        post_id = publish(db.session, world)
        publish(db.session, world, side=PostSide.NEED, title="Wrong side", visibility=Visibility.NETWORK)
        publish(db.session, world, unit="alba", title="Our own post")
    look(app)
    assert mails(app, "saved_search.posts") == []
    clock.move_to(datetime(2027, 3, 5, 8, tzinfo=UTC))
    look(app)
    (mail,) = mails(app, "saved_search.posts")
    assert mail.recipient == "olga@alba.example"
    assert mail.subject == "1 new post for your search “Batteries”"
    assert f"http://localhost/posts/{post_id}?unit={world.units['alba']}" in mail.body
    assert mail.body.count("http://") == 1
    for _ in range(2):
        clock.shift(timedelta(days=1))
        look(app)
    assert len(mails(app, "saved_search.posts")) == 1


def test_with_another_encoder_only_words_are_compared_and_the_page_says_so(
    app: Flask, world: World, browse: Browser, clock: time_machine.Traveller
) -> None:
    browse.sign_in("olga")
    save_search(browse, world)
    with app.app_context():
        begin_write(db.session)
        db.session.execute(update(SavedSearch).values(encoder_key="another"))
        db.session.commit()
        publish(db.session, world)
    page = browse.get("/alerts")
    assert "compares words only" in page.words
    clock.shift(timedelta(days=1))
    look(app)
    (mail,) = mails(app, "saved_search.posts")
    assert "found by their words alone" in mail.body
    browse.submit(browse.get(f"/alerts/searches/{saved(app)[0].id}/edit"), "Save")
    assert "compares words only" not in browse.get("/alerts").words


def test_a_search_is_edited_deleted_and_brought_back(app: Flask, world: World, browse: Browser) -> None:
    browse.sign_in("olga")
    save_search(browse, world)
    (search,) = saved(app)
    page = browse.get(f"/alerts/searches/{search.id}/edit")
    assert "Give the search a name" in browse.submit(page, "Save", {"name": ""}, 422).error_of("name")
    browse.submit(page, "Save", {"name": "Cells", "frequency": "weekly"})
    page = browse.submit(page, "Save", {"name": "Older words"}, 409)
    assert "elsewhere meanwhile" in page.words
    assert (saved(app)[0].name, saved(app)[0].frequency) == ("Cells", Frequency.WEEKLY)
    page = browse.follow(browse.submit(browse.get("/alerts"), "Delete : Cells"))
    assert "You deleted the search “Cells”" in page.words
    assert not page.select(".alerts-searches li")
    assert "Cells" in browse.follow(browse.submit(page, "Undo")).select(".alerts-searches h3")[0].get_text()


def test_nobody_reaches_anybody_elses_search(app: Flask, world: World, browse: Browser) -> None:
    save_search(browse.sign_in("olga"), world)
    (search,) = saved(app)
    for name in ("ada", "max", "dora", "opal", "uma"):
        browse.sign_in(name).get(f"/alerts/searches/{search.id}/edit", 404)
        for move in ("edit", "delete", "undo"):
            values = {"name": "Taken", "frequency": "off"}
            browse.post(f"/alerts/searches/{search.id}/{move}", values, 404)
        assert "Batteries" not in browse.get("/alerts").words
        assert "Batteries" not in browse.get(f"/alerts?deleted={search.id}").words
    assert saved(app)[0].name == "Batteries"
    assert saved(app)[0].deleted_at is None


def test_a_question_without_words_and_a_foreign_unit_save_nothing(
    app: Flask, world: World, browse: Browser
) -> None:
    browse.sign_in("olga")
    alba, boreal = world.units["alba"], world.units["boreal"]
    assert browse.get(f"/units/{alba}/search/save", 303)
    browse.get(f"/units/{boreal}/search/save?q=cells", 404)
    browse.post(f"/units/{boreal}/search/save?q=cells", {"name": "x", "frequency": "daily"}, 404)
    assert saved(app) == []
    with app.app_context():
        assert db.session.scalars(select(SavedSearchHit)).all() == []


def test_one_click_stops_without_signing_in_and_a_look_alone_does_not(
    app: Flask, world: World, browse: Browser, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        choose(world, "max", "alba plant", Frequency.AT_ONCE)
        publish(db.session, world)
    look(app)
    (mail,) = [mail for mail in mails(app, "alert.posts") if mail.recipient.startswith("max")]
    path = str(mail.unsubscribe_url).removeprefix("http://localhost")
    visitor = browse.sign_in("")
    assert visitor.get(path).heading == "Stop these mails?"
    with app.app_context():
        publish(db.session, world, title="Told before it was stopped")
    look(app)
    assert len([one for one in mails(app, "alert.posts") if one.recipient.startswith("max")]) == 2
    # As a mail program sends it (RFC 8058): no cookie, no forgery token.
    answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Stopped" in answer.text
    with app.app_context():
        publish(db.session, world, title="Never told")
    clock.shift(timedelta(days=8))
    look(app)
    assert len([one for one in mails(app, "alert.posts") if one.recipient.startswith("max")]) == 2
    assert visitor.get(path).heading == "Stopped"


def test_a_search_is_stopped_by_its_link_and_a_changed_link_stops_nothing(
    app: Flask, world: World, browse: Browser, clock: time_machine.Traveller
) -> None:
    save_search(browse.sign_in("olga"), world)
    with app.app_context():
        publish(db.session, world)
    clock.shift(timedelta(days=1))
    look(app)
    (mail,) = mails(app, "saved_search.posts")
    path = str(mail.unsubscribe_url).removeprefix("http://localhost")
    visitor = browse.sign_in("")
    for wrong in (path[:-2], path + "x", "/alerts/stop/abc"):
        assert visitor.get(wrong, 404).heading == "This link does not work"
        assert app.test_client().post(wrong).status_code == 404
    assert saved(app)[0].frequency is Frequency.DAILY
    page = visitor.submit(visitor.get(path), "Stop these mails", status=200)
    assert "for the search “Batteries” any more" in page.words
    assert saved(app)[0].frequency is Frequency.OFF

"""The life of a post: draft, published, expired by the clock, withdrawn, published again."""

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditEntry
from models.base import utc_now
from models.changelog import Change
from models.passage import Passage, hash_of
from models.post import Post, PostState, end_of_day
from tests.browsing import Browser
from tests.posting import GOOD, GOOD_TEXT, new_form, only_post
from tests.world import BATTERY_NEED, World
from web.database import db


def passages_of(app: Flask, post_id: int) -> list[tuple[int, str]]:
    with app.app_context():
        rows = db.session.execute(
            select(Passage.id, Passage.text_hash).where(Passage.post_id == post_id).order_by(Passage.position)
        )
        return [(row.id, row.text_hash) for row in rows]


def changes_of(app: Flask, post_id: int) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Change.seq)).where(Change.post_id == post_id)) or 0


def actions_on(app: Flask, post_id: int) -> list[str]:
    with app.app_context():
        statement = select(AuditEntry.action).where(
            AuditEntry.record_kind == "post", AuditEntry.record_id == post_id
        )
        return list(db.session.scalars(statement.order_by(AuditEntry.id)))


def seen_by_dora(browse: Browser, post_id: int) -> bool:
    return browse.sign_in("dora").client.get(f"/posts/{post_id}").status_code == 200


def test_a_post_lives_from_draft_to_published_again(app: Flask, browse: Browser, world: World) -> None:
    browse.submit(new_form(browse, world), "Save as draft", GOOD)
    post_id = only_post(app, GOOD["title"]).id
    assert passages_of(app, post_id) == []
    assert not seen_by_dora(browse, post_id)

    browse.submit(browse.sign_in("max").get(f"/posts/{post_id}"), "Publish")
    first = passages_of(app, post_id)
    assert first
    assert seen_by_dora(browse, post_id)

    page = browse.sign_in("max").get(f"/posts/{post_id}/withdraw")
    browse.submit(page, "Withdraw", {"reason": "changed"})
    assert not seen_by_dora(browse, post_id)
    page = browse.sign_in("max").get(f"/posts/{post_id}")
    assert "Our plans have changed" in page.words

    browse.submit(page, "Publish")
    assert passages_of(app, post_id) == first, "an unchanged text is not encoded again"
    assert seen_by_dora(browse, post_id)
    assert actions_on(app, post_id) == ["post.draft", "post.publish", "post.withdraw", "post.publish"]
    assert changes_of(app, post_id) == 4


def published_at(app: Flask, post_id: int) -> datetime | None:
    with app.app_context():
        return db.session.get_one(Post, post_id).published_at


def test_what_comes_back_unchanged_is_no_newer_and_what_is_rewritten_is(
    app: Flask, browse: Browser, world: World
) -> None:
    post_id = world.posts["alba need"]
    first = published_at(app, post_id)
    assert first is not None
    with time_machine.travel(first + timedelta(days=90)):
        page = browse.sign_in("max").get(f"/posts/{post_id}/withdraw")
        browse.submit(page, "Withdraw", {"reason": "changed"})
        browse.submit(browse.get(f"/posts/{post_id}"), "Publish")
        assert published_at(app, post_id) == first
        page = browse.get(f"/posts/{post_id}/edit")
        browse.submit(page, "Save", {"text": f"{BATTERY_NEED} Also one word more."})
        assert published_at(app, post_id) == first, "a small change makes nothing new"
        page = browse.get(f"/posts/{post_id}/edit")
        words = "Nurses for the night shift who know dialysis, for six wards from the spring on."
        browse.submit(page, "Save", {"title": "Night nurses", "text": words})
        now = published_at(app, post_id)
        assert now is not None
        assert now > first


def test_an_expired_post_is_gone_on_the_next_request(app: Flask, browse: Browser, world: World) -> None:
    last_day = utc_now().date() + timedelta(days=5)
    browse.submit(new_form(browse, world), "Publish", dict(GOOD, ends_on=last_day.isoformat()))
    post = only_post(app, GOOD["title"])
    assert post.closes_at == end_of_day(last_day, "Europe/Berlin")
    assert seen_by_dora(browse, post.id)
    answers = f"/posts/{world.posts['boreal capability']}/matches"
    assert GOOD["title"] in browse.get(answers).words
    with time_machine.travel(post.closes_at - timedelta(seconds=1), tick=False):
        assert seen_by_dora(browse, post.id)
    with time_machine.travel(post.closes_at, tick=False):
        assert not seen_by_dora(browse, post.id)
        assert GOOD["title"] not in browse.get(answers).words
        page = browse.sign_in("max").get(f"/posts/{post.id}")
        assert "Its last day is over" in page.words
        listed = browse.get(f"/units/{world.units['alba plant']}/posts/?state=expired")
        assert GOOD["title"] in listed.words


def test_an_expired_post_is_published_again_only_with_a_later_day(
    app: Flask, browse: Browser, world: World
) -> None:
    last_day = utc_now().date() + timedelta(days=5)
    browse.submit(new_form(browse, world), "Save as draft", dict(GOOD, ends_on=last_day.isoformat()))
    post = only_post(app, GOOD["title"])
    with time_machine.travel(utc_now() + timedelta(days=30)):
        page = browse.submit(browse.get(f"/posts/{post.id}"), "Publish")
        page = browse.follow(page)
        assert page.heading == "Change this post"
        assert "Choose a later date" in page.words
        page = browse.submit(page, "Publish", status=422)
        assert "The date is in the past" in page.error_of("ends_on")
        browse.submit(page, "Publish", {"ends_on": (utc_now().date() + timedelta(days=9)).isoformat()})
    assert only_post(app, GOOD["title"]).state is PostState.PUBLISHED


def test_the_last_day_ends_in_the_zone_of_the_place(app: Flask, browse: Browser, world: World) -> None:
    with time_machine.travel(datetime(2027, 1, 4, 12, tzinfo=UTC)):
        values = dict(GOOD, ends_on="2027-03-14", place="Los Angeles, US")
        browse.submit(new_form(browse, world), "Publish", values)
    # Clocks change in California on that very day, so its end is at UTC-7, not UTC-8.
    assert only_post(app, GOOD["title"]).closes_at == datetime(2027, 3, 15, 7, tzinfo=UTC)


def test_a_new_text_replaces_the_passages_in_the_same_step(app: Flask, browse: Browser, world: World) -> None:
    post_id = world.posts["alba need"]
    page = browse.sign_in("max").get(f"/posts/{post_id}/edit")
    browse.submit(
        page, "Save", {"text": "We need nurses for the night shift. They should know dialysis well."}
    )
    with app.app_context():
        post = db.session.get_one(Post, post_id)
        assert {passage.text_hash for passage in post.passages} == {hash_of(post.matching_text)}
        assert len(post.passages) == 4, "the whole, the title and two sentences"
    assert changes_of(app, post_id) == 2


def test_other_fields_leave_the_passages_alone(app: Flask, browse: Browser, world: World) -> None:
    post_id = world.posts["alba need"]
    before = passages_of(app, post_id)
    page = browse.sign_in("max").get(f"/posts/{post_id}/edit")
    browse.submit(page, "Save", {"quantity": "7", "urgency": "1"})
    assert passages_of(app, post_id) == before
    with app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "post.edit", AuditEntry.record_id == post_id)
        ).one()
        assert entry.changes == {"quantity": [None, 7], "urgency": [2, 1]}


def test_a_withdrawn_post_that_is_edited_keeps_no_stale_passages(
    app: Flask, browse: Browser, world: World
) -> None:
    post_id = world.posts["alba need"]
    browse.submit(browse.sign_in("max").get(f"/posts/{post_id}/withdraw"), "Withdraw", {"reason": "found"})
    page = browse.get(f"/posts/{post_id}/edit")
    browse.submit(page, "Save", {"text": "Another text about four nurses for dialysis, from March."})
    assert passages_of(app, post_id) == []
    browse.submit(browse.get(f"/posts/{post_id}"), "Publish")
    assert passages_of(app, post_id) != []


def test_a_withdrawal_needs_a_reason(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/posts/{world.posts['alba need']}/withdraw")
    page = browse.submit(page, "Withdraw", status=422)
    assert "Choose a reason." in page.error_of("reason")
    page = browse.submit(page, "Withdraw", {"reason": "other"}, 422)
    assert "Write the reason" in page.error_of("words")
    browse.submit(page, "Withdraw", {"reason": "other", "words": "We merge two plants."})


def test_why_the_portal_withdrew_a_post_is_kept_as_a_code_and_said_to_each_reader(
    app: Flask, browse: Browser, world: World
) -> None:
    page = browse.sign_in("opal").get(f"/approvals/{world.organisations['alba']}/close")
    browse.submit(page, "Close the organisation", {"reason": "It ceased."})
    post_id = world.posts["alba need"]
    with app.app_context():
        assert db.session.get_one(Post, post_id).withdrawn_reason == "organisation_closed"
    assert "The organisation was closed." in browse.sign_in("max").get(f"/posts/{post_id}").words


def test_an_operator_is_led_to_the_page_that_withdraws_posts(browse: Browser, world: World) -> None:
    page = browse.sign_in("opal").get(f"/posts/{world.posts['alba need']}")
    assert not page.find("a", string="Edit")
    link = page.find("a", string="Withdraw this post")
    browse.get(str(link["href"]))


def test_a_vague_draft_is_held_once_before_it_is_published(app: Flask, browse: Browser, world: World) -> None:
    post_id = world.posts["alba draft"]
    page = browse.submit(browse.sign_in("max").get(f"/posts/{post_id}"), "Publish", status=422)
    assert "You can publish it anyway, or improve it first." in page.words
    assert passages_of(app, post_id) == []
    browse.submit(page, "Publish anyway")
    assert passages_of(app, post_id) != []


def test_publishing_and_withdrawing_again_changes_nothing(app: Flask, browse: Browser, world: World) -> None:
    post_id = world.posts["alba need"]
    page = browse.sign_in("max").get(f"/posts/{post_id}/withdraw")
    browse.submit(page, "Withdraw", {"reason": "found"})
    browse.submit(page, "Withdraw", {"reason": "changed"})
    assert actions_on(app, post_id) == ["post.withdraw"]


def test_a_form_sent_twice_makes_one_post(app: Flask, browse: Browser, world: World) -> None:
    form = new_form(browse, world)
    first = browse.submit(form, "Publish", GOOD)
    second = browse.submit(form, "Publish", GOOD)
    assert second.response.headers["Location"] == first.response.headers["Location"]
    assert only_post(app, GOOD["title"]).state is PostState.PUBLISHED
    browse.submit(form, "Publish", dict(GOOD, quantity="5"))
    with app.app_context():
        titles = select(Post.quantity).where(Post.title == GOOD["title"]).order_by(Post.id)
        assert db.session.scalars(titles).all() == [4, 5], "another number is another post"


def test_a_button_that_is_none_of_ours_keeps_a_draft(app: Flask, browse: Browser, world: World) -> None:
    form = new_form(browse, world)
    browse.submit(form, "Save as draft", dict(GOOD, move="explode"))
    post = only_post(app, GOOD["title"])
    assert post.state is PostState.DRAFT
    assert actions_on(app, post.id) == ["post.draft"]


def test_an_untouched_text_is_the_same_text_however_a_browser_ends_its_lines(
    app: Flask, browse: Browser, world: World
) -> None:
    text = GOOD_TEXT.replace(". ", ".\r\n")
    browse.submit(new_form(browse, world), "Publish", dict(GOOD, text=text))
    assert only_post(app, GOOD["title"]).text == text.replace("\r\n", "\n")


def test_a_post_for_our_own_organisation_is_answered_by_nobody(browse: Browser, world: World) -> None:
    values = dict(GOOD, visibility="own_organisation")
    page = browse.follow(browse.submit(new_form(browse, world), "Publish", values))
    assert "it finds no partners" in page.words
    assert "Boreal University" not in page.words
    page = browse.get(page.response.request.path + "/matches")
    assert "Boreal University" not in page.words
    assert "it finds no partners" in page.words


def test_days_are_said_before_months(app: Flask, browse: Browser, world: World) -> None:
    last_day = utc_now().date() + timedelta(days=40)
    page = browse.follow(
        browse.submit(new_form(browse, world), "Publish", dict(GOOD, ends_on=last_day.isoformat()))
    )
    words = f"{last_day.day} {last_day:%b %Y}"
    assert f"until {words}" in page.words
    assert words in browse.get(f"/units/{world.units['alba plant']}/posts/").words

"""What else came up in a talk becomes a post, and a need that was heard is confirmed by those who have it."""

import re

from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.organisation import Organisation, OrganisationState
from models.outbox import OutboxMail
from models.outcome import HeardNeed, HeardState, Topic
from models.person import Role
from models.post import Post, PostSide, PostState
from models.relationship import Relationship
from tests.browsing import Browser, Page
from tests.dealings import Dealings, add_dealings
from tests.met import met as met
from tests.met import outcome_path, tell
from tests.world import World, add_person
from web.database import db
from web.mail import _applies as still_wanted


def hear(browse: Browser, met: Dealings, name: str = "max") -> Page:
    """Max writes down that Boreal needs mentors."""
    browse.sign_in(name)
    page = browse.get(f"/relationships/{met.ours}/heard-needs/new?meeting={met.past_meeting}")
    values = {"title": "Mentors for theses", "text": "They seek mentors from industry."}
    return browse.follow(browse.submit(page, "Keep it and ask them", values))


def heard_need(app: Flask) -> HeardNeed:
    with app.app_context():
        return db.session.scalars(select(HeardNeed)).one()


def test_a_topic_becomes_a_need_that_remembers_it(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    tell(browse.sign_in("max"), met, topics="- Dry room training\n\n* Joint lab\n")
    page = browse.get(outcome_path(met))
    assert "Dry room training" in page.words
    link = next(link for link in page.find_all("a") if "Make it a need" in link.get_text())
    page = browse.follow(browse.get(str(link["href"]), 303))
    assert page.find(id="title")["value"] == "Dry room training"
    page = browse.submit(page, "Save as draft", {"urgency": ""}, 422)
    assert page.find(id="title")["value"] == "Dry room training"
    browse.submit(page, "Save as draft", {"urgency": "2"})
    with app.app_context():
        topics = db.session.scalars(select(Topic).order_by(Topic.id)).all()
        post = db.session.get_one(Post, topics[0].post_id)
        assert (post.title, post.side, post.state) == ("Dry room training", PostSide.NEED, PostState.DRAFT)
        assert topics[1].post_id is None
    assert "Became the post “Dry room training”" in browse.get(outcome_path(met)).words
    page = browse.get("/topics/")
    assert "Became the post" in page.words
    # Among the topics of many talks each says of which it is.
    assert [link["href"] for link in page.find_all("a", string=re.compile("Boreal University"))] == [
        outcome_path(met), outcome_path(met)
    ]  # fmt: skip


def test_a_topic_is_removed_only_while_nothing_became_of_it(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    tell(browse.sign_in("max"), met, topics="Dry room training")
    page = browse.get(outcome_path(met))
    browse.submit(page, "Remove : Dry room training")
    with app.app_context():
        assert db.session.scalars(select(Topic)).all() == []


def test_somebody_elses_topic_starts_no_post(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        dealings = add_dealings(db.session, world)
    unit = world.units["boreal engineering"]
    dora = browse.sign_in("dora")
    dora.get(f"/topics/{dealings.topic}/become?as=need", 404)
    dora.get(f"/units/{unit}/posts/new?side=need&topic={dealings.topic}", 404)
    dora.post(f"/units/{unit}/posts/new?side=need&topic={dealings.topic}", {"title": "x"}, 404)
    dora.get(f"/units/{unit}/posts/new?side=need&topic={'9' * 30}", 404)
    browse.sign_in("max").get(f"/topics/{dealings.topic}/become?as=money", 404)


def test_a_need_that_was_heard_is_marked_until_they_confirm_it_and_becomes_their_post(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    page = hear(browse, met)
    assert "Not confirmed yet" in page.words
    heard = heard_need(app)
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "heard_need.asked")).all()
        assert [mail.recipient for mail in mails] == ["dora@boreal.example"]
        assert "Max Example of Alba Cells" in mails[0].body
        assert len(re.findall(r"http\S+", mails[0].body)) == 1
    for address in (f"/heard-needs/{heard.id}", "/heard-needs/", outcome_path(met)):
        assert "Not confirmed yet" in browse.get(address).words, address
    dora = Browser(app).sign_in("dora")
    dora.get(f"/heard-needs/{heard.id}/post", 303)
    dora.get(f"/units/{world.units['boreal engineering']}/posts/new?side=need&heard={heard.id}", 404)
    page = dora.get(f"/heard-needs/{heard.id}")
    page = dora.submit(page, "Answer", {"answer": "corrected", "words": ""}, 422)
    assert page.error_of("words") == "Error: Write the need as you would say it."
    page = dora.follow(
        dora.submit(page, "Answer", {"answer": "corrected", "words": "We seek two mentors a year."})
    )
    assert "Corrected" in page.words
    link = page.find("a", string="Make it our post")
    page = dora.follow(dora.get(str(link["href"]), 303))
    assert page.find(id="title")["value"] == "Mentors for theses"
    assert "We seek two mentors a year." in page.find(id="text").get_text()
    dora.submit(page, "Save as draft", {"urgency": "1"})
    with app.app_context():
        heard = db.session.get_one(HeardNeed, heard.id)
        post = db.session.get_one(Post, heard.post_id)
        assert (post.unit_id, post.state) == (world.units["boreal engineering"], PostState.DRAFT)
    assert "Our post of it" in dora.get(f"/heard-needs/{heard.id}").words
    page = browse.get(f"/heard-needs/{heard.id}")
    assert "Our post of it" not in page.words
    assert "We seek two mentors a year." in page.words
    with app.app_context():
        answered = db.session.scalars(
            select(OutboxMail).where(OutboxMail.kind == "heard_need.answered")
        ).one()
        assert answered.recipient == "max@alba.example"
        assert "into their own words" in answered.body


def test_words_that_changed_are_asked_about_again_and_an_old_answer_is_refused(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    hear(browse, met)
    heard = heard_need(app)
    dora = Browser(app).sign_in("dora")
    early = dora.get(f"/heard-needs/{heard.id}")
    page = browse.get(f"/heard-needs/{heard.id}/edit")
    browse.submit(page, "Save and ask them again", {"text": "They seek ten mentors."})
    page = dora.submit(early, "Answer", {"answer": "confirmed"}, 409)
    assert "They seek ten mentors." in page.words
    dora.submit(page, "Answer", {"answer": "refused"})
    assert heard_need(app).state is HeardState.REFUSED
    page = browse.get(f"/heard-needs/{heard.id}/edit")
    page = browse.submit(page, "Save and ask them again", {"text": "Too late"}, 409)
    assert "Said not to be so" in page.words
    with app.app_context():
        asked = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "heard_need.asked")).all()
        assert len(asked) == 2
        assert not any(still_wanted(db.session, mail) for mail in asked)


def test_what_was_heard_can_be_taken_back_and_is_then_asked_of_nobody(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    page = hear(browse, met)
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "heard_need.asked")).one()
        assert still_wanted(db.session, mail)
    browse.submit(page, "Take it back")
    with app.app_context():
        assert db.session.scalars(select(HeardNeed)).all() == []
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "heard_need.asked")).one()
        assert not still_wanted(db.session, mail)


def test_each_side_does_only_what_is_its_own(browse: Browser, app: Flask, met: Dealings) -> None:
    hear(browse, met)
    number = heard_need(app).id
    browse.post(f"/heard-needs/{number}/answer", {"answer": "confirmed"}, 403)
    browse.get(f"/heard-needs/{number}/post", 403)
    dora = Browser(app).sign_in("dora")
    dora.get(f"/heard-needs/{number}/edit", 403)
    dora.post(f"/heard-needs/{number}/edit", {"title": "x", "text": "y"}, 403)
    dora.post(f"/heard-needs/{number}/remove", {}, 403)
    dora.get(f"/relationships/{met.ours}/heard-needs/new", 404)
    Browser(app).sign_in("carl").get(f"/heard-needs/{number}", 404)
    assert heard_need(app).state is HeardState.WAITING


def test_a_need_pressed_twice_is_kept_and_mailed_once(browse: Browser, app: Flask, met: Dealings) -> None:
    hear(browse, met)
    hear(browse, met)
    heard_need(app)
    with app.app_context():
        assert len(db.session.scalars(select(OutboxMail)).all()) == 1


def test_a_meeting_of_others_is_not_the_talk_in_which_it_was_heard(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    with app.app_context():
        other = add_dealings(db.session, world, "alba", "corvus", "olga", "carl")
    browse.sign_in("olga").get(f"/relationships/{met.ours}/heard-needs/new?meeting={other.past_meeting}", 404)


def test_a_topic_becomes_a_request_to_meet_that_remembers_it(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    tell(browse.sign_in("max"), met, topics="Joint lab")
    with app.app_context():
        number = db.session.scalars(select(Topic.id)).one()
    page = browse.follow(browse.get(f"/topics/{number}/become?as=introduction", 303))
    assert page.find(id="purpose").get_text().strip() == "Joint lab"
    assert not page.select("input[name=posts][checked]"), "the topic is not what the posts are about"
    with app.app_context():
        partner_unit = db.session.get_one(Relationship, met.ours).partner_unit_id
    assert page.select("#addressee option[selected]")[0]["value"] == str(partner_unit)
    check = browse.submit(page, "See what they will read", {}, status=200)
    browse.submit(check, "Send the request", {})
    with app.app_context():
        topic = db.session.get_one(Topic, number)
        assert topic.introduction_id not in {None, met.introduction}
    assert "Became a request to Boreal University" in browse.get(outcome_path(met)).words


def test_a_topic_leads_to_no_request_to_who_cannot_be_asked(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    tell(browse.sign_in("max"), met, topics="Joint lab")
    places = (outcome_path(met), "/topics/")
    for place in places:
        assert "Ask for a meeting : Joint lab" in browse.get(place).words, place
    with app.app_context():
        begin_write(db.session)
        boreal = db.session.get_one(Organisation, world.organisations["boreal"])
        boreal.state = OrganisationState.CLOSED
        db.session.commit()
    for place in places:
        words = browse.get(place).words
        assert "Make it a need : Joint lab" in words, place
        assert "Ask for a meeting" not in words, place


def test_a_topic_leads_nobody_to_a_meeting_that_they_do_not_see(
    browse: Browser, app: Flask, world: World
) -> None:
    """Whoever sponsors a card from another unit reads its topics, and was not introduced."""
    with app.app_context():
        dealings = add_dealings(db.session, world)
        begin_write(db.session)
        add_person(db.session, world, "otto", "alba", [("alba", Role.MEMBER)])
        db.session.get_one(Relationship, dealings.ours).sponsor_id = world.people["otto"]
        db.session.commit()
    path = f"/meetings/{dealings.past_meeting}/outcome"
    page = browse.sign_in("otto").get("/topics/")
    assert "They have a dry room." in page.words
    assert "Boreal University" in page.words
    assert not page.select(f'a[href="{path}"]')
    browse.get(path, 404)
    page = browse.sign_in("max").get("/topics/")
    assert page.select(f'a[href="{path}"]')
    browse.get(path)

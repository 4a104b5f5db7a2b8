"""Approvals: only the operator decides who is seen and which posts go; the people concerned are told."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditEntry
from models.changelog import Change
from models.database import begin_write
from models.organisation import Organisation, OrganisationState
from models.outbox import OutboxMail
from models.post import Post, PostState
from tests.browsing import Browser
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db

OTHERS = ("ada", "olga", "max", "boris", "carl", "dana", "uma")


def test_waiting_organisations_are_listed_and_told_in_full(world: World, browse: Browser) -> None:
    page = browse.sign_in("opal").get("/approvals")
    assert "Delta Labs" in page.words
    assert "Alba Cells" not in page.words
    assert "Alba Cells" in browse.get("/approvals?state=decided").words
    shown = browse.get(f"/approvals/{world.organisations['delta']}")
    assert "dana@delta.example" in shown.words
    assert "address ends like the organisation's" in shown.words


def test_one_among_many_is_found_by_its_name(browse: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.approvals.pages.MOST_DECIDED", 2)
    page = browse.sign_in("opal").get("/approvals?state=decided")
    assert "The newest 2. Find others by their name." in page.words
    found = browse.submit(page, "Find", {"name": "ALBA c"}, 200)
    assert "Alba Cells" in found.words
    assert "Corvus Motors" not in found.words
    assert "The newest" not in found.words
    assert "No organisation has this name." in browse.submit(page, "Find", {"name": "100%"}, 200).words
    assert "Delta Labs" not in browse.submit(page, "Find", {"name": ""}, 200).words


def test_only_where_others_are_left_out_one_reads_that_these_are_the_newest(
    app: Flask, browse: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        decided = Organisation.state != OrganisationState.PENDING
        count = db.session.scalar(select(func.count(Organisation.id)).where(decided)) or 0
    for most, is_cut in ((count, False), (count - 1, True)):
        monkeypatch.setattr("web.approvals.pages.MOST_DECIDED", most)
        page = browse.sign_in("opal").get("/approvals?state=decided")
        assert (f"The newest {most}." in page.words) is is_cut
        assert len(page.select("tbody tr")) == most


def test_a_long_list_is_asked_for_in_few_statements(app: Flask, browse: Browser) -> None:
    browse.sign_in("opal").get("/approvals")
    few = statements_of(app, lambda: browse.get("/approvals"))
    many = statements_of(app, lambda: browse.get("/approvals?state=decided"))
    assert len(many) <= len(few), "\n".join(many)


@pytest.mark.parametrize("name", ["Ørsted Ö", "rsted", "LABS"])
def test_a_name_of_many_letters_is_found_as_it_is_written(either_app: Flask, name: str) -> None:
    with either_app.app_context():
        organisation_id = build_world(db.session).organisations["alba"]
        begin_write(db.session)
        db.session.get_one(Organisation, organisation_id).name = "Ørsted Österreich Labs"
        db.session.commit()
    browse = Browser(either_app).sign_in("opal")
    page = browse.get("/approvals?state=decided")
    assert "Ørsted Österreich Labs" in browse.submit(page, "Find", {"name": name}, 200).words


@pytest.mark.parametrize(
    "path", ["/approvals?state=decided&name=a%00b", "/approvals/posts?name=a%00b", "/trail?name=a%00b"]
)
def test_characters_that_no_name_has_are_told_at_the_field(either_app: Flask, path: str) -> None:
    with either_app.app_context():
        build_world(db.session)
    assert Browser(either_app).sign_in("opal").get(path).error_of("name")


def test_approving_shows_it_to_the_others_and_tells_its_admins(
    app: Flask, world: World, browse: Browser
) -> None:
    post = f"/approvals/posts/{world.posts['delta capability']}/withdraw"
    browse.sign_in("opal").get(post, status=404)
    browse.submit(browse.get(f"/approvals/{world.organisations['delta']}"), "Approve")
    browse.get(post)
    with app.app_context():
        organisation = db.session.get_one(Organisation, world.organisations["delta"])
        assert organisation.is_approved
        assert organisation.decided_at
        [mail] = db.session.scalars(select(OutboxMail)).all()
        assert mail.recipient == "dana@delta.example"
        assert "is approved" in mail.body
        newest = db.session.scalars(select(Change).order_by(Change.seq.desc())).first()
        assert newest
        assert newest.organisation_id == organisation.id
        assert "organisation.decide" in db.session.scalars(select(AuditEntry.action)).all()


def test_refusing_needs_a_reason_that_its_admins_read(app: Flask, world: World, browse: Browser) -> None:
    page = browse.sign_in("opal").get(f"/approvals/{world.organisations['delta']}")
    refused = browse.submit(page, "Do not approve", status=422)
    assert refused.error_of("reason")
    browse.submit(page, "Do not approve", {"reason": "We cannot find you in the register."})
    with app.app_context():
        organisation = db.session.get_one(Organisation, world.organisations["delta"])
        assert organisation.state is OrganisationState.REFUSED
        [mail] = db.session.scalars(select(OutboxMail)).all()
        assert "We cannot find you in the register." in mail.body
    assert "We cannot find you" in browse.sign_in("dana").get("/join").words


@pytest.mark.parametrize(("name", "domain"), [("ALBA-Cells GmbH", "new.example"), ("New", "alba.example")])
def test_one_that_is_here_already_is_named_beside_the_new_one(
    either_app: Flask, name: str, domain: str
) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        begin_write(db.session)
        delta = db.session.get_one(Organisation, world.organisations["delta"])
        delta.name = name
        delta.domains[0].domain = domain
        db.session.commit()
    browse = Browser(either_app).sign_in("opal")
    page = browse.get(f"/approvals/{world.organisations['delta']}")
    assert "Is it here already?" in page.words
    assert page.select_one(f"a[href='/approvals/{world.organisations['alba']}']")
    assert "Is it here already?" not in browse.get(f"/approvals/{world.organisations['corvus']}").words


def test_deciding_twice_writes_one_mail(app: Flask, world: World, browse: Browser) -> None:
    page = browse.sign_in("opal").get(f"/approvals/{world.organisations['delta']}")
    browse.submit(page, "Approve")
    browse.submit(page, "Approve")
    with app.app_context():
        assert len(db.session.scalars(select(OutboxMail)).all()) == 1


def test_an_approved_organisation_can_be_refused_later(app: Flask, world: World, browse: Browser) -> None:
    page = browse.sign_in("opal").get(f"/approvals/{world.organisations['alba']}")
    assert "Do not approve" not in page.words
    assert "Others do not see it any more" in page.words
    browse.submit(page, "Take the approval back", {"reason": "It sends unwanted mail."})
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "organisation.decided")).all()
        assert {mail.subject for mail in mails} == {"Alba Cells is not approved any more"}
        assert "others do not see it, and you see no others" in " ".join(mails[0].body.split())
    browse.get(f"/approvals/posts/{world.posts['alba need']}/withdraw", status=404)


def test_what_was_closed_meanwhile_is_not_called_refused(app: Flask, world: World, browse: Browser) -> None:
    path = f"/approvals/{world.organisations['alba']}"
    form = browse.sign_in("opal").get(path)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["alba"]).state = OrganisationState.CLOSED
        db.session.commit()
    answer = browse.submit(form, "Take the approval back", {"reason": "It ceased."})
    words = browse.follow(answer).words
    assert "Alba Cells is closed already." in words
    assert "Alba Cells is not approved." not in words
    with app.app_context():
        alba = db.session.get_one(Organisation, world.organisations["alba"])
        assert (alba.state, alba.refusal_reason) == (OrganisationState.CLOSED, "")


@pytest.mark.parametrize("name", ["BATTERY test", "alba c"])
def test_one_post_among_many_is_found_by_its_name_or_that_of_its_organisation(
    either_app: Flask, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with either_app.app_context():
        build_world(db.session)
    monkeypatch.setattr("web.approvals.posts.MOST_POSTS", 1)
    browse = Browser(either_app).sign_in("opal")
    page = browse.get("/approvals/posts")
    assert "The newest 1. Find others by their name." in page.words
    assert "Battery test engineers" not in page.words
    monkeypatch.setattr("web.approvals.posts.MOST_POSTS", 100)
    found = browse.submit(page, "Find", {"name": name}, 200)
    assert "Battery test engineers" in found.words
    assert "Graduates in electrochemistry" not in found.words
    assert "The newest" not in found.words
    assert "No post has this name." in browse.submit(page, "Find", {"name": "100%"}, 200).words


def test_many_posts_are_asked_for_in_few_statements(
    app: Flask, browse: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browse.sign_in("opal").get("/approvals/posts")
    many = statements_of(app, lambda: browse.get("/approvals/posts"))
    monkeypatch.setattr("web.approvals.posts.MOST_POSTS", 1)
    assert len(many) <= len(statements_of(app, lambda: browse.get("/approvals/posts"))), "\n".join(many)


def test_the_operator_sees_shared_posts_and_no_others(browse: Browser) -> None:
    words = browse.sign_in("opal").get("/approvals/posts").words
    assert "Battery test engineers" in words
    assert "Graduates in electrochemistry" in words
    for hidden in ("Safety training", "Internal laboratory", "Jobs for developers"):
        assert hidden not in words


def test_a_post_is_withdrawn_with_a_reason_that_its_unit_reads(
    app: Flask, world: World, browse: Browser
) -> None:
    page = browse.sign_in("opal").get(f"/approvals/posts/{world.posts['alba need']}/withdraw")
    assert browse.submit(page, "Withdraw the post", status=422).error_of("reason")
    browse.submit(page, "Withdraw the post", {"reason": "It names a person."})
    with app.app_context():
        post = db.session.get_one(Post, world.posts["alba need"])
        assert (post.state, post.withdrawn_reason) == (PostState.WITHDRAWN, "It names a person.")
        [mail] = db.session.scalars(select(OutboxMail)).all()
        assert mail.recipient == "max@alba.example"
        assert "It names a person." in mail.body
        newest = db.session.scalars(select(Change).order_by(Change.seq.desc())).first()
        assert newest
        assert newest.post_id == post.id


@pytest.mark.parametrize("name", ["alba draft", "alba internal", "delta capability"])
def test_what_is_private_is_not_the_operators(world: World, browse: Browser, name: str) -> None:
    path = f"/approvals/posts/{world.posts[name]}/withdraw"
    browse.sign_in("opal").get(path, status=404)
    browse.post(path, {"reason": "Curious."}, 404)


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_decides(app: Flask, world: World, browse: Browser, who: str) -> None:
    browse.sign_in(who)
    delta = world.organisations["delta"]
    for path in ("/approvals", "/approvals/posts"):
        browse.get(path, status=403)
    own = 403 if who == "dana" else 404
    browse.get(f"/approvals/{delta}", status=own)
    browse.post(f"/approvals/{delta}/approve", {}, own)
    browse.post(f"/approvals/{delta}/refuse", {"reason": "No."}, own)
    path = f"/approvals/posts/{world.posts['boreal capability']}/withdraw"
    response = browse.client.get(path)
    assert response.status_code in {403, 404}
    with app.app_context():
        assert db.session.get_one(Organisation, delta).state is OrganisationState.PENDING


def test_visitors_sign_in_first(world: World, browse: Browser) -> None:
    browse.sign_in("")
    delta = world.organisations["delta"]
    for path in ("/approvals", "/approvals/posts", f"/approvals/{delta}"):
        browse.get(path, status=302)
    browse.post(f"/approvals/{delta}/approve", {}, 302)

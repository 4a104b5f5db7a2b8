"""Work on a partnership: people, private goals and letters of each side, and who may touch them."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.outbox import OutboxMail
from models.outcome import SharedSummary, SummaryState
from models.partnership import Counterpart, ExpectationLetter, PrivateGoal
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.partnered import dealt as dealt
from tests.partnered import ids as ids
from tests.partnered import mails
from tests.partnering import ASKED_DRAFT, ASKED_GOAL, ASKING_GOAL, Partnering
from tests.world import World
from web.database import db


def paths_of(ids: Partnering) -> list[str]:
    return [
        f"/partnerships/{ids.partnership}",
        f"/partnerships/{ids.partnership}/promises",
        f"/partnerships/{ids.partnership}/expectations",
        f"/partnerships/{ids.partnership}/stage",
        f"/partnerships/{ids.partnership}/close",
        f"/partnerships/{ids.partnership}/people/new",
        f"/partnerships/{ids.partnership}/promises/offer",
        f"/partnerships/{ids.partnership}/promises/request",
        f"/commitments/{ids.promise}",
        f"/commitments/{ids.request}",
        f"/commitments/{ids.promise}/moves/deliver",
    ]


@pytest.mark.parametrize("name", ["", "uma", "ada", "boris", "carl", "dana", "opal"])
def test_nobody_else_sees_or_changes_anything_of_it(browse: Browser, ids: Partnering, name: str) -> None:
    browse.sign_in(name)
    refused = 302 if not name else 404
    for path in paths_of(ids):
        assert browse.client.get(path).status_code == refused, path
    posts = [
        f"/partnerships/{ids.partnership}/stage",
        f"/partnerships/{ids.partnership}/close",
        f"/partnerships/{ids.partnership}/grow/ask",
        f"/partnerships/{ids.partnership}/answer/confirm",
        f"/partnerships/{ids.partnership}/people/new",
        f"/partnerships/{ids.partnership}/expectations",
        f"/partnerships/{ids.partnership}/promises/offer",
        f"/commitments/{ids.promise}/moves/deliver",
        f"/counterparts/{ids.asking_person}/edit",
        f"/counterparts/{ids.asking_person}/remove",
    ]
    for path in posts:
        status = browse.client.post(path, data={"csrf_token": browse.token()}).status_code
        assert status == refused, path
    if name:
        assert browse.get("/partnerships").find("table") is None


def test_private_goals_and_drafts_never_reach_the_other_side(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    read = {"max": "", "dora": "", "olga": ""}
    for name in read:
        browse.sign_in(name)
        for path in ["/partnerships", *paths_of(ids), f"/counterparts/{ids.asking_person}/edit"]:
            read[name] += browse.client.get(path).get_data(as_text=True)
    assert ASKING_GOAL in read["max"]
    assert ASKING_GOAL in read["olga"]
    assert ASKING_GOAL not in read["dora"]
    assert ASKED_GOAL in read["dora"]
    assert ASKED_DRAFT in read["dora"]
    for name in ("max", "olga"):
        assert ASKED_GOAL not in read[name]
        assert ASKED_DRAFT not in read[name]
    browse.sign_in("max").get(f"/commitments/{ids.draft}", 404)
    browse.get(f"/counterparts/{ids.asked_person}/edit", 404)
    browse.post(f"/counterparts/{ids.asked_person}/edit", {"goals": "ours"}, 404)
    browse.post(f"/counterparts/{ids.asked_person}/remove", {}, 404)
    with app.app_context():
        for mail in db.session.scalars(select(OutboxMail)):
            assert "canary-goal" not in mail.body + (mail.html or "")


def test_people_are_named_with_their_goals_and_a_side_without_any_is_warned_of(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    page = browse.sign_in("max").get(f"/counterparts/{ids.asking_person}/edit")
    browse.submit(page, "No longer name them")
    page = browse.get(path)
    assert "Alba Cells, Plant has named nobody yet." in page.words
    with app.app_context():
        assert ASKING_GOAL not in db.session.scalars(select(PrivateGoal.text)).all()
    form = browse.get(f"{path}/people/new")
    incomplete = browse.submit(form, "Save", {"goals": ""}, status=422)
    assert incomplete.error_of("person")
    assert "Write what they want" in incomplete.error_of("goals")
    values = {
        "person": str(form.find("option", string="Olga Example")["value"]),
        "part": "Head of HR",
        "works_with": str(ids.asked_person),
        "goals": "Fewer vacant posts",
        "private_goals": "Only three of them",
    }
    saved = browse.follow(browse.submit(form, "Save", values))
    assert "Olga Example , Head of HR ↔ Dora Example" in saved.words
    assert "Only your side reads this: Only three of them" in saved.words
    theirs = browse.sign_in("dora").get(path).words
    assert "Olga Example , Head of HR ↔ Dora Example" in theirs
    assert "Fewer vacant posts" in theirs
    assert "Only three" not in theirs


def test_only_people_of_the_own_side_can_be_named_and_only_partners_of_this_partnership(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}/people/new"
    browse.sign_in("max")
    values = {"person": str(world.people["mia"]), "goals": "x", "works_with": ""}
    assert "not one of the choices" in browse.post(path, values, 422).words
    values = {"person": str(world.people["olga"]), "goals": "x", "works_with": str(ids.asking_person)}
    assert "not one of the choices" in browse.post(path, values, 422).words
    with app.app_context():
        assert len(db.session.scalars(select(Counterpart)).all()) == 2


def test_a_change_that_crosses_a_colleagues_is_shown_and_overwrites_nothing(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/counterparts/{ids.asking_person}/edit"
    mine = browse.sign_in("max").get(path)
    olga = Browser(app).sign_in("olga")
    olga.submit(olga.get(path), "Save", {"goals": "Olga's words"})
    crossed = browse.submit(mine, "Save", {"goals": "Max's words"}, status=409)
    assert "They wrote: “Olga's words”" in crossed.words
    assert "Max's words" in crossed.find("textarea", attrs={"name": "goals"}).get_text()
    browse.submit(crossed, "Save")
    with app.app_context():
        assert db.session.get_one(Counterpart, ids.asking_person).goals == "Max's words"


def test_whoever_is_named_may_work_on_it(app: Flask, browse: Browser, world: World, ids: Partnering) -> None:
    browse.sign_in("ada").get(f"/partnerships/{ids.partnership}", 404)
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            Counterpart(partnership_id=ids.partnership, side=Side.ASKING, person_id=world.people["ada"])
        )
        # Named on a side to which one does not belong opens nothing.
        db.session.add(
            Counterpart(partnership_id=ids.partnership, side=Side.ASKING, person_id=world.people["carl"])
        )
        db.session.commit()
    browse.sign_in("ada").get(f"/partnerships/{ids.partnership}")
    browse.sign_in("carl").get(f"/partnerships/{ids.partnership}", 404)


def test_the_letter_is_drafted_from_what_was_said_and_read_by_both_once_sent(
    app: Flask, browse: Browser, world: World, dealt: Dealings, ids: Partnering
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            SharedSummary(
                meeting_id=dealt.next_meeting,
                written_by=Side.ASKED,
                person_id=world.people["dora"],
                text="Forty cells in the first month.",
                state=SummaryState.CONFIRMED,
            )
        )
        db.session.commit()
    path = f"/partnerships/{ids.partnership}/expectations"
    page = browse.sign_in("max").get(path)
    draft = page.find("textarea", attrs={"name": "text"}).get_text()
    assert "What we expect of ourselves: Placements in our test hall." in " ".join(draft.split())
    assert "What we hope for from you: Graduates who can run ageing tests." in " ".join(draft.split())
    assert "Forty cells in the first month." in draft
    browse.submit(page, "Save the draft", {"text": "We expect forty cells."})
    assert "We expect forty cells." in browse.get(path).words
    assert "We expect forty cells." not in browse.sign_in("dora").get(path).words
    browse.sign_in("max").submit(browse.get(path), "Send it")
    (mail,) = mails(app, "partnership.expectations")
    assert mail.recipient == "dora@boreal.example"
    assert "We expect forty cells." in mail.body
    assert mail.body.count("http://localhost/") == 1
    assert "We expect forty cells." in browse.sign_in("dora").get(path).words
    with app.app_context():
        letters = db.session.scalars(select(ExpectationLetter).order_by(ExpectationLetter.id)).all()
        assert [letter.side for letter in letters if letter.sent_at] == [Side.ASKING]


def test_a_letter_that_a_colleague_changed_meanwhile_is_not_overwritten(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}/expectations"
    mine = browse.sign_in("max").get(path)
    olga = Browser(app).sign_in("olga")
    olga.submit(olga.get(path), "Save the draft", {"text": "Olga's letter"})
    crossed = browse.submit(mine, "Send it", {"text": "Max's letter"}, status=409)
    assert "Olga's letter" in crossed.words
    assert "Max's letter" in crossed.find("textarea").get_text()

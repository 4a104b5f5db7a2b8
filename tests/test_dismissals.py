"""Not a fit, because …: it stays away with its reason, can be undone, and stays on our side."""

from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditEntry
from models.dismissal import Dismissal, DismissalReason
from tests.browsing import Browser, Page
from tests.test_partners_pages import withdraw
from tests.world import World
from web.database import db


def path(world: World, rest: str = "", unit: str = "alba") -> str:
    return f"/units/{world.units[unit]}/partners/{rest}"


def suggested(browse: Browser, world: World, unit: str = "alba") -> list[str]:
    return [
        heading.get_text(strip=True)
        for heading in browse.get(path(world, unit=unit)).select(".card-match h3")
    ]


def dismiss(browse: Browser, world: World, reason: str = "not_now", note: str = "") -> Page:
    page = browse.get(path(world, f"{world.organisations['boreal']}/dismiss"))
    return browse.submit(page, "Do not suggest it again", {"reason": reason, "note": note})


def stored(app: Flask) -> list[Dismissal]:
    with app.app_context():
        return list(db.session.scalars(select(Dismissal).order_by(Dismissal.id)))


def test_a_dismissed_organisation_stays_away_and_the_page_offers_undo(
    browse: Browser, world: World, app: Flask
) -> None:
    browse.sign_in("olga")
    page = browse.follow(dismiss(browse, world, "too_far", "Ask again when the bridge is built"))
    assert "Boreal University is no longer suggested to Alba Cells" in page.words
    assert suggested(browse, world) == []
    (row,) = stored(app)
    assert (row.reason, row.note) == (DismissalReason.TOO_FAR, "Ask again when the bridge is built")
    with app.app_context():
        assert (
            db.session.scalar(select(AuditEntry.record_id).where(AuditEntry.action == "dismissal.add"))
            == row.id
        )
    browse.follow(browse.submit(page, "Undo : Boreal University"))
    assert suggested(browse, world) == ["Boreal University"]


def test_the_way_leads_back_to_the_one_way_list_and_its_filters(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability")
    back = path(world, "one-way?kind=university", "alba plant")
    page = browse.sign_in("max").get(back)
    page = browse.get(str(page.select_one("a[href*='/dismiss?']")["href"]))
    assert len(page.select(f"a[href='{back}']")) == 2
    sent = browse.submit(page, "Do not suggest it again", {"reason": "not_now"})
    assert sent.response.headers["Location"].startswith(f"{back}&dismissed=")
    undone = browse.submit(browse.follow(sent), "Undo : Boreal University")
    assert undone.response.headers["Location"] == back
    foreign = path(world, f"{world.organisations['boreal']}/dismiss?list=//evil.example", "alba plant")
    assert "evil.example" not in str(browse.get(foreign))


def test_the_list_tells_whom_why_and_how_often_and_undoes(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    dismiss(browse, world, "wrong_field", "<i>note</i>")
    page = browse.get(path(world, "dismissed"))
    assert "Another field than ours: 1" in page.words
    assert "<i>note</i>" in page.words
    page = browse.follow(browse.submit(page, "Undo : Boreal University"))
    assert "can be suggested to you again" in page.words
    assert "You have not put anyone aside" in browse.get(path(world, "dismissed")).words


def test_sending_it_twice_changes_nothing_the_second_time(browse: Browser, world: World, app: Flask) -> None:
    browse.sign_in("olga")
    page = browse.get(path(world, f"{world.organisations['boreal']}/dismiss"))
    for _ in range(2):
        browse.submit(page, "Do not suggest it again", {"reason": "not_now"})
    assert len(stored(app)) == 1
    undo = browse.get(path(world, "dismissed"))
    for _ in range(2):
        browse.submit(undo, "Undo : Boreal University")
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(AuditEntry.action == "dismissal.undo")) == 1
    assert suggested(browse, world) == ["Boreal University"]


def test_after_undo_it_can_be_dismissed_again_and_history_stays(
    browse: Browser, world: World, app: Flask
) -> None:
    browse.sign_in("olga")
    for _ in range(2):
        dismiss(browse, world)
        browse.submit(browse.get(path(world, "dismissed")), "Undo : Boreal University")
    assert [row.undone_at is not None for row in stored(app)] == [True, True]


def test_without_a_reason_the_page_says_so_and_keeps_the_note(
    browse: Browser, world: World, app: Flask
) -> None:
    browse.sign_in("olga")
    page = browse.get(path(world, f"{world.organisations['boreal']}/dismiss"))
    page = browse.submit(page, "Do not suggest it again", {"note": "half a thought"}, 422)
    assert page.error_of("reason") == "Error: Choose the reason that comes closest."
    assert "half a thought" in page.select_one("textarea").get_text()
    assert stored(app) == []


def test_bad_reasons_and_notes_are_refused_at_their_field(browse: Browser, world: World, app: Flask) -> None:
    browse.sign_in("olga")
    page = browse.get(path(world, f"{world.organisations['boreal']}/dismiss"))
    for field, value in (("reason", "because"), ("note", "x" * 501), ("note", "a\x00b")):
        answer = browse.submit(page, "Do not suggest it again", {"reason": "not_now", field: value}, 422)
        assert answer.error_of(field), (field, value[:10])
    assert stored(app) == []


def test_it_is_one_units_decision_and_private_to_its_side(browse: Browser, world: World) -> None:
    dismiss(browse.sign_in("olga"), world, note="secret reason")
    assert suggested(browse.sign_in("max"), world, "alba plant") == ["Boreal University"]
    assert "Alba Cells" in suggested(browse.sign_in("dora"), world, "boreal engineering")
    alba = f"/organisations/{world.organisations['alba']}"
    assert "secret reason" not in browse.get(alba).words


def test_nobody_dismisses_or_undoes_for_a_foreign_unit(browse: Browser, world: World, app: Flask) -> None:
    dismiss(browse.sign_in("olga"), world)
    (row,) = stored(app)
    add, undo = (
        path(world, f"{world.organisations['corvus']}/dismiss"),
        path(world, f"dismissed/{row.id}/undo"),
    )
    for person in ("carl", "dora", "max", "opal", "uma"):
        browse.sign_in(person).get(add, 404)
        browse.post(add, {"reason": "not_now"}, 404)
        browse.post(undo, {}, 404)
        # The own unit in the path does not help with somebody else's row.
    own = f"/units/{world.units['corvus']}/partners/dismissed/{row.id}/undo"
    browse.sign_in("carl").post(own, {}, 404)
    # Nor does another unit of the own side stand in for the one that decided.
    other = f"/units/{world.units['alba plant']}/partners/dismissed/{row.id}/undo"
    browse.sign_in("olga").post(other, {}, 404)
    assert stored(app)[0].undone_at is None
    assert len(stored(app)) == 1


def test_nobody_dismisses_the_own_an_unapproved_or_an_unknown_organisation(
    browse: Browser, world: World
) -> None:
    browse.sign_in("olga")
    for number in (world.organisations["alba"], world.organisations["delta"], 999999):
        browse.get(path(world, f"{number}/dismiss"), 404)
        browse.post(path(world, f"{number}/dismiss"), {"reason": "not_now"}, 404)


def test_the_pair_page_says_who_was_put_aside_and_undoes_it(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    dismiss(browse, world, "too_far")
    page = browse.get(path(world, str(world.organisations["boreal"])))
    assert "You put Boreal University aside" in page.words
    assert "Too far away" in page.words
    assert not page.find("a", string="Not a fit")
    browse.submit(page, "Undo : Boreal University")
    page = browse.get(path(world, str(world.organisations["boreal"])))
    assert "aside on" not in page.words
    assert page.find("a", string="Not a fit")


def test_undo_leads_back_to_where_one_was(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    for back in (f"{world.organisations['boreal']}?country=DE", "dismissed"):
        dismiss(browse, world)
        undone = browse.submit(browse.get(path(world, back)), "Undo : Boreal University")
        assert undone.response.headers["Location"] == path(world, back)


def test_a_number_that_no_dismissal_can_have_offers_nothing_to_undo(browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(path(world, f"?dismissed={10**22}"))
    assert not page.select(".partners-undo")

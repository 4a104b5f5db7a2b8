"""The list of partners as a table for a spreadsheet: the rows and words of the page, and nothing else."""

import csv
import io

import pytest
from flask import Flask

from models.database import begin_write
from models.organisation import Organisation
from models.post import Post
from tests.browsing import Browser
from tests.test_partners_pages import withdraw
from tests.world import World
from web.database import db


def table(browse: Browser, world: World, unit: str = "alba plant", rest: str = "") -> list[dict[str, str]]:
    answer = browse.client.get(f"/units/{world.units[unit]}/partners/download{rest}")
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="partners.csv"'
    text = answer.get_data().decode("utf-8")
    # Without the mark a spreadsheet would take the letters for those of another encoding.
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_table_says_what_the_page_says(browse: Browser, world: World) -> None:
    (row,) = table(browse.sign_in("max"), world)
    assert row == {
        "Organisation": "Boreal University",
        "Kind": "University",
        "Sector": "Education",
        "Place": "Rostock, Germany",
        "Distance in km": "130",
        "Fit": "strong",
        "You get": "strong",
        "They get": "strong",
        "Your need": "Battery test engineers",
        "Answered by their capability": "Graduates in electrochemistry",
        "Your capability": "Placements in our test hall",
        "Answers their need": "Placements for electrochemistry students",
        "Not covered": "",
        "Good to know": "",
        "In contact": "",
        "In your pipeline": "",
        "Page": f"http://localhost/units/{world.units['alba plant']}/partners/{world.organisations['boreal']}",
    }


def test_the_page_leads_to_the_table_of_the_same_list(browse: Browser, world: World, app: Flask) -> None:
    browse.sign_in("max")
    for rest in ("?country=DE&place=far", ""):
        page = browse.get(f"/units/{world.units['alba plant']}/partners/{rest}")
        link = page.select_one("main a[href*=download]")
        assert link is not None
        answer = browse.client.get(str(link["href"]))
        assert "Boreal University" in answer.get_data(as_text=True)
    assert table(browse, world, rest="?country=PT") == []
    withdraw(app, world, "alba capability")
    page = browse.get(f"/units/{world.units['alba plant']}/partners/one-way")
    link = page.select_one("main a[href*=download]")
    assert link is not None
    assert link.get_text(strip=True) == "Download as a table (CSV)"
    (row,) = table(browse, world, rest="?" + str(link["href"]).split("?")[1])
    assert (row["You get"], row["They get"]) == ("strong", "not known yet")
    assert table(browse, world) == []


def test_a_link_that_is_too_weak_for_a_grade_is_not_called_an_answer(browse: Browser, world: World) -> None:
    form = browse.sign_in("dora").get(f"/posts/{world.posts['boreal need']}/edit")
    browse.submit(
        form, "Save", {"title": "A choir for midsummer", "text": "Voices for our concert by the lake."}
    )
    (row,) = table(browse.sign_in("max"), world)
    assert row["Answered by their capability"] == "Graduates in electrochemistry"
    assert row["Answers their need"] == "Nothing that clearly fits. Closest: A choir for midsummer"


def test_an_empty_list_offers_no_table(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/partners/?country=PT")
    assert not page.select_one("main a[href*=download]")


def test_no_cell_is_a_formula(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["boreal"]).name = "=HYPERLINK(1)"
        db.session.get_one(Post, world.posts["boreal capability"]).title = "@sum, +1"
        db.session.commit()
    (row,) = table(browse.sign_in("max"), world)
    assert row["Organisation"] == "'=HYPERLINK(1)"
    assert row["Answered by their capability"] == "'@sum, +1"


@pytest.mark.parametrize("person", ["", "carl", "dora", "opal", "uma"])
def test_nobody_downloads_the_partners_of_a_foreign_unit(person: str, browse: Browser, world: World) -> None:
    browse.sign_in(person)
    status = browse.client.get(f"/units/{world.units['alba']}/partners/download").status_code
    assert status == (404 if person else 302)

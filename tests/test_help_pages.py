"""Help and the accessibility statement: for everybody, and true to the portal's own words."""

import pytest
from flask import Flask

from tests.browsing import Browser

PEOPLE = ("", "olga", "uma", "dana", "opal")


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("path", ["/help", "/accessibility"])
def test_everybody_may_read_it(path: str, person: str, browse: Browser) -> None:
    browse.sign_in(person).get(path)


def test_every_line_of_the_contents_leads_to_its_answer(browse: Browser) -> None:
    page = browse.sign_in("").get("/help")
    links = page.select("main nav a")
    assert len(links) >= 8
    for link in links:
        heading = page.select_one(str(link["href"]))
        assert heading is not None
        assert heading.name == "h2"
        assert heading.get_text() == link.get_text()


def test_pages_that_link_to_an_answer_find_it(browse: Browser) -> None:
    page = browse.sign_in("").get("/help")
    assert page.select_one("#approval")
    assert page.select_one("#visibility")


def test_help_explains_each_grade_with_its_own_sign(browse: Browser) -> None:
    signs = [sign.get_text(strip=True) for sign in browse.sign_in("").get("/help").select(".grade")]
    assert signs == ["Strong fit", "Good fit", "Possible fit"]


def test_a_complaint_has_somebody_to_go_to(browse: Browser, app: Flask) -> None:
    page = browse.sign_in("").get("/accessibility")
    assert "WCAG" in page.words
    assert page.select_one("a[href='mailto:counterpart@localhost']")

"""The design language rendered in a bare application: parts, scores, frame and error pages."""

import pytest
from bs4 import BeautifulSoup
from flask import flash, render_template, render_template_string

from tests.bare_look import TEMPLATES, frame_values, house_rule_breaches, the
from tests.bare_look import app as app
from tests.bare_look import request_context as request_context

PARTS = """
{% extends "base.html" %}
{% import "macros/page.html" as page %}
{% import "macros/scores.html" as scores %}
{% import "macros/match.html" as match %}
{% block title %}{{ _("Partners") }}{% endblock %}
{% block lead %}
  {{ page.page_header("Partners", lead="Who completes the Faculty of Engineering: 6 needs, 9 capabilities.",
                      action_label="Post a need", action_url="/new", action_icon="plus") }}
{% endblock %}
{% block main %}
  {{ page.tabs([("Best fits", "/p", true, 3), ("Everyone else who fits", "/e", false, 21),
                ("One-way fits", "/o", false)], "Partners") }}
  <form class="filter-bar" action="/p" method="get">
    <div class="field">
      <label class="field-label" for="place">Place</label>
      <input class="form-control" id="place" name="place">
    </div>
    <div class="field">
      <label class="field-label" for="sector">Sector</label>
      <select class="form-select" id="sector" name="sector"><option>Any</option></select>
    </div>
    <div class="field">
      <label class="field-label" for="near">Nearby matters</label>
      <select class="form-select" id="near" name="near"><option>A little</option></select>
    </div>
    <button class="btn btn-secondary">Show</button>
  </form>
  {{ page.chips([("Germany", "/p?x"), "Automotive"], label="Filters") }}
  <h2>Best fits</h2>
  <ul class="match-list">
    {% call match.match_card(
        "Hochschule Weserkamp", "/o/1", ["University of applied sciences", "Bremen, Germany"],
        "strong", 0.82, 0.64, "strong", "good", km=343,
        get_pair={"ours": "Battery test engineers", "theirs": "MSc Electrochemistry, 40 a year", "caveat": ""},
        give_pair={"ours": "Twelve thesis places", "theirs": "Thesis topics with industrial data", "caveat": "Near:"},
        uncovered=["Shift leads for night work"], contact="Amina Okoro", places_left=2) %}
      <a class="btn btn-primary" href="/ask">Ask for a meeting</a>
      <a class="btn btn-secondary" href="/why">Why</a>
      <a class="btn btn-quiet" href="/no">Not a fit</a>
    {% endcall %}
    {% call match.match_card("Ostsee University", "/o/2", ["University", "Rostock, Germany"],
                             "possible", 0.4, none, "possible", none, km=12) %}
      <a class="btn btn-secondary" href="/why">Why</a>
    {% endcall %}
  </ul>
  <h2>Why this pair</h2>
  {{ match.pair_heads("Nordwind Batteries", "Cell plant, Salzgitter", "Hochschule Weserkamp",
                      "Faculty of Engineering, Bremen", 0.82, 0.64) }}
  <ul class="pair-links">
    {% call match.pair_link("get", "Battery test engineers", "MSc Electrochemistry", strength=0.9,
        our_line="Need · 6 people", their_line="Programme · 40 graduates a year", word="strong", open=true) %}
      {{ page.quote("We need engineers who test <script>alert(1)</script> battery cells and batterylike kit.",
                    ["battery", "cells"], source="Your need", side="get") }}
      {{ page.quote("Graduates test battery cells to IEC 62660.", ["battery", "cells"],
                    source="Their capability", side="get") }}
    {% endcall %}
    {% call match.pair_link("give", "Thesis places in the test hall", "Thesis topics with industrial data",
                            strength=0.4, word="good") %}{% endcall %}
  </ul>
  <h2>What needs you today</h2>
  <ul class="attention">
    {{ page.attention_row("Answer the request to meet", who="Lakeshore Health", since="since 3 November",
                          action_label="Answer", action_url="/a", urgent=true, icon_name="mail") }}
    {{ page.attention_row("Log what came of the meeting", who="Pomorska Akademia", since="since yesterday",
                          action_label="Log", action_url="/b", icon_name="calendar") }}
  </ul>
  <h2>Our posts</h2>
  <table class="table">
    <caption>Published needs</caption>
    <thead>
      <tr><th scope="col">Need</th><th scope="col">State</th><th scope="col" class="number">Places</th></tr>
    </thead>
    <tbody>
      <tr>
        <td data-label="Need"><a href="/n/1">Battery test engineers</a></td>
        <td data-label="State">{{ page.chip("Published", "ok") }}</td>
        <td class="number" data-label="Places">6</td>
      </tr>
      <tr>
        <td data-label="Need"><a href="/n/2">Shift leads for night work</a></td>
        <td data-label="State">{{ page.chip("Draft") }}</td>
        <td class="number" data-label="Places">12</td>
      </tr>
    </tbody>
  </table>
  <dl class="definitions">
    <dt>Place</dt><dd>Salzgitter, Germany</dd>
    <dt>Until</dt><dd>30 June 2027</dd>
  </dl>
  {{ page.notice("This post is a draft. Nobody else sees it.", "warning") }}
  {{ page.notice("The meeting was stored.", "success") }}
  {{ page.empty_state("You have no capabilities yet. Partners see what you can give only when you say it.",
                      "sparkles", "Post a capability", "/c/new", title="Nothing here yet") }}
  {{ page.pagination({"page": 2, "pages": 7, "previous_url": "/p?page=1", "next_url": "/p?page=3"}) }}
{% endblock %}
{% block aside %}
  {{ page.checklist("Getting started", [
      ("Tell us about your organisation", "/1", true),
      ("Post your first need", "/2", true),
      ("Post a capability", "/3", false, "Partners look for what you can give."),
      ("Invite a colleague", "/4", false),
      ("Look at your first match", "/5", false),
  ]) }}
{% endblock %}
"""


def parts_page() -> BeautifulSoup:
    return BeautifulSoup(render_template_string(PARTS, **frame_values()), "html.parser")


@pytest.mark.usefixtures("request_context")
class TestParts:
    def test_keep_the_house_rules(self) -> None:
        assert house_rule_breaches(parts_page()) == []

    def test_a_quote_escapes_and_marks_whole_words_only(self) -> None:
        quote = the(parts_page(), "blockquote.evidence")
        assert "<script>" in quote.get_text()
        assert quote.select("script") == []
        assert [mark.get_text() for mark in quote.select("mark")] == ["battery", "cells"]

    def test_progress_is_said_in_words(self) -> None:
        assert the(parts_page(), ".checklist .progress-words").get_text() == "2 of 5"

    def test_the_current_tab_is_named(self) -> None:
        assert the(parts_page(), ".tabs [aria-current=page]").get_text(" ", strip=True) == "Best fits 3"


@pytest.mark.usefixtures("request_context")
class TestScores:
    BAR = """{% from "macros/scores.html" import two_sided_bar %}
      {{ two_sided_bar(get, give, "strong", none, "<Weser>") }}"""

    def bar(self, get: float | None, give: float | None) -> BeautifulSoup:
        return BeautifulSoup(render_template_string(self.BAR, get=get, give=give), "html.parser")

    def test_an_unknown_side_is_hatched_and_said_and_never_drawn_as_zero(self) -> None:
        page = self.bar(0.5, None)
        assert the(page, "[role=img]")["aria-label"] == "You get: strong. <Weser> gets: not known yet."
        assert len(page.select(".score-hatch")) == 1
        assert page.select(".give-fill") == []

    def test_the_bars_are_as_long_as_the_scores(self) -> None:
        page = self.bar(0.5, 1)
        assert the(page, ".get-fill")["width"] == "50.0"
        assert the(page, ".get-fill")["x"] == "50.0"
        assert the(page, ".give-fill")["width"] == "100.0"

    @pytest.mark.parametrize(
        ("km", "words"), [(0.3, "in the same place"), (12.4, "12 km away"), (343, "340 km away"), (None, "")]
    )
    def test_distance_is_said_as_roughly_as_it_is_known(self, km: float | None, words: str) -> None:
        source = '{% from "macros/scores.html" import distance %}{{ distance(km) }}'
        assert BeautifulSoup(render_template_string(source, km=km), "html.parser").get_text().strip() == words


@pytest.mark.usefixtures("request_context")
class TestFrame:
    def test_renders_for_a_visitor_with_nothing_given(self) -> None:
        page = BeautifulSoup(render_template("base.html"), "html.parser")
        assert the(page, "title").get_text() == "Counterpart"
        assert page.select("nav, details, form") == []
        assert (the(page, "html")["lang"], the(page, "html")["dir"]) == ("en", "ltr")

    def test_shows_a_visitor_the_ways_in(self) -> None:
        page = BeautifulSoup(
            render_template("base.html", sign_in_url="/in", register_url="/join", person=None, acting=None),
            "html.parser",
        )
        assert [link["href"] for link in page.select(".site-actions a")] == ["/in", "/join"]

    def test_names_places_unit_and_person(self) -> None:
        page = parts_page()
        assert the(page, ".site-places [aria-current=page]").get_text() == "Partners"
        assert [link.get_text(strip=True) for link in page.select(".bottom-bar a")] == [
            "Home",
            "Partners",
            "Our posts",
            "Search",
        ]
        assert the(page, ".acting-unit").get_text() == "Cell plant"
        assert the(page, "form[action='/sign-out']")["method"] == "post"
        assert page.select("form[action='/sign-out'] input[name=csrf_token]")

    def test_announces_errors_at_once_and_other_news_politely(self) -> None:
        flash("Stored.", "success")
        flash("The date is in the past. Choose a later one.", "error")
        page = BeautifulSoup(render_template("base.html"), "html.parser")
        assert the(page, "[role=status]").get_text(strip=True) == "Stored."
        assert the(page, "[role=alert]").get_text(strip=True).startswith("The date")


ERROR_PAGES = sorted(path.name for path in (TEMPLATES / "errors").glob("[!_]*.html"))


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize("name", ERROR_PAGES)
def test_an_error_page_renders_for_anyone_and_says_what_to_do_next(name: str) -> None:
    for values in ({}, frame_values()):
        page = BeautifulSoup(render_template(f"errors/{name}", **values), "html.parser")
        assert house_rule_breaches(page) == []
        assert the(page, "title").get_text().startswith(the(page, "h1").get_text())
        assert page.select("main .btn")


@pytest.mark.usefixtures("request_context")
def test_the_warming_page_asks_for_its_own_address_with_and_without_javascript() -> None:
    page = BeautifulSoup(render_template("errors/warming.html"), "html.parser")
    assert the(page, "#warming")["hx-get"] == "/partners?page=2"
    assert the(page, 'noscript meta[http-equiv="refresh"]')["content"] == "3"

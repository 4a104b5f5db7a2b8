"""The design language rendered in a bare application: fields, parts, scores, frame and error pages."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, flash, render_template, render_template_string
from flask.ctx import RequestContext
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FileField,
    FormField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from web.navigation import static_url

WEB = Path(__file__).resolve().parent.parent / "web"
TEMPLATES = WEB / "templates"
BANNED_CLASSES = ("btn-outline-warning", "btn-outline-info", "badge bg-info")


@dataclass(frozen=True)
class Place:
    label: str
    url: str
    is_current: bool
    icon: str


@dataclass(frozen=True)
class Acting:
    label: str
    organisation_name: str
    choices: list[tuple[str, str, bool]]


@dataclass(frozen=True)
class Person:
    name: str


class TownForm(FlaskForm):
    class Meta:
        csrf = False

    town = StringField("Town", [InputRequired("Enter a town.")])


class DemoForm(FlaskForm):
    title = StringField(
        "Title", [InputRequired("Enter a title.")], description="What you seek, in a few words."
    )
    text = TextAreaField("In your own words", [InputRequired("Describe the need."), Length(max=200)])
    kind = RadioField(
        "Kind",
        [InputRequired("Choose a kind.")],
        choices=[SelectChoice("skills", "Skills"), SelectChoice("lab", "A lab")],
    )
    topics = SelectMultipleField(
        "Topics", choices=[SelectChoice("a", "Automation"), SelectChoice("b", "Batteries")]
    )
    visibility = SelectField(
        "Who may see it", choices=[SelectChoice("network", "Everyone"), SelectChoice("own", "Us")]
    )
    quantity = IntegerField("How many people")
    until = DateField("Until")
    secret = PasswordField("Password", [InputRequired("Enter your password.")])
    attachment = FileField("File")
    remote = BooleanField("Remote is fine")
    where = FormField(TownForm)
    others = FieldList(FormField(TownForm), min_entries=1)


FIELDS = """
{% extends "base.html" %}
{% import "macros/fields.html" as fields %}
{% import "macros/page.html" as page %}
{% block title %}{{ _("Post a need") }}{% endblock %}
{% block lead %}
  {{ fields.error_summary(form) }}
  {{ page.page_header("Post a need", lead="Under three minutes. Others see it only after you publish.",
                      back_label="Our posts", back_url="/posts") }}
  {{ page.steps(["Describe", "Facts", "Check"], 2) }}
{% endblock %}
{% block main %}
  {{ fields.form_start("/needs/new", multipart=true) }}
    {{ fields.radios(form.kind, big=true, option_hints={"skills": "People or knowledge we are short of"}) }}
    {{ fields.text(form.title, autocomplete="off") }}
    {{ fields.textarea(form.text, hint="What would change if this need were met?") }}
    {{ fields.group_start("Practical facts", id="facts") }}
      {{ fields.number(form.quantity, unit="people") }}
      {{ fields.date(form.until, hint="The last day on which an answer still helps.") }}
      {{ fields.select(form.visibility, width="half") }}
      {{ fields.checkboxes(form.topics) }}
      {{ fields.checkbox(form.remote, hint="We can work with people elsewhere.") }}
      {{ fields.text(form.where.form.town, width="half") }}
      {{ fields.text(form.others.entries[0].form.town, width="half") }}
    {{ fields.group_end() }}
    {{ fields.password(form.secret, autocomplete="new-password") }}
    {{ fields.file(form.attachment, accept=".csv") }}
    <div class="form-actions">
      {{ fields.submit("Publish") }}
      {{ fields.submit("Keep as draft", name="draft", value="1", kind="secondary") }}
    </div>
  </form>
{% endblock %}
{% block aside %}
  <h2>How to be found</h2>
  <p>How many people, and by when? Which tools or standards?</p>
{% endblock %}
"""

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
        get_pair=("Battery test engineers", "MSc Electrochemistry, 40 graduates a year"),
        give_pair=("Twelve thesis places in the test hall", "Thesis topics with industrial data"),
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
  {{ page.pagination(2, 7, "/p?page=1", "/p?page=3") }}
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


@pytest.fixture(scope="module")
def app() -> Flask:
    application = Flask("look", root_path=str(WEB), template_folder="templates", static_folder="static")
    application.secret_key = "only for this test"
    Babel(application)
    CSRFProtect(application)
    application.jinja_env.globals["static_url"] = static_url
    return application


@pytest.fixture
def request_context(app: Flask) -> Iterator[RequestContext]:
    with app.test_request_context("/partners?page=2") as context:
        yield context


def frame_values() -> dict[str, object]:
    return {
        "navigation": [
            Place("Home", "/", False, "house"),
            Place("Partners", "/partners", True, "handshake"),
            Place("Our posts", "/posts", False, "clipboard-list"),
            Place("Search", "/search", False, "search"),
            Place("People", "/people", False, "users"),
        ],
        "acting": Acting(
            "Cell plant", "Nordwind Batteries", [("Cell plant", "/u/1", True), ("Research", "/u/2", False)]
        ),
        "person": Person("Amina Okoro"),
        "sign_out_url": "/sign-out",
        "help_url": "/help",
        "accessibility_url": "/accessibility",
        "post_url": "/post",
        "settings_url": "/settings",
        "search_url": "/search",
    }


def wrong_form() -> DemoForm:
    answers = MultiDict([("quantity", "forty"), ("topics", "z"), ("text", "x" * 201), ("title", "")])
    form = DemoForm(formdata=answers)
    form.validate()
    return form


def fields_page(form: DemoForm) -> BeautifulSoup:
    return BeautifulSoup(render_template_string(FIELDS, form=form, **frame_values()), "html.parser")


def parts_page() -> BeautifulSoup:
    return BeautifulSoup(render_template_string(PARTS, **frame_values()), "html.parser")


def the(page: BeautifulSoup, selector: str) -> Tag:
    found = page.select_one(selector)
    assert found is not None, f"nothing matches {selector}"
    return found


def house_rule_breaches(page: BeautifulSoup) -> list[str]:
    """What every page must keep: unique ids, references that exist, nothing inline, one h1, labels."""
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    breaches = [f"the id {name} occurs {times} times" for name, times in Counter(ids).items() if times > 1]
    for tag in page.find_all(True):
        breaches += [f"<{tag.name} {name}>" for name in tag.attrs if name == "style" or name.startswith("on")]
        for name in ("aria-describedby", "aria-labelledby", "for"):
            targets = str(tag.get(name, "")).split()
            breaches += [f"{name} leads to no {target}" for target in targets if target not in ids]
    breaches += ["an inline script" for script in page.select("script:not([src])")]
    breaches += ["an inline style sheet" for _ in page.select("style")]
    for control in page.select("input:not([type=hidden]), textarea, select"):
        if not page.select(f'label[for="{control.get("id")}"]'):
            breaches.append(f"no label for {control.get('name')}")
    for link in page.select('a[href^="#"]'):
        if str(link["href"])[1:] not in ids:
            breaches.append(f"a link to {link['href']} leads nowhere")
    if len(page.select("h1")) != 1:
        breaches.append("not exactly one h1")
    return breaches


@pytest.mark.usefixtures("request_context")
class TestFields:
    def test_keeps_the_house_rules_with_and_without_errors(self) -> None:
        assert house_rule_breaches(fields_page(DemoForm(formdata=None))) == []
        assert house_rule_breaches(fields_page(wrong_form())) == []

    def test_ties_hint_and_error_to_the_input(self) -> None:
        title = the(fields_page(wrong_form()), "#title")
        assert title["aria-describedby"] == "title-hint title-error"
        assert title["aria-invalid"] == "true"

    def test_a_group_carries_its_error_on_the_fieldset(self) -> None:
        page = fields_page(wrong_form())
        assert the(page, "fieldset#kind")["aria-describedby"] == "kind-error"
        assert the(page, "fieldset#kind > legend").get_text(strip=True) == "Kind"
        assert the(page, "#topics-0")["aria-invalid"] == "true"

    def test_says_nothing_of_errors_when_there_are_none(self) -> None:
        page = fields_page(DemoForm(formdata=None))
        assert page.select("[aria-invalid], .error-summary, .field-error") == []
        assert the(page, "title").get_text() == "Post a need – Counterpart"

    def test_the_error_text_begins_with_a_hidden_error_word(self) -> None:
        error = the(fields_page(wrong_form()), "#title-error")
        assert error.get_text() == "Error: Enter a title."

    def test_the_summary_links_every_error_to_its_input(self) -> None:
        page = fields_page(wrong_form())
        summary = the(page, ".error-summary")
        assert (summary["role"], summary["tabindex"]) == ("alert", "-1")
        targets = [link["href"] for link in summary.select("a")]
        assert {"#title", "#text", "#kind-0", "#topics-0", "#quantity", "#secret"} <= set(targets)
        assert {"#where-town", "#others-0-town"} <= set(targets)
        assert the(page, "title").get_text() == "Error: Post a need – Counterpart"

    def test_what_was_typed_stands_there_again(self) -> None:
        page = fields_page(wrong_form())
        assert the(page, "#quantity")["value"] == "forty"
        assert len(the(page, "#text").get_text().strip()) == 201
        assert the(page, "#text").get("maxlength") is None

    def test_marks_optional_fields_and_passes_autocomplete_on(self) -> None:
        page = fields_page(DemoForm(formdata=None))
        assert "(optional)" in the(page, "label[for=quantity]").get_text()
        assert "(optional)" not in the(page, "label[for=title]").get_text()
        assert the(page, "#secret")["autocomplete"] == "new-password"

    def test_the_form_carries_its_token_and_leaves_judgement_to_the_server(self) -> None:
        form = the(fields_page(DemoForm(formdata=None)), 'form[action="/needs/new"]')
        assert form.has_attr("novalidate")
        assert form["enctype"] == "multipart/form-data"
        assert len(form.select("input[name=csrf_token][value]")) == 1

    def test_the_error_link_is_escaped(self) -> None:
        form = wrong_form()
        form.title.errors = ["<b>No</b>"]
        page = fields_page(form)
        assert page.select(".error-summary b, .field-error b") == []


@pytest.mark.usefixtures("request_context")
class TestParts:
    def test_keep_the_house_rules(self) -> None:
        assert house_rule_breaches(parts_page()) == []

    def test_a_quote_escapes_and_marks_whole_words_only(self) -> None:
        quote = the(parts_page(), "blockquote.evidence")
        assert "<script>" in quote.get_text()
        assert quote.select("script") == []
        assert [mark.get_text() for mark in quote.select("mark")] == ["battery", "cells"]

    @pytest.mark.parametrize(
        ("sentence", "words", "expected"),
        [
            ("Cells, CELLS & cellses", ["cells"], "<mark>Cells</mark>, <mark>CELLS</mark> &amp; cellses"),
            ("a battery test", ["battery", "battery test"], "a <mark>battery test</mark>"),
            ("E-learning for nurses", ["learning"], "E-<mark>learning</mark> for nurses"),
            ("Prüfung der Zellen", ["prüfung"], "<mark>Prüfung</mark> der Zellen"),
            ("a <b> c", ["<b>"], "a <mark>&lt;b&gt;</mark> c"),
            ("", ["x"], ""),
        ],
    )
    def test_marking(self, sentence: str, words: list[str], expected: str) -> None:
        source = '{% from "macros/page.html" import marked %}{{ marked(sentence, words) }}'
        assert render_template_string(source, sentence=sentence, words=words) == expected

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


def test_no_template_uses_anything_inline_or_a_class_of_poor_contrast() -> None:
    for path in TEMPLATES.rglob("*.html"):
        written = path.read_text(encoding="utf-8")
        source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", written, flags=re.DOTALL)
        where = path.relative_to(TEMPLATES)
        assert not re.search(r"\s(style|on[a-z]+)=[\"']", source), f"{where} has an inline style or handler"
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), f"{where} has an inline script"
        for banned in BANNED_CLASSES:
            assert banned not in written, f"{where} uses {banned}, whose contrast is below 2:1"


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    sprite = (WEB / "static" / "vendor" / "lucide" / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    for path in TEMPLATES.rglob("*.html"):
        for name in re.findall(r'icon(?:_name)?(?:\(|=)"([a-z0-9-]+)"', path.read_text(encoding="utf-8")):
            assert name in known, f"{path.name} names the icon {name}: add it to ICONS in web/vendor.py"


def brightness(colour: str) -> float:
    """Relative luminance of "#RRGGBB", as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_can_be_read_on_every_ground(scheme: str) -> None:
    sheet = (WEB / "static" / "css" / "counterpart.css").read_text(encoding="utf-8")
    light, dark = sheet.split("@media (prefers-color-scheme: dark)")[:2]
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", light))
    if scheme == "dark":
        tokens |= dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", dark.split("/* Bootstrap")[0]))
    pairs = [
        (text, ground)
        for text in ("ink", "muted", "link", "danger", "ok", "get", "give")
        for ground in ("paper", "surface")
    ]
    pairs += [
        ("ink", "mark"),
        ("muted", "sunken"),
        ("ink", "info-wash"),
        ("on-button", "button"),
        ("on-button", "button-hover"),
    ]
    pairs += [(side, f"{side}-wash") for side in ("get", "give", "danger", "ok")]
    poor = [
        f"{text} on {ground}: {contrast(tokens[text], tokens[ground]):.2f}"
        for text, ground in pairs
        if contrast(tokens[text], tokens[ground]) < 4.5
    ]
    assert poor == []
    assert contrast(tokens["input-border"], tokens["paper"]) >= 3

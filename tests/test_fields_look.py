"""The fields of forms, rendered in a bare application."""

import pytest
from bs4 import BeautifulSoup
from flask import render_template_string
from flask_wtf import FlaskForm
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

from tests.bare_look import app as app
from tests.bare_look import frame_values, house_rule_breaches, the
from tests.bare_look import request_context as request_context


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


def wrong_form() -> DemoForm:
    answers = MultiDict([("quantity", "forty"), ("topics", "z"), ("text", "x" * 201), ("title", "")])
    form = DemoForm(formdata=answers)
    form.validate()
    return form


def fields_page(form: DemoForm) -> BeautifulSoup:
    return BeautifulSoup(render_template_string(FIELDS, form=form, **frame_values()), "html.parser")


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

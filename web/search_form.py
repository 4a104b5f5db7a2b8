"""The question and the filters of a search, read from the address so that a result page can be shared."""

from flask import request
from wtforms import DateField, SearchField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from matching.search import SearchFilters
from models.organisation import OrganisationKind, Sector
from models.post import PostSide
from web.choices import choices_of, countries_of_organisations, sorted_choices_of
from web.form_text import no_control_characters, stripped
from web.labels import ORGANISATION_KINDS, POST_SIDES, SECTORS
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm

QUESTION_LIMIT = 500


class SearchForm(PageForm):
    """Sent by GET. An unknown choice in a hand-made address counts as not chosen."""

    class Meta:
        csrf = False

    q = SearchField(
        _("What are you looking for?"),
        filters=[stripped],
        validators=[
            Length(max=QUESTION_LIMIT, message=_("Shorten the question to %(max)d characters.")),
            no_control_characters,
        ],
    )
    side = SelectField(_("Needs or capabilities"), validators=[Optional()], validate_choice=False)
    kind = SelectField(_("Posted by"), validators=[Optional()], validate_choice=False)
    country = SelectField(_("Country"), validators=[Optional()], validate_choice=False)
    sector = SelectField(_("Sector"), validators=[Optional()], validate_choice=False)
    from_day = DateField(_("From"), name="from", validators=[Optional()])
    until_day = DateField(_("Until"), name="until", validators=[Optional()])

    def validate_until_day(self, field: DateField) -> None:
        if field.data and self.from_day.data and field.data < self.from_day.data:
            raise ValidationError(gettext("This day is before the other one. Choose a later one."))


def search_form() -> SearchForm:
    """The form of the current request, with its choices."""
    form = SearchForm(request.args)
    form.side.choices = [SelectChoice("", gettext("Both")), *choices_of(POST_SIDES)]
    form.kind.choices = [SelectChoice("", gettext("Anybody")), *choices_of(ORGANISATION_KINDS)]
    form.sector.choices = [SelectChoice("", gettext("Any sector")), *sorted_choices_of(SECTORS)]
    form.country.choices = [SelectChoice("", gettext("Any country")), *countries_of_organisations()]
    for field in (form.side, form.kind, form.sector, form.country):
        if field.data not in {choice.value for choice in field.choices}:
            field.data = ""
    return form


def filters_of(form: SearchForm) -> SearchFilters:
    """What the ranking is asked to leave out."""
    return SearchFilters(
        sides=frozenset({PostSide(form.side.data)} if form.side.data else ()),
        organisation_kinds=frozenset({OrganisationKind(form.kind.data)} if form.kind.data else ()),
        sectors=frozenset({Sector(form.sector.data)} if form.sector.data else ()),
        countries=frozenset({form.country.data} if form.country.data else ()),
        from_day=form.from_day.data,
        until_day=form.until_day.data,
    )

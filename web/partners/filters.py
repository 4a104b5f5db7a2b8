"""The filters of the Partners page: read from the address, so that a filtered list can be shared."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from matching.answers import Filters
from matching.scoring import Grade
from matching.signals import PlaceTaste, Taste
from models.organisation import OrganisationKind, Sector
from web.addresses import possible_ids
from web.choices import countries_of_organisations, sorted_choices_of
from web.distances import km_words
from web.labels import ORGANISATION_KINDS, SECTORS
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.partners.taste import HISTORY_OFF, taste_of, taste_values

DISTANCES_KM = (25, 50, 100, 250, 500, 1000)
NARROWING = ("country", "within", "kind", "sector", "grade")
NAMES = (*NARROWING, "place", "history")
# How many cards the list shows; no filter, but part of what the way back leads to.
SHOWN = "shown"


class PartnerFilterForm(PageForm):
    """One line of choices, sent by GET. An unknown value in a hand-made address counts as not chosen."""

    class Meta:
        csrf = False

    country = SelectField(_("Country"), validators=[Optional()])
    within = SelectField(_("Distance"), validators=[Optional()])
    kind = SelectField(_("Kind"), validators=[Optional()])
    sector = SelectField(_("Sector"), validators=[Optional()])
    grade = SelectField(_("Fit"), validators=[Optional()])
    place = SelectField(_("Near or far"), validators=[Optional()])
    history = SelectField(_("Our history"), validators=[Optional()])


@dataclass(frozen=True)
class PartnerFilters:
    """The chosen filters and taste, and each as (words, address without it) for taking it away again."""

    form: PartnerFilterForm
    filters: Filters
    taste: Taste
    chosen: tuple[tuple[str, str], ...]
    values: dict[str, Any]

    @property
    def leave_somebody_out(self) -> bool:
        """Whether a filter is chosen; a taste alone only moves the order."""
        return bool(self.values.keys() - taste_values(self.taste).keys())

    @property
    def order_words(self) -> str:
        """By what the list is ordered, so that nobody takes a near partner above a better one for a mistake."""
        return str(_ORDERS[self.taste.place])


def partner_filters(endpoint: str) -> PartnerFilters:
    """Read the filters of the current request; ``endpoint`` is the page that they belong to."""
    form = PartnerFilterForm(request.args)
    taste = taste_of(request.args)
    form.place.data = taste_values(taste).get("place", "")
    form.country.choices = [SelectChoice("", gettext("Any country")), *countries_of_organisations()]
    form.within.choices = [
        SelectChoice("", gettext("Any distance")),
        *(SelectChoice(str(km), _within(km)) for km in DISTANCES_KM),
    ]
    form.kind.choices = [SelectChoice("", gettext("Any kind")), *sorted_choices_of(ORGANISATION_KINDS)]
    form.sector.choices = [SelectChoice("", gettext("Any sector")), *sorted_choices_of(SECTORS)]
    form.grade.choices = [
        SelectChoice("", gettext("Any fit")),
        SelectChoice(Grade.GOOD.value, gettext("Good or better")),
        SelectChoice(Grade.STRONG.value, gettext("Strong only")),
    ]
    form.place.choices = [
        SelectChoice("", gettext("Rather near")),
        SelectChoice(PlaceTaste.ANY.value, gettext("No matter")),
        SelectChoice(PlaceTaste.FAR.value, gettext("Rather far")),
    ]
    form.history.choices = [
        SelectChoice("", gettext("Counts")),
        SelectChoice(HISTORY_OFF, gettext("Left out")),
    ]
    values = _known_values(form)
    filters = Filters(
        countries=frozenset({values["country"]} if "country" in values else ()),
        within_km=float(values["within"]) if "within" in values else None,
        kinds=frozenset({OrganisationKind(values["kind"])} if "kind" in values else ()),
        sectors=frozenset({Sector(values["sector"])} if "sector" in values else ()),
        least_grade=Grade(values["grade"]) if "grade" in values else Grade.POSSIBLE,
    )
    return PartnerFilters(
        form=form,
        filters=filters,
        taste=taste,
        chosen=_chosen(endpoint, form, values),
        values=values,
    )


def carried_values(taste: Taste) -> dict[str, Any]:
    """What the address of one partner's page carries of the list that led there, so that the way back leads to the
    same list: its filters and its length as they came, which the list reads kindly, and this taste.
    """
    kept = {name: request.args[name] for name in (*NARROWING, SHOWN) if request.args.get(name)}
    return kept | taste_values(taste)


def ticked_partners() -> list[int]:
    """The organisations that the address names as chosen for a comparison, in its order."""
    return possible_ids(dict.fromkeys(request.args.getlist("partner", type=int)))


def _known_values(form: PartnerFilterForm) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name in NAMES:
        value = form[name].data or ""
        if value and value in {choice.value for choice in form[name].choices}:
            known[name] = value
        else:
            form[name].data = ""
    return known


def _chosen(endpoint: str, form: PartnerFilterForm, values: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    chosen = []
    for name, value in values.items():
        words = next(choice.label for choice in form[name].choices if choice.value == value)
        words = _TASTES.get((name, value), words)
        others = {other: kept for other, kept in values.items() if other != name}
        chosen.append((str(words), url_for(endpoint, **others)))
    return tuple(chosen)


_ORDERS = {
    PlaceTaste.NEAR: _(
        "Ordered by fit and nearness, and a little by what is known of each. “Why you two fit” says what moved whom."
    ),
    PlaceTaste.ANY: _(
        "Ordered by fit, and a little by what is known of each. “Why you two fit” says what moved whom."
    ),
    PlaceTaste.FAR: _(
        "Ordered by fit and distance, far ones higher, and a little by what is known of each. “Why you two fit” says"
        " what moved whom."
    ),
}
_TASTES = {
    ("place", PlaceTaste.ANY.value): _("Near or far does not matter"),
    ("place", PlaceTaste.FAR.value): _("Rather far"),
    ("history", HISTORY_OFF): _("Our history is left out"),
}


def _within(km: int) -> str:
    return gettext("Within %(km)s km", km=km_words(km))

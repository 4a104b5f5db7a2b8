"""The words of the portal for the records' codes, each written once, in the reader's language."""

from collections.abc import Iterable
from datetime import date, datetime

from babel.lists import format_list
from flask_babel import to_user_timezone
from flask_babel.speaklater import LazyString

from models.dismissal import DismissalReason
from models.organisation import OrganisationKind, OrganisationSize, Sector, Unit
from models.place import Place
from models.post import PostKind, PostSide
from models.relationship import Relationship
from models.wall_time import wall_time_of
from web.localisation import lazy_gettext as _
from web.localisation import reader_locale
from web.moments import viewer_zone, written_day

ORGANISATION_KINDS: dict[OrganisationKind, LazyString] = {
    OrganisationKind.COMPANY: _("Company"),
    OrganisationKind.UNIVERSITY: _("University"),
    OrganisationKind.OTHER: _("Other organisation"),
}

ORGANISATION_SIZES: dict[OrganisationSize, LazyString] = {
    OrganisationSize.UNDER_10: _("Fewer than 10 people"),
    OrganisationSize.UNDER_50: _("10 to 49 people"),
    OrganisationSize.UNDER_250: _("50 to 249 people"),
    OrganisationSize.UNDER_1000: _("250 to 999 people"),
    OrganisationSize.UNDER_5000: _("1,000 to 4,999 people"),
    OrganisationSize.OVER_5000: _("5,000 people or more"),
}

SECTORS: dict[Sector, LazyString] = {
    Sector.AGRICULTURE: _("Agriculture"),
    Sector.FOOD: _("Food and drink"),
    Sector.CHEMICALS: _("Chemicals"),
    Sector.PHARMA_BIOTECH: _("Pharmaceuticals and biotechnology"),
    Sector.HEALTHCARE: _("Healthcare"),
    Sector.MECHANICAL_ENGINEERING: _("Mechanical engineering"),
    Sector.AUTOMOTIVE: _("Automotive"),
    Sector.AEROSPACE: _("Aerospace"),
    Sector.ELECTRONICS: _("Electronics"),
    Sector.ENERGY: _("Energy"),
    Sector.CONSTRUCTION: _("Construction"),
    Sector.TRANSPORT_LOGISTICS: _("Transport and logistics"),
    Sector.SOFTWARE: _("Software"),
    Sector.FINANCE: _("Finance"),
    Sector.MEDIA: _("Media"),
    Sector.TOURISM: _("Tourism"),
    Sector.ENVIRONMENT: _("Environment"),
    Sector.PUBLIC_SECTOR: _("Public sector"),
    Sector.EDUCATION: _("Education"),
    Sector.TEXTILES: _("Textiles"),
    Sector.MATERIALS: _("Materials"),
    Sector.MARITIME: _("Maritime"),
    Sector.RETAIL: _("Retail"),
}

POST_SIDES: dict[PostSide, LazyString] = {
    PostSide.NEED: _("Need"),
    PostSide.CAPABILITY: _("Capability"),
}

POST_KINDS: dict[PostKind, LazyString] = {
    PostKind.TALENT: _("People and skills"),
    PostKind.RESEARCH_QUESTION: _("Research question"),
    PostKind.PLACEMENT: _("Placement or student project"),
    PostKind.TRAINING: _("Training"),
    PostKind.FACILITY: _("Facility or equipment"),
    PostKind.LECTURERS: _("Mentors or lecturers"),
    PostKind.DATA_SAMPLES: _("Data or samples"),
    PostKind.CO_FUNDING: _("Funding or sponsors"),
    PostKind.OTHER: _("Something else"),
    PostKind.PROGRAMME: _("Programme of study"),
    PostKind.GRADUATES: _("Graduates or students"),
    PostKind.RESEARCH_EXPERTISE: _("Research expertise"),
    PostKind.LABORATORY: _("Laboratory or facility"),
    PostKind.MENTORS: _("Staff or mentors"),
    PostKind.JOBS: _("Jobs or placements"),
    PostKind.DATA_EQUIPMENT: _("Data or equipment"),
    PostKind.FUNDING: _("Funding"),
}

DISMISSAL_REASONS: dict[DismissalReason, LazyString] = {
    DismissalReason.WRONG_FIELD: _("Another field than ours"),
    DismissalReason.TOO_FAR: _("Too far away"),
    DismissalReason.WRONG_SIZE: _("Too large or too small for us"),
    DismissalReason.ALREADY_PARTNERS: _("We already work together"),
    DismissalReason.NOT_NOW: _("Not now"),
    DismissalReason.OTHER: _("Another reason"),
}


def country_name(code: str) -> str:
    """The country's name in the reader's language, or the code itself if Babel does not know it."""
    locale = reader_locale()
    return str(locale.territories.get(code, code))


def place_words(place: Place | None) -> str:
    """ "Kiel, Germany"; "" for no place. A place that is a whole country is said once."""
    return words_of_place(place.name, place.country) if place is not None else ""


def words_of_place(name: str, country_code: str) -> str:
    """As ``place_words``, from plain values."""
    country = country_name(country_code)
    return country if name in {country, country_code} else f"{name}, {country}"


def day_words(day: date) -> str:
    """Day before month, which the locale "en" alone would turn round: 27 Nov 2026."""
    if isinstance(day, datetime):
        day = to_user_timezone(day).date()
    return written_day(day, "d MMM y", reader_locale())


def day_of(at: datetime, zone: str | None = None) -> str:
    """The day of a moment in the zone: "3 Mar 2027". Without one where the reader lives; lists ask that once."""
    return day_words(wall_time_of(at, zone or viewer_zone()).date())


def name_of_unit(organisation: str, unit: str, parent_id: int | None) -> str:
    """ "Boreal University, Engineering"; a root unit is the organisation itself."""
    return organisation if parent_id is None else f"{organisation}, {unit}"


def unit_words(unit: Unit) -> str:
    """As ``name_of_unit``, for the record."""
    return name_of_unit(unit.organisation.name, unit.name, unit.parent_id)


def partner_words(ours: Relationship) -> str:
    """The partner's unit, as ``unit_words``."""
    return name_of_unit(ours.partner.name, ours.partner_unit.name, ours.partner_unit.parent_id)


def language_name(code: str) -> str:
    """The language's name in the reader's language, with a capital where the sentence begins."""
    name = reader_locale().languages.get(code, code)
    return str(name[:1].upper() + name[1:])


def language_names(codes: Iterable[str]) -> str:
    """Several of them as a list in words: "English and German"."""
    return str(format_list(sorted(map(language_name, codes)), locale=reader_locale()))

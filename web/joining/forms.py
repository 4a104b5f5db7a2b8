"""The forms of joining."""

import re
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.joining import is_lei, is_ror
from models.organisation import OrganisationKind, OrganisationSize, Sector, normalised_domain
from web.choices import choices_of
from web.form_text import at_most, no_control_characters, stripped
from web.labels import ORGANISATION_KINDS, ORGANISATION_SIZES, SECTORS
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.places import PlaceField
from web.text_fields import line_field, words_field

NAME_LIMIT = 150
NOTE_LIMIT = 1_000
ABOUT_LIMIT = 3_000
ADDRESS_LIMIT = 300
DOMAIN_PATTERN = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
MOST_DOMAINS = 10


class AskForm(PageForm):
    """``unit_id`` 0 is the whole organisation; ``name`` is how the person found it, if not by mail."""

    name = HiddenField(filters=[stripped])
    unit_id = SelectField(_("Your department or unit"), coerce=int)
    note = words_field(_("A word to those who decide"), NOTE_LIMIT)


class TellForm(PageForm):
    """What we ask about a new organisation. ``is_new`` answers "Is it one of these?"."""

    name = line_field(
        _("Name of the organisation"), NAME_LIMIT, missing=_("Enter the name of your organisation.")
    )
    kind = RadioField(
        _("What is it?"),
        choices=choices_of(ORGANISATION_KINDS),
        coerce=OrganisationKind,
        validators=[InputRequired(_("Choose what your organisation is."))],
    )
    sector = SelectField(
        _("Sector"),
        choices=[SelectChoice("", _("Choose a sector")), *choices_of(SECTORS)],
        validators=[InputRequired(_("Choose the sector that fits best."))],
    )
    size = SelectField(
        _("How many people work there?"),
        choices=[SelectChoice("", _("Not said")), *choices_of(ORGANISATION_SIZES)],
    )
    place = PlaceField(_("Main place"), validators=[InputRequired(_("Enter the town of your main site."))])
    website = StringField(
        _("Website"), filters=[stripped], validators=[at_most(ADDRESS_LIMIT), no_control_characters]
    )
    domains = StringField(
        _("Endings of your e-mail addresses"),
        filters=[stripped],
        validators=[at_most(ADDRESS_LIMIT), no_control_characters],
    )
    ror = StringField(_("ROR identifier"), filters=[stripped], validators=[at_most(ADDRESS_LIMIT)])
    lei = StringField(_("LEI"), filters=[stripped], validators=[at_most(ADDRESS_LIMIT)])
    about = words_field(_("What does your organisation do?"), ABOUT_LIMIT)
    is_new = BooleanField(_("None of these: ours is not here yet"))

    def validate_website(self, field: Any) -> None:
        if field.data and not DOMAIN_PATTERN.fullmatch(normalised_domain(field.data)):
            raise ValidationError(str(_("Enter an address like www.example.org.")))
        if field.data and "://" in field.data and not field.data.lower().startswith(("http://", "https://")):
            raise ValidationError(str(_("The address of a website begins with https://.")))

    def validate_domains(self, field: Any) -> None:
        wrong = [domain for domain in self.typed_domains if not DOMAIN_PATTERN.fullmatch(domain)]
        if wrong:
            raise ValidationError(
                _("“%(domain)s” is no ending of an address. Write it like example.org.", domain=wrong[0][:60])
            )
        if len(self.typed_domains) > MOST_DOMAINS:
            raise ValidationError(_("Name up to %(number)d endings.", number=MOST_DOMAINS))

    def validate_ror(self, field: Any) -> None:
        if field.data and not is_ror(self.ror_code or ""):
            raise ValidationError(
                str(_("This is no ROR identifier: nine characters like 05a28rw58. Check each of them."))
            )

    def validate_lei(self, field: Any) -> None:
        if field.data and not is_lei(self.lei_code or ""):
            raise ValidationError(str(_("This is no LEI: twenty letters and digits. Check each of them.")))

    @property
    def typed_domains(self) -> list[str]:
        return [normalised_domain(part) for part in re.split(r"[\s,;]+", self.domains.data or "") if part]

    @property
    def ror_code(self) -> str | None:
        """The bare identifier: people paste the whole address of its page."""
        return (self.ror.data or "").lower().rstrip("/").rpartition("/")[2] or None

    @property
    def lei_code(self) -> str | None:
        return re.sub(r"\s", "", self.lei.data or "").upper() or None

    @property
    def website_address(self) -> str:
        typed = self.website.data or ""
        return typed if not typed or "://" in typed else f"https://{typed}"

    @property
    def chosen_sector(self) -> Sector:
        return Sector(self.sector.data)

    @property
    def chosen_size(self) -> OrganisationSize | None:
        return OrganisationSize(self.size.data) if self.size.data else None

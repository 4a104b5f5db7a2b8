"""The form with which an admin edits the organisation's profile."""

import re
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from models.joining import PUBLIC_MAIL_DOMAINS
from models.organisation import Organisation, normalised_domain
from web.choices import choices_of, sorted_choices_of
from web.form_text import at_most, no_control_characters, stripped
from web.labels import ORGANISATION_SIZES, SECTORS
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm

ABOUT_LIMIT = 4000
WEBSITE_LIMIT = 300
MOST_DOMAINS = 20
WEB_ADDRESS = re.compile(r"https?://[^\s/@:]+\.[^\s/@:]+(?::\d+)?(?:/\S*)?", re.IGNORECASE)
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class OrganisationForm(PageForm):
    """``version`` is the record's version when the form was opened: edits that cross are told, not lost."""

    NAMES = ("sector", "size", "about", "website", "domains")

    version = HiddenField()
    about = TextAreaField(
        _("What you do"),
        description=_("Two or three sentences that a stranger understands. Others see them on your profile."),
        filters=[stripped],
        validators=[
            at_most(ABOUT_LIMIT),
            no_control_characters,
        ],
    )
    website = StringField(
        _("Web address"),
        description=_("For example https://www.example.org"),
        filters=[stripped],
        validators=[
            Optional(),
            at_most(WEBSITE_LIMIT),
            no_control_characters,
        ],
    )
    sector = SelectField(
        _("Sector"),
        choices=sorted_choices_of(SECTORS),
        validators=[DataRequired(_("Choose the sector that comes closest."))],
    )
    size = SelectField(
        _("Size"),
        choices=[SelectChoice("", _("Not said")), *choices_of(ORGANISATION_SIZES)],
        validators=[Optional()],
    )
    domains = TextAreaField(
        _("Mail domains"),
        description=_(
            "One a line. People whose mail address ends in one of them are led to you, "
            "if an admin of yours has such an address too."
        ),
        filters=[stripped],
        validators=[Length(max=4000, message=_("Enter fewer domains.")), no_control_characters],
    )

    @property
    def domain_list(self) -> list[str]:
        """The typed domains, bare, in their order, each once."""
        typed = re.split(r"[\s,;]+", self.domains.data or "")
        return list(dict.fromkeys(domain for domain in map(normalised_domain, typed) if domain))

    def validate_website(self, field: Any) -> None:
        if not WEB_ADDRESS.fullmatch(field.data):
            raise ValidationError(
                gettext("Enter the address with https:// at its front, like https://www.example.org")
            )

    def validate_domains(self, field: Any) -> None:
        domains = self.domain_list
        if len(domains) > MOST_DOMAINS:
            raise ValidationError(gettext("Enter at most %(most)d domains.", most=MOST_DOMAINS))
        for domain in domains:
            if len(domain) > 253 or not DOMAIN.fullmatch(domain):
                raise ValidationError(
                    gettext("“%(domain)s” is not a domain. Write it like example.org", domain=domain[:60])
                )
            if domain in PUBLIC_MAIL_DOMAINS:
                raise ValidationError(
                    gettext(
                        "Everybody can have an address of “%(domain)s”. Enter domains of your own only.",
                        domain=domain,
                    )
                )

    def words_of(self, name: str, value: str) -> str:
        """What a value means to a reader: the words of a choice, or the text itself."""
        field = self[name]
        if isinstance(field, SelectField):
            return str({choice.value: choice.label for choice in field.choices}.get(value, value))
        return value or gettext("(nothing)")

    @staticmethod
    def values_of(organisation: Organisation) -> dict[str, str]:
        """What the form shows for the record as it stands."""
        return {
            "version": str(organisation.version),
            "about": organisation.about,
            "website": organisation.website,
            "sector": organisation.sector.value,
            "size": organisation.size.value if organisation.size else "",
            "domains": "\n".join(row.domain for row in organisation.domains),
        }

"""Who may ask to join which organisation, what tells two organisations apart, and who looks after them."""

import re
import unicodedata

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from models.organisation import (
    Organisation,
    OrganisationDomain,
    OrganisationState,
    Unit,
    normalised_domain,
)
from models.person import Membership, MembershipState, Person, Role
from models.post import Post, PostState

# Whoever writes from one of these shows nothing about an organisation.
_PUBLIC_MAIL_DOMAINS = """
126.com 163.com aol.com arcor.de bigpond.com bluewin.ch bol.com.br btinternet.com comcast.net
email.cz fastmail.com freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com
icloud.com interia.pl laposte.net libero.it live.co.uk live.com live.fr live.nl mac.com mail.com
mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl online.de orange.fr outlook.com
outlook.de outlook.es outlook.fr pm.me posteo.de proton.me protonmail.com qq.com rambler.ru
rediffmail.com rocketmail.com sapo.pt seznam.cz sfr.fr t-online.de terra.com.br tutanota.com
uol.com.br virgilio.it wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com
yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com zoho.com
"""
PUBLIC_MAIL_DOMAINS = frozenset(_PUBLIC_MAIL_DOMAINS.split())
# Words that say what a body is and not which one it is.
_LEGAL_FORMS = (
    "ab ag as bv co company corp eg ev gmbh inc kg limited llc llp ltd nv oy plc sa sarl se spa srl the"
)
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
# The letters and digits of a ROR identifier: Crockford's base 32, without I, L, O and U.
ROR_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
LETTERS_WITHOUT_ACCENT = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


def domain_to_suggest_by(email: str) -> str | None:
    """The domain of an address that belongs to an organisation; None for a public mail service."""
    domain = normalised_domain(email)
    return None if not domain or domain in PUBLIC_MAIL_DOMAINS else domain


def organisations_of_domain(session: Session, email: str) -> list[Organisation]:
    """Organisations that name the domain of this address, by name. A subdomain counts for its parents.

    Only those with an admin who has an address of that domain too, which was confirmed before it counted: anybody
    can name the domain of another organisation, for a new one and later in the profile. Pending ones are among
    them, for colleagues register on the same day.
    """
    domain = domain_to_suggest_by(email)
    if domain is None:
        return []
    labels = domain.split(".")
    domains = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    statement = (
        select(Organisation)
        .where(
            Organisation.domains.any(OrganisationDomain.domain.in_(domains)),
            Organisation.state.in_((OrganisationState.APPROVED, OrganisationState.PENDING)),
            _has_admin_writing_from(domains),
            Organisation.merged_into_id.is_(None),
        )
        .order_by(Organisation.name, Organisation.id)
    )
    return list(session.scalars(statement))


def _has_admin_writing_from(domains: set[str]) -> ColumnElement[bool]:
    return exists().where(
        Membership.organisation_id == Organisation.id,
        Membership.role == Role.ADMIN,
        Membership.state == MembershipState.ACTIVE,
        Person.id == Membership.person_id,
        Person.left_at.is_(None),
        or_(*(Person.email.endswith(f"@{domain}", autoescape=True) for domain in sorted(domains))),
    )


def organisations_named(session: Session, name: str) -> list[Organisation]:
    """Approved organisations whose name is this one but for accents, case, blanks and the legal form."""
    wanted = folded_organisation_name(name)
    if not wanted:
        return []
    approved = select(Organisation).where(
        Organisation.state == OrganisationState.APPROVED, Organisation.merged_into_id.is_(None)
    )
    return [
        organisation
        for organisation in session.scalars(approved.order_by(Organisation.id))
        if folded_organisation_name(organisation.name) == wanted
    ]


def organisations_with_domain(session: Session, domain: str) -> list[Organisation]:
    """Approved organisations that name exactly this domain."""
    if domain in PUBLIC_MAIL_DOMAINS:
        return []
    statement = select(Organisation).where(
        Organisation.domains.any(OrganisationDomain.domain == domain),
        Organisation.state == OrganisationState.APPROVED,
        Organisation.merged_into_id.is_(None),
    )
    return list(session.scalars(statement.order_by(Organisation.name, Organisation.id)))


def organisations_like(session: Session, organisation: Organisation) -> list[Organisation]:
    """Approved others that have its name or name one of its domains: it may be registered twice."""
    found = organisations_named(session, organisation.name)
    for row in organisation.domains:
        found += organisations_with_domain(session, row.domain)
    others = {other.id: other for other in found if other.id != organisation.id}
    return sorted(others.values(), key=lambda other: (other.name, other.id))


def folded_organisation_name(name: str) -> str:
    """ "Müller & Söhne GmbH" and "MULLER SOHNE" both give "muller sohne"."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS_WITHOUT_ACCENT))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    words = re.findall(r"\w+", letters)
    return " ".join([word for word in words if word not in LEGAL_FORMS] or words)


def admins_of(session: Session, organisation_id: int, unit_ids: frozenset[int]) -> list[Person]:
    """The present people who hold an active admin membership in one of these units of the organisation."""
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.unit_id.in_(unit_ids),
            Membership.role == Role.ADMIN,
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
        )
        .distinct()
    )
    return list(session.scalars(statement.order_by(Person.id)))


def units_above(unit: Unit) -> frozenset[int]:
    """The unit itself and every unit above it: those whose admins look after it."""
    unit_ids = {unit.id}
    while unit.parent is not None:
        unit = unit.parent
        unit_ids.add(unit.id)
    return frozenset(unit_ids)


def is_last_admin(session: Session, membership: Membership) -> bool:
    """Whether without this membership nobody could look after the whole organisation.

    Ask inside the write transaction: it locks the organisation, so that two admins cannot remove each other
    at once.
    """
    if membership.role is not Role.ADMIN or membership.state is not MembershipState.ACTIVE:
        return False
    session.execute(
        select(Organisation.id).where(Organisation.id == membership.organisation_id).with_for_update()
    )
    others = (
        select(func.count())
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == membership.organisation_id,
            Membership.id != membership.id,
            Membership.role == Role.ADMIN,
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
        )
    )
    if membership.unit.is_root:
        others = others.join(Unit, Unit.id == Membership.unit_id).where(Unit.parent_id.is_(None))
    return session.scalar(others) == 0


def count_unwithdrawn_posts(session: Session, unit_id: int) -> int:
    """How many drafts and published posts the unit itself still has."""
    statement = select(func.count()).select_from(Post)
    return session.scalar(statement.where(Post.unit_id == unit_id, Post.state != PostState.WITHDRAWN)) or 0


def is_lei(code: str) -> bool:
    """Whether this is a Legal Entity Identifier whose check digits agree (ISO 17442: modulo 97 gives 1)."""
    if not re.fullmatch(r"[0-9A-Z]{18}[0-9]{2}", code):
        return False
    return int("".join(str(int(character, 36)) for character in code)) % 97 == 1


def is_ror(code: str) -> bool:
    """Whether this is the bare identifier of the Research Organization Registry, as "05a28rw58".

    It is 0, six digits of Crockford's base 32 and two decimal check digits: 98 − (number × 100 modulo 97).
    """
    if not re.fullmatch(rf"0[{ROR_DIGITS}]{{6}}[0-9]{{2}}", code):
        return False
    number = 0
    for character in code[1:7]:
        number = number * 32 + ROR_DIGITS.index(character)
    return 98 - (number * 100) % 97 == int(code[7:])

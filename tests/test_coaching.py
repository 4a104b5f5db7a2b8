"""Coaching: a vague post gets concrete hints, a careful one none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.coaching import ADVICE, Hint, coach, is_vague
from models.post import KINDS_OF_SIDE, PostKind, PostSide


def hints_of(
    text: str,
    title: str = "",
    kind: PostKind = PostKind.TALENT,
    quantity: int | None = None,
    has_dates: bool = False,
    has_place: bool = True,
) -> set[Hint]:
    side = PostSide.NEED if kind in KINDS_OF_SIDE[PostSide.NEED] else PostSide.CAPABILITY
    return set(coach(side, kind, title, text, quantity, has_dates, has_place))


@pytest.mark.parametrize(
    "text",
    [
        "need engineers",
        "We need good and motivated engineers for our company as soon as possible, please help us.",
        "Wir suchen dringend gute Ingenieure und Fachkräfte für unser Unternehmen, bitte helfen Sie uns dabei.",
        "Buscamos personas y trabajadores para nuestra empresa",
    ],
)
def test_a_vague_post_is_asked_for_skills_number_and_date(text: str) -> None:
    assert {Hint.SKILLS, Hint.QUANTITY, Hint.WHEN} <= hints_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "We need four technicians who run ageing tests on lithium cells from March. They know impedance "
        "spectroscopy. We pay for travel.",
        "Wir suchen vier Prüftechniker für Alterungstests an Lithiumzellen ab März, mit Kenntnissen in "
        "Impedanzspektroskopie und Python. Wir bieten eine moderne Prüfhalle.",
        "Buscamos cuatro técnicos para ensayos de envejecimiento de celdas de litio en marzo, con "
        "espectroscopía de impedancia. Ofrecemos alojamiento.",
    ],
)
def test_a_careful_post_is_left_alone(text: str) -> None:
    assert hints_of(text) == set()


def test_a_field_answers_a_hint_as_well_as_the_text_does() -> None:
    text = "Technicians who run ageing tests on lithium cells and know impedance spectroscopy. We pay travel."
    assert {Hint.QUANTITY, Hint.WHEN} <= hints_of(text)
    assert not {Hint.QUANTITY, Hint.WHEN} & hints_of(text, quantity=4, has_dates=True)
    assert Hint.WHERE in hints_of(text, has_place=False)
    assert Hint.WHERE not in hints_of(text, has_place=True)


def test_what_stands_open_all_year_needs_no_date_and_no_number() -> None:
    text = "A dry room with glove boxes and a coin-cell line, open to partners who bring materials and staff."
    assert not {Hint.WHEN, Hint.QUANTITY} & hints_of(text, kind=PostKind.LABORATORY)


def test_a_search_for_money_is_asked_for_its_amount() -> None:
    text = "We seek sponsors for a skills laboratory with ultrasound machines and manikins for obstetric nursing."
    assert {Hint.AMOUNT, Hint.WHEN} <= hints_of(text, kind=PostKind.CO_FUNDING)
    assert Hint.QUANTITY not in hints_of(text, kind=PostKind.CO_FUNDING)
    assert Hint.AMOUNT not in hints_of(f"{text} About 40,000 euros.", kind=PostKind.CO_FUNDING)


@pytest.mark.parametrize(
    "text",
    [
        "We seek co-funding for a doctoral position on lithium plating.",
        "Wir suchen Messdaten von Wärmepumpen im Feld.",
        "Buscamos mentores para tesis de electroquímica.",
    ],
)
def test_what_has_a_kind_of_its_own_is_called_by_it(text: str) -> None:
    assert Hint.KIND in hints_of(text, kind=PostKind.OTHER)
    assert Hint.KIND not in hints_of(text, kind=PostKind.DATA_SAMPLES)
    assert Hint.KIND not in hints_of(
        "Quiet partners for a choir hall, fundamentals of samplers.", kind=PostKind.OTHER
    )


def test_advice_does_not_hold_a_post_back() -> None:
    assert not is_vague(sorted(ADVICE))
    assert is_vague([Hint.SKILLS])


@given(st.text(max_size=400), st.sampled_from(list(PostKind)), st.booleans())
def test_any_text_gets_each_hint_at_most_once(text: str, kind: PostKind, has_place: bool) -> None:
    hints = coach(PostSide.NEED, kind, text, text, None, False, has_place)
    assert len(hints) == len(set(hints))


@given(st.text(min_size=1, max_size=200))
def test_naming_the_number_never_adds_a_hint(text: str) -> None:
    without = hints_of(text)
    assert hints_of(text, quantity=4) <= without

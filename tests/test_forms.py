"""What posts of a kind share whatever their subject is taken out of their vectors, everywhere alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy.orm import Session

from matching import calibration
from matching.answers import Draft
from matching.calibration import FORMLESS, FORMS_FILE, LENGTH_WITHOUT_FORM, load_calibration, unit
from matching.columns import POST_KINDS, code
from matching.encoder import HashEncoder, load_encoder
from matching.explanation import Explainer
from matching.fit_forms import fit_forms, forms_of
from matching.index import Index
from matching.own_side import draft_posts, encode_draft
from matching.parameters import load_parameters
from matching.passages import active_encoder
from matching.recipe import fingerprint
from matching.sentence_effects import placed_sentences
from matching.stored_vectors import made_vectors
from models.post import PostKind, PostSide
from tests.market import Market

JOBS, PLACEMENT = code(POST_KINDS, PostKind.JOBS), code(POST_KINDS, PostKind.PLACEMENT)
SEEKING = "Six-month internships for 40 computing students. They write Java and Python, from March, paid if possible."
HOTEL = "Six-month internships in eleven hotels for 40 students. Reception, kitchen and service, from March, paid."
SOFTWARE = "Summer internships for 25 students who write software. Java, Python and databases, in teams of six, paid."


@pytest.fixture
def known_forms(monkeypatch: pytest.MonkeyPatch) -> Iterator[np.ndarray]:
    """Forms of all kinds, also for the encoder of tests."""
    random = np.random.default_rng(3).normal(size=(len(POST_KINDS), HashEncoder.dimensions))
    forms: np.ndarray = unit(random.astype(np.float32)) * np.float32(0.5)
    forms[FORMLESS] = 0
    monkeypatch.setattr(calibration, "no_forms", lambda _dimensions: forms)
    load_calibration.cache_clear()
    yield forms
    load_calibration.cache_clear()


def of_kind(count: int, kind: int, form: np.ndarray, random: np.random.Generator) -> np.ndarray:
    subjects = unit(random.normal(size=(count, 64)).astype(np.float32))
    return unit(np.asarray(subjects + 1.5 * form, dtype=np.float32))


def test_two_posts_that_share_their_form_only_are_no_longer_alike() -> None:
    random = np.random.default_rng(5)
    form = unit(random.normal(size=64).astype(np.float32))
    centred = of_kind(200, JOBS, form, random)
    forms = forms_of(centred, np.full(200, JOBS))
    made = replace(load_calibration(HashEncoder.key, 64), forms=forms)
    one, other = of_kind(1, JOBS, form, random)[0], of_kind(1, JOBS, form, random)[0]
    assert one @ other > 0.4, "the canary must be able to sing"
    placed = made.placed(np.stack([one, other]), PostSide.CAPABILITY, JOBS)
    assert placed[0] @ placed[1] < (one @ other) / 2
    assert np.linalg.norm(placed, axis=1) == pytest.approx([LENGTH_WITHOUT_FORM] * 2, abs=1e-5)


def test_few_posts_are_no_form_and_kinds_of_the_labelled_texts_have_none() -> None:
    alike = np.tile(unit(np.ones((1, 64), dtype=np.float32)), (3, 1))
    assert np.linalg.norm(forms_of(alike, np.full(3, JOBS))[JOBS]) == pytest.approx(3 / 8)
    for kind in (PostKind.OTHER, PostKind.RESEARCH_EXPERTISE):
        assert not forms_of(alike, np.full(3, code(POST_KINDS, kind))).any()


@pytest.mark.usefixtures("known_forms")
def test_a_post_stands_for_the_same_in_the_index_in_postgresql_as_a_draft_and_in_its_reasons(
    session: Session,
) -> None:
    market, index = Market(session), Index()
    university, company = market.university("University"), market.company("Company")
    need = market.post(university, PostSide.NEED, SEEKING, kind=PostKind.PLACEMENT)
    offer = market.post(company, PostSide.CAPABILITY, HOTEL, kind=PostKind.JOBS)
    encoder = active_encoder(session)
    assert encoder is not None
    made = made_vectors(session, [need, offer], encoder, load_calibration(encoder.key, encoder.dimensions))
    sides = (
        (need, PostSide.NEED, PostKind.PLACEMENT, SEEKING),
        (offer, PostSide.CAPABILITY, PostKind.JOBS, HOTEL),
    )
    with index.fresh(session) as held:
        for post_id, side, kind, text in sides:
            table = held.sides[side]
            stored = table.vectors.rows(np.flatnonzero(table.posts["id"] == post_id))[0]
            assert np.linalg.norm(stored) == pytest.approx(LENGTH_WITHOUT_FORM, abs=1e-5)
            assert made[post_id].vector == pytest.approx(stored, abs=1e-5)
            draft = Draft(unit_id=1, side=side, kind=kind, title="", text=text, language="en")
            read = encode_draft(draft, HashEncoder())
            assert Explainer(held.calibration)._vector(read) == pytest.approx(stored, abs=1e-5)
            drafted = draft_posts(held, draft, read).vectors[0]
            np.testing.assert_allclose(drafted, stored, atol=1e-5)
            alone = placed_sentences(held.calibration, side, kind, read.spans, read.passages)
            formless = placed_sentences(held.calibration, side, PostKind.OTHER, read.spans, read.passages)
            assert np.linalg.norm(alone, axis=1) == pytest.approx(LENGTH_WITHOUT_FORM, abs=1e-5)
            assert np.abs(alone - formless).max() > 0.05


def test_a_question_means_the_form_too(known_forms: np.ndarray) -> None:
    random = np.random.default_rng(9)
    subjects = unit(random.normal(size=(40, 64)).astype(np.float32))
    kinds = random.integers(len(POST_KINDS), size=40)
    written = unit(subjects * 0.9 + known_forms[kinds])
    made = load_calibration(HashEncoder.key, 64)
    question = unit(known_forms[JOBS] + 0.3 * subjects[0])
    placed = made.placed(written, PostSide.CAPABILITY, kinds)
    meant = made.cosines_as_written(placed @ question, question, PostSide.CAPABILITY, kinds)
    assert meant == pytest.approx(written @ question, abs=0.15)
    assert np.corrcoef(meant, written @ question)[0, 1] > 0.97
    assert np.corrcoef(placed @ question, written @ question)[0, 1] < 0.9, (
        "without them it is another question"
    )


def test_a_question_is_compared_as_before_where_no_form_is_known() -> None:
    made = load_calibration(HashEncoder.key, 64)
    vectors = HashEncoder().encode(["nurses", "steel"])
    cosines = vectors @ vectors[0]
    kinds = np.array([JOBS, PLACEMENT])
    assert made.cosines_as_written(cosines, vectors[0], PostSide.NEED, kinds) == pytest.approx(cosines)


def test_other_forms_make_another_recipe(known_forms: np.ndarray) -> None:
    made = load_calibration(HashEncoder.key, 64)
    assert fingerprint(made) != fingerprint(replace(made, forms=known_forms * 2))


def test_the_shipped_forms_belong_to_the_encoder_that_the_other_constants_were_fitted_for() -> None:
    shipped = calibration._read(FORMS_FILE)
    assert str(shipped["encoder_key"]) == load_parameters().encoder_key
    assert shipped["forms"].shape == (len(POST_KINDS), 384)


def test_forms_are_learned_from_published_posts_in_a_language_that_the_encoder_knows(
    session: Session,
) -> None:
    market = Market(session)
    company = market.company("Company")
    for number in range(4):
        market.post(company, PostSide.CAPABILITY, f"Internships {number}.", kind=PostKind.JOBS)
        market.post(company, PostSide.CAPABILITY, f"Praktika {number}.", "de", kind=PostKind.FUNDING)
    key, forms = fit_forms(session)
    assert key == HashEncoder.key
    assert forms[JOBS].any()
    assert not np.delete(forms, JOBS, axis=0).any()


@pytest.mark.encoder
def test_internships_in_a_hotel_are_no_answer_to_computing_students(session: Session) -> None:
    market, index = Market(session, load_encoder()), Index()
    university, company = market.university("University"), market.company("Company")
    market.post(university, PostSide.NEED, SEEKING, kind=PostKind.PLACEMENT)
    offers = [
        market.post(company, PostSide.CAPABILITY, text, kind=PostKind.JOBS) for text in (HOTEL, SOFTWARE)
    ]
    with index.fresh(session) as held:
        made, table = held.calibration, held.sides[PostSide.CAPABILITY]
        need = held.sides[PostSide.NEED].vectors.rows(np.array([0]))
        rows = [int(np.flatnonzero(table.posts["id"] == one)[0]) for one in offers]
        cosines = table.vectors.products(need, np.array(rows))
    hotel, software = made.probability(cosines, np.zeros((1, 2), dtype=np.float32))[0]
    assert hotel < 0.2 < software
    plain = replace(made, forms=np.zeros_like(made.forms))
    vectors = load_encoder().encode([SEEKING, HOTEL])
    seeking, at_hotel = (
        plain.placed(vector, side, FORMLESS) for vector, side in zip(vectors, PostSide, strict=True)
    )
    with_form = plain.probability(np.array([seeking @ at_hotel]), np.zeros(1, dtype=np.float32))[0]
    assert with_form > 0.2, "the canary must be able to sing"

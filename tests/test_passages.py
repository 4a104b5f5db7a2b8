"""Passages belong to the text they were made from, and a change of encoder loses none."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import HashEncoder
from matching.passages import active_encoder, check_passages, passages_for, passages_for_many, store_passages
from matching.reencoding import (
    encode_batch,
    ensure_encoder,
    next_batch,
    progress_of,
    store_batch,
    switch_over,
)
from models.database import begin_write
from models.passage import EncoderRecord, EncoderState, Passage
from models.post import Post, PostSide, PostState
from tests.market import Market

TEXT = "We test battery cells. Two engineers are needed! By spring, please."


class OtherEncoder(HashEncoder):
    """The same numbers under another key: other weights, as far as anyone can tell."""

    name = "other"
    key = "other:1"


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def problems(market: Market) -> list[tuple[int, str]]:
    record = active_encoder(market.session)
    assert record is not None
    return [(one.post_id, one.problem) for one in check_passages(market.session, record)]


def test_the_whole_comes_first_and_sentences_follow_in_place() -> None:
    text = f"Battery tests\n{TEXT}"
    passages = passages_for(text, "en", HashEncoder(), 1)
    assert [passage.position for passage in passages] == [0, 1, 2, 3, 4]
    assert text[passages[0].start : passages[0].stop] == text
    assert text[passages[2].start : passages[2].stop] == "We test battery cells."
    assert all(len(passage.vector) == 4 * 64 for passage in passages)


def test_many_texts_get_the_same_passages_as_each_alone() -> None:
    texts = [(TEXT, "en"), ("", "en"), ("One sentence only.", "de"), (TEXT, "en")]
    together = passages_for_many(texts, HashEncoder(), 1)
    for (text, language), passages in zip(texts, together, strict=True):
        alone = passages_for(text, language, HashEncoder(), 1)
        assert [(one.position, one.vector) for one in passages] == [
            (one.position, one.vector) for one in alone
        ]


def test_a_sound_database_has_no_problem_and_each_defect_is_named(market: Market) -> None:
    company = market.company("Company")
    posts = [market.need(company, TEXT) for _ in range(5)]
    draft = market.post(company, PostSide.NEED, TEXT, state=PostState.DRAFT)
    assert problems(market) == []
    session = market.session
    begin_write(session)
    for passage in session.scalars(select(Passage).where(Passage.post_id == posts[0])):
        session.delete(passage)
    session.get_one(Post, posts[1]).text = "Edited behind the passages' back."
    session.delete(session.scalars(select(Passage).where(Passage.post_id == posts[2])).all()[-1])
    session.scalars(select(Passage).where(Passage.post_id == posts[3])).all()[1].vector = b"1234"
    store_passages(session.get_one(Post, draft), passages_for(TEXT, "en", HashEncoder(), 1))
    session.commit()
    assert problems(market) == [
        (posts[0], "missing"),
        (posts[1], "stale"),
        (posts[2], "malformed"),
        (posts[3], "malformed"),
        (draft, "surplus"),
    ]


def test_an_edited_post_keeps_no_passage_of_its_old_text(market: Market) -> None:
    post_id = market.need(market.company("Company"), TEXT)
    market.edit(post_id, "One sentence. And another one.")
    assert problems(market) == []
    assert len(market.session.get_one(Post, post_id).passages) == 3
    market.edit(post_id, TEXT + " And a further one. And one more.")
    assert problems(market) == []


def test_passages_of_another_text_are_refused(market: Market) -> None:
    post_id = market.need(market.company("Company"), TEXT)
    begin_write(market.session)
    post = market.session.get_one(Post, post_id)
    with pytest.raises(ValueError, match="another text"):
        store_passages(post, passages_for("Something else", "en", HashEncoder(), 1))
    market.session.rollback()


def test_a_new_encoder_is_filled_beside_the_old_one_and_then_serves(market: Market) -> None:
    session, company = market.session, market.company("Company")
    posts = [market.need(company, f"{TEXT} Number {number}.") for number in range(5)]
    encoder = OtherEncoder()
    begin_write(session)
    new = ensure_encoder(session, encoder).id
    session.commit()
    assert _one_round(session, encoder, new, most=2) == 2
    # Written and edited while the building runs, by somebody who knows only the active encoder.
    market.edit(posts[0], "Edited while the new encoder was filled. Twice.")
    late = market.need(company, "Posted while the new encoder was filled.")
    assert progress_of(session, session.get_one(EncoderRecord, new)).done == 1
    begin_write(session)
    assert not switch_over(session, new)
    session.commit()
    while _one_round(session, encoder, new, most=2):
        pass
    begin_write(session)
    assert switch_over(session, new)
    session.commit()
    record = active_encoder(session)
    assert record is not None
    assert record.id == new
    assert problems(market) == []
    assert {one.encoder_id for one in session.scalars(select(Passage))} == {new}
    assert late in {one.post_id for one in session.scalars(select(Passage))}


def _one_round(session: Session, encoder: HashEncoder, encoder_id: int, most: int) -> int:
    batch = next_batch(session, session.get_one(EncoderRecord, encoder_id), most)
    made = encode_batch(batch, encoder, encoder_id)
    begin_write(session)
    stored = store_batch(session, batch, made)
    session.commit()
    return stored


def test_a_post_edited_between_encoding_and_storing_waits_for_the_next_batch(market: Market) -> None:
    session = market.session
    post_id = market.need(market.company("Company"), TEXT)
    encoder = OtherEncoder()
    begin_write(session)
    new = ensure_encoder(session, encoder).id
    session.commit()
    batch = next_batch(session, session.get_one(EncoderRecord, new))
    made = encode_batch(batch, encoder, new)
    market.edit(post_id, "Edited meanwhile.")
    begin_write(session)
    assert store_batch(session, batch, made) == 0
    session.commit()
    assert [one.post_id for one in next_batch(session, session.get_one(EncoderRecord, new))] == [post_id]


def test_going_back_to_the_first_encoder_gives_the_building_up(market: Market) -> None:
    session = market.session
    begin_write(session)
    building = ensure_encoder(session, OtherEncoder()).id
    session.commit()
    begin_write(session)
    assert ensure_encoder(session, HashEncoder()).state is EncoderState.ACTIVE
    session.commit()
    assert session.get_one(EncoderRecord, building).state is EncoderState.RETIRED

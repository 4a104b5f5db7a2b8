"""The index stays equal to the database, whatever happens, in every process and thread that shares it."""

from __future__ import annotations

import shutil
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from matching.calibration import post_vector
from matching.candidates import Acting, Question, eligible
from matching.index import Index
from matching.passages import vectors_of
from models.base import utc_now
from models.database import begin_write, prepare_engine
from models.organisation import Organisation, OrganisationKind, OrganisationState
from models.policy import visible_posts
from models.post import Post, PostSide, Visibility
from tests.market import Market

WORDS = ("battery", "nursing", "welding", "logistics", "enzymes", "turbines")


def seen_through(index: Index, market: Market, viewer: int, now: datetime) -> dict[PostSide, set[int]]:
    """The posts of others that the index would compare with the viewer's."""
    organisation = market.session.get_one(Organisation, viewer)
    acting = Acting(viewer, organisation.kind, (), frozenset())
    return {
        side: set(index.sides[side].posts["id"][eligible(index, side, Question(acting, now))].tolist())
        for side in PostSide
    }


def seen_in_database(market: Market, viewer: int, now: datetime) -> dict[PostSide, set[int]]:
    """The same by the policy alone."""
    shown = visible_posts(market.actor(viewer), now).where(Post.organisation_id != viewer)
    posts = market.session.scalars(shown).all()
    return {side: {post.id for post in posts if post.side is side} for side in PostSide}


def assert_vectors_are_those_of_the_database(index: Index, session: Session) -> None:
    for side, table in index.sides.items():
        assert len(table.words) == len(table.vectors) == len(table.posts)
        stored = table.vectors.rows(np.arange(len(table.posts)))
        for row, post_id in enumerate(table.posts["id"].tolist()):
            passages = session.get_one(Post, post_id).passages
            own = post_vector(vectors_of([one.vector for one in passages]))
            vector = index.calibration.placed(own, side, int(table.posts["kind"][row]))
            np.testing.assert_allclose(stored[row], vector, atol=1e-6)


@pytest.fixture(scope="module", autouse=True)
def _begins_with_an_empty_database(sqlite_template: Path) -> None:
    IndexMachine.empty_database = sqlite_template


class IndexMachine(RuleBasedStateMachine):
    """Two indexes, as two processes would hold them, refreshed at different moments while posts come and go."""

    empty_database: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="counterpart-index-")
        self.engine = create_engine(f"sqlite:///{shutil.copy(self.empty_database, self.folder)}")
        prepare_engine(self.engine)
        self.now = datetime.now(UTC)
        self.posts: list[int] = []

    @initialize()
    def begin(self) -> None:
        self.market = Market(Session(self.engine))
        self.organisations = [
            self.market.company("C1"),
            self.market.company("C2"),
            self.market.university("U1"),
            self.market.organisation("U2", OrganisationKind.UNIVERSITY, OrganisationState.PENDING),
        ]
        # Each begins with something to lose, so that few steps lead to each kind of change.
        for owner in self.organisations:
            self.posts += [self.market.need(owner, "turbines"), self.market.capability(owner, "enzymes")]
        self.indexes = [Index(), Index()]

    def teardown(self) -> None:
        self.market.session.close()
        self.engine.dispose()
        shutil.rmtree(Path(self.folder))

    def chosen(self, number: int) -> int:
        return self.posts[number % len(self.posts)]

    @rule(
        owner=st.integers(0, 3),
        side=st.sampled_from(list(PostSide)),
        word=st.sampled_from(WORDS),
        visibility=st.sampled_from(list(Visibility)),
        days=st.sampled_from([None, -1, 2]),
    )
    def add(self, owner: int, side: PostSide, word: str, visibility: Visibility, days: int | None) -> None:
        closes_at = None if days is None else self.now + timedelta(days=days)
        owner_id = self.organisations[owner]
        text = f"{word} {owner}"
        self.posts.append(self.market.post(owner_id, side, text, visibility=visibility, closes_at=closes_at))

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0, 50), word=st.sampled_from(WORDS))
    def edit(self, number: int, word: str) -> None:
        self.market.edit(self.chosen(number), f"{word} edited. Twice over.")

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0, 50))
    def withdraw(self, number: int) -> None:
        self.market.withdraw(self.chosen(number))

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0, 50))
    def delete(self, number: int) -> None:
        self.market.delete(self.posts.pop(number % len(self.posts)))

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0, 50), visibility=st.sampled_from(list(Visibility)))
    def show_to(self, number: int, visibility: Visibility) -> None:
        self.market.show_to(self.chosen(number), visibility)

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0, 50), days=st.sampled_from([None, 1, 3]))
    def close_at(self, number: int, days: int | None) -> None:
        self.market.close_at(self.chosen(number), None if days is None else self.now + timedelta(days=days))

    @rule(days=st.integers(1, 2))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(owner=st.integers(0, 3), state=st.sampled_from(list(OrganisationState)))
    def decide(self, owner: int, state: OrganisationState) -> None:
        self.market.decide(self.organisations[owner], state)

    @rule()
    def somebody_gives_up(self) -> None:
        session = self.market.session
        begin_write(session)
        for post in session.scalars(select(Post)):
            post.visibility = Visibility.OWN_ORGANISATION
        session.rollback()

    @rule()
    def the_other_process_looks(self) -> None:
        self.look(self.indexes[1])

    @invariant()
    def the_index_is_equal_to_the_database(self) -> None:
        self.look(self.indexes[0])

    def look(self, index: Index) -> None:
        with index.fresh(self.market.session):
            for viewer in self.organisations:
                if self.market.session.get_one(Organisation, viewer).is_approved:
                    expected = seen_in_database(self.market, viewer, self.now)
                    assert seen_through(index, self.market, viewer, self.now) == expected
            assert_vectors_are_those_of_the_database(index, self.market.session)
        self.market.session.rollback()


IndexMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
TestIndexMachine = IndexMachine.TestCase


def test_an_index_refuses_what_may_still_be_rolled_back(session: Session) -> None:
    market = Market(session)
    market.need(market.company("Company"), "battery")
    begin_write(session)
    with pytest.raises(RuntimeError, match="rolled back"):
        Index().refresh(session)


def test_an_index_follows_a_change_of_encoder(session: Session) -> None:
    from matching.reencoding import encode_batch, ensure_encoder, next_batch, store_batch, switch_over
    from models.passage import EncoderRecord
    from tests.test_passages import OtherEncoder

    market = Market(session)
    market.need(market.company("Company"), "battery")
    index = Index()
    index.refresh(session)
    assert index.encoder_key == market.encoder.key
    begin_write(session)
    new = ensure_encoder(session, OtherEncoder()).id
    session.commit()
    batch = next_batch(session, session.get_one(EncoderRecord, new))
    made = encode_batch(batch, OtherEncoder(), new)
    begin_write(session)
    store_batch(session, batch, made)
    switch_over(session, new)
    session.commit()
    index.refresh(session)
    assert index.encoder_key == OtherEncoder.key
    assert len(index) == 1


def test_threads_share_an_index_while_others_write(database_url: str) -> None:
    engine = create_engine(database_url, connect_args={"check_same_thread": False})
    prepare_engine(engine)
    with Session(engine) as session:
        market = Market(session)
        viewer, owner = market.company("Viewer"), market.university("Owner")
        market.capability(owner, "battery")
    index, failures, is_over = Index(), list[BaseException](), threading.Event()

    def read() -> None:
        try:
            while not is_over.is_set():
                with Session(engine) as own, index.fresh(own):
                    table = index.sides[PostSide.CAPABILITY]
                    vector = table.vectors.rows(np.array([0]))[0]
                    products = table.vectors.products(vector[None, :])[0]
                    assert products[0] == pytest.approx(1, abs=1e-5)
                    assert len(products) == len(table.posts)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with Session(engine) as session:
        market = Market(session)
        for number in range(40):
            post_id = market.capability(owner, f"battery {WORDS[number % 6]} {number}")
            if number % 3 == 0:
                market.delete(post_id)
        is_over.set()
        for reader in readers:
            reader.join()
        assert failures == []
        with index.fresh(session):
            now = utc_now()
            assert seen_through(index, market, viewer, now) == seen_in_database(market, viewer, now)
    engine.dispose()

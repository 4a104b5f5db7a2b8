"""Generated worlds: they are like the real texts, always the same, and what is written of them is sound."""

import numpy as np
import pytest
from sqlalchemy import func, select

from matching.answers import Request
from matching.calibration import load_calibration, post_vector, unit
from matching.encoder import HashEncoder
from matching.index import Index
from matching.passages import active_encoder, check_passages
from matching.ranking import rank_partners
from models.base import utc_now
from models.organisation import OrganisationKind
from models.passage import Passage
from models.post import Post, PostSide
from tests.benchmarks.real_texts import RealTexts, real_texts
from tests.benchmarks.world_check import compare, intrinsic_dimension
from tests.benchmarks.world_database import write_world
from tests.benchmarks.world_plan import LOOKERS, POSTS_OF_A_LOOKER
from tests.benchmarks.worlds import World
from tests.conftest import session_on
from tests.made_market import actor_of


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> RealTexts:
    return real_texts(HashEncoder(), None, tmp_path_factory.mktemp("texts"))


def test_drawn_posts_are_as_near_to_each_other_as_real_ones(real: RealTexts) -> None:
    figures = {figure.name: figure for figure in compare(real, load_calibration("", HashEncoder.dimensions))}
    for side in PostSide:
        for rank in (1, 10):
            figure = figures[f"{side.value}: cosine to the nearest no. {rank}, centile 50"]
            assert figure.drawn == pytest.approx(figure.real, abs=0.16), figure.name


def test_the_local_dimension_of_points_in_a_plane_is_two() -> None:
    random = np.random.default_rng(1)
    plane = random.normal(size=(2, 384)).astype(np.float32)
    place = np.array([[1.0, 0.0]]) + 0.2 * random.uniform(size=(2000, 2))
    points = unit(
        (np.hstack([np.ones((2000, 1)), place]) @ np.vstack([np.ones(384), plane])).astype(np.float32)
    )
    nearest = np.sort(points @ points.T, axis=1)[:, ::-1][:, 1:]
    assert intrinsic_dimension(nearest) == pytest.approx(2, abs=0.3)


def test_the_vector_of_a_drawn_post_is_that_of_its_passages(real: RealTexts) -> None:
    part = next(World(real, 500).parts())
    for number in range(0, len(part.posts), 50):
        passages = part.passages[part.first[number] : part.first[number + 1]]
        assert part.vectors[number] == pytest.approx(post_vector(passages), abs=1e-5)


def test_the_same_arguments_give_the_same_world_and_another_seed_another(real: RealTexts) -> None:
    first, again, other = World(real, 500), World(real, 500), World(real, 500, seed=7)
    assert first.text_of(3) == again.text_of(3)
    assert (next(first.parts()).vectors == next(again.parts()).vectors).all()
    assert not (next(first.parts()).vectors == next(other.parts()).vectors).all()


def test_a_world_has_about_as_many_posts_as_asked_for_and_lookers_have_ten_of_each_side(
    real: RealTexts,
) -> None:
    world = World(real, 5_000)
    assert len(world) == pytest.approx(5_000, rel=0.05)
    for looker in range(LOOKERS):
        own = world.posts[world.posts["owner"] == looker]
        assert (len(own), int(own["is_need"].sum())) == (POSTS_OF_A_LOOKER, POSTS_OF_A_LOOKER // 2)
    sizes = np.bincount(world.posts["owner"])[LOOKERS:]
    assert sizes.max() > 8 * np.median(sizes)


def test_a_written_world_is_sound_and_ranked(real: RealTexts, either_database_url: str) -> None:
    _check_written(either_database_url, World(real, 800))


def _check_written(url: str, world: World) -> None:
    write_world(url, world)
    session = session_on(url)
    encoder = active_encoder(session)
    assert encoder is not None
    assert check_passages(session, encoder) == []
    assert session.scalar(select(func.count(Post.id))) == len(world)
    stored = session.scalars(
        select(Passage.vector).where(Passage.post_id == 8).order_by(Passage.position)
    ).all()
    part = next(world.parts())
    drawn = part.passages[part.first[7] : part.first[8]]
    assert np.frombuffer(b"".join(stored), dtype=np.float32) == pytest.approx(drawn.ravel(), abs=1e-6)
    index = Index()
    actor = actor_of(1, OrganisationKind.COMPANY)
    ranking = rank_partners(session, index, Request(unit_id=1, limit=10), actor, utc_now())
    assert (ranking.needs, ranking.capabilities) == (10, 10)
    assert len(index) == len(world)
    engine = session.get_bind()
    session.close()
    engine.dispose()  # type: ignore[union-attr] # Bound to an engine just above.

"""Sessions read by default; writing begins in one visible place."""

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from models.database import begin_write, is_writing, prepare_engine
from models.organisation import Organisation, OrganisationKind, Sector, Unit
from models.post import Post, PostKind, PostSide, Visibility
from tests.statements import sent_statements


def _organisation(name: str = "Alba Cells") -> Organisation:
    return Organisation(name=name, kind=OrganisationKind.COMPANY, sector=Sector.ENERGY)


def test_a_session_that_has_not_begun_to_write_cannot_write(either_session: Session) -> None:
    either_session.add(_organisation())
    with pytest.raises(DBAPIError, match=r"read-?only"):
        either_session.commit()


def test_a_session_writes_after_begin_write_and_reads_again_after_the_commit(either_session: Session) -> None:
    begin_write(either_session)
    assert is_writing(either_session)
    either_session.add(_organisation())
    either_session.commit()
    assert either_session.scalar(select(Organisation.name)) == "Alba Cells"
    assert not is_writing(either_session)
    either_session.add(_organisation("Corvus Motors"))
    with pytest.raises(DBAPIError, match=r"read-?only"):
        either_session.flush()


def test_a_transaction_that_only_reads_leaves_kept_statements_as_they_are(database_url: str) -> None:
    """SQLite compiles all of them anew whenever the pragma is set, even to what it is."""
    engine = create_engine(database_url)
    prepare_engine(engine)
    with Session(engine) as one, sent_statements(engine) as sent:
        for _ in range(2):
            one.scalars(select(Organisation)).all()
            one.rollback()
        begin_write(one)
        one.rollback()
        one.scalars(select(Organisation)).all()
    pragmas = [statement for statement in sent if statement.startswith("PRAGMA")]
    assert pragmas == ["PRAGMA query_only=ON", "PRAGMA query_only=OFF", "PRAGMA query_only=ON"]
    engine.dispose()


def test_begin_write_refuses_to_lose_pending_changes(session: Session) -> None:
    session.add(_organisation())
    with pytest.raises(RuntimeError, match="before the first change"):
        begin_write(session)


def test_begin_write_forgets_what_was_read_before(database_url: str) -> None:
    engine = create_engine(database_url)
    prepare_engine(engine)
    with Session(engine) as one, Session(engine) as other:
        begin_write(one)
        one.add(_organisation())
        one.commit()
        seen = other.scalars(select(Organisation)).one()
        begin_write(one)
        one.scalars(select(Organisation)).one().name = "Alba Cells AG"
        one.commit()
        assert seen.name == "Alba Cells"
        begin_write(other)
        assert seen.name == "Alba Cells AG"
    engine.dispose()


def test_the_database_refuses_a_post_of_another_organisations_unit(either_session: Session) -> None:
    begin_write(either_session)
    alba, corvus = _organisation(), _organisation("Corvus Motors")
    either_session.add_all([alba, corvus])
    either_session.flush()
    unit = Unit(organisation_id=corvus.id, name="Corvus Motors")
    either_session.add(unit)
    either_session.flush()
    either_session.add(
        Post(
            organisation_id=alba.id,
            unit_id=unit.id,
            side=PostSide.CAPABILITY,
            kind=PostKind.JOBS,
            title="Jobs",
            text="Jobs.",
            visibility=Visibility.NETWORK,
        )
    )
    with pytest.raises(IntegrityError):
        either_session.flush()


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", -1), ("partner_limit", 0), ("urgency", 4), ("urgency", None), ("kind", PostKind.JOBS)],
)
def test_the_database_refuses_a_need_that_makes_no_sense(
    either_session: Session, field: str, value: object
) -> None:
    begin_write(either_session)
    alba = _organisation()
    either_session.add(alba)
    either_session.flush()
    unit = Unit(organisation_id=alba.id, name="Alba Cells")
    either_session.add(unit)
    either_session.flush()
    need = Post(
        organisation_id=alba.id,
        unit_id=unit.id,
        side=PostSide.NEED,
        kind=PostKind.TALENT,
        title="Nurses",
        text="Forty nurses.",
        urgency=1,
        importance=1,
        visibility=Visibility.NETWORK,
    )
    setattr(need, field, value)
    either_session.add(need)
    with pytest.raises(IntegrityError):
        either_session.flush()


def test_ids_are_never_given_out_twice(either_session: Session) -> None:
    begin_write(either_session)
    first = _organisation()
    either_session.add(first)
    either_session.commit()
    begin_write(either_session)
    gone = first.id
    either_session.delete(first)
    either_session.commit()
    begin_write(either_session)
    second = _organisation()
    either_session.add(second)
    either_session.flush()
    assert second.id > gone

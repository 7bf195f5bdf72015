"""Questions without a transaction, and connections that go back to the pool as they were."""

import psycopg2.extensions
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from orchestration_project.ledger.reading import reading
from orchestration_project_tests.databases import end_sessions

_STATE = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
_MARKS = text("SELECT count(*) FROM leads.made_ids")
_MARK = text("INSERT INTO leads.made_ids (service, name, id, taken_at) VALUES ('s', 'n', 'i', now())")


def test_a_question_leaves_no_transaction_open_behind_it(database: Engine) -> None:
    with reading(database) as asking, database.connect() as beside:
        pid = asking.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert beside.execute(_STATE, {"pid": pid}).scalar_one() == "idle"


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_written_afterwards_on_the_same_connection_can_be_taken_back(
    database: Engine, *, fails: bool
) -> None:
    def ask() -> int:
        with reading(database) as connection:
            pid: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            if fails:
                connection.execute(text("SELECT 1 FROM no_such_table"))
            return pid

    if fails:
        with pytest.raises(ProgrammingError):
            ask()
    else:
        ask()
    with database.connect() as connection:
        connection.execute(_MARK)
        connection.rollback()
        assert connection.execute(_MARKS).scalar_one() == 0


def test_a_session_that_ends_in_the_middle_is_told_as_ever_and_the_next_question_is_answered(
    database: Engine,
) -> None:
    with reading(database) as asking:
        pid = asking.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with database.connect() as beside:
            end_sessions(beside, [pid])
        with pytest.raises(DBAPIError) as told:
            asking.execute(_MARKS)
    assert told.value.connection_invalidated
    with reading(database) as asking:
        assert asking.execute(_MARKS).scalar_one() == 0


def test_one_that_was_closed_behind_the_pools_back_is_told_in_its_own_words(
    database: Engine,
) -> None:
    with database.connect() as connection:
        session = connection.connection.dbapi_connection
        assert isinstance(session, psycopg2.extensions.connection)
    session.close()
    with pytest.raises(DBAPIError), reading(database) as asking:
        asking.execute(_MARKS)
    with reading(database) as asking:
        assert asking.execute(_MARKS).scalar_one() == 0

"""What an op does, with its two promises: a database that is away for a moment, and no person's words."""

import dagster as dg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from orchestration_project.ledger import Ledger
from orchestration_project.orchestration.stage import PAUSES, guarded
from orchestration_project_tests.databases import end_sessions

AWAY = OperationalError("SELECT 'jane@acme.example'", {}, Exception("connection refused: jane@acme.example"))


class Work:
    def __init__(self, *wrong: Exception) -> None:
        self.wrong = list(wrong)
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        if self.wrong:
            raise self.wrong.pop(0)
        return "done"


def test_what_has_lost_the_database_is_done_once_more() -> None:
    work = Work(*[AWAY] * len(PAUSES))
    assert guarded(work) == "done"
    assert work.times == len(PAUSES) + 1


def test_it_gives_up_after_some_tries_and_says_no_persons_words() -> None:
    work = Work(*[AWAY] * 9)
    with pytest.raises(dg.Failure) as caught:
        guarded(work)
    assert work.times == len(PAUSES) + 1
    assert "given back by themselves" in (caught.value.description or "")
    assert "jane" not in f"{caught.value.description} {caught.value.__cause__}"


@pytest.mark.parametrize("error", [IntegrityError("INSERT", {}, Exception("jane")), ValueError("jane")])
def test_anything_else_is_not_done_again(error: Exception) -> None:
    work = Work(error)
    with pytest.raises(dg.Failure) as caught:
        guarded(work)
    assert work.times == 1
    assert "jane" not in f"{caught.value.description} {caught.value.__cause__}"


def test_a_session_that_the_server_has_ended_costs_one_more_try(ledger: Ledger) -> None:
    ended: list[int] = []

    def work() -> int:
        with ledger.engine.begin() as connection:
            if not ended:
                ended.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
                _end(ledger.engine, ended[0])
            return connection.execute(text("SELECT 7")).scalar_one()

    assert guarded(work) == 7


def _end(engine: Engine, pid: int) -> None:
    with engine.begin() as other:
        end_sessions(other, [pid])


def test_the_error_of_such_a_session_is_one_that_is_waited_for(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        _end(ledger.engine, connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 7"))

"""Who waits for work is woken when a lead may be taken, and by nothing else."""

from collections.abc import Iterator

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.bell import Bell
from orchestration_project.ledger.outcomes import Wait
from orchestration_project_tests.ledger.leads import goes_on, submit

LONG = 20.0


def rings(bell: Bell) -> bool:
    """To its end: storing leads and reading them are two."""
    rang = bell.wait(LONG)
    while bell.wait(0.3):
        pass
    return rang


@pytest.fixture
def bell(ledger: Ledger) -> Iterator[Bell]:
    opened = Bell(ledger.engine)
    assert not opened.wait(0)
    yield opened
    opened.close()


def test_a_lead_that_is_stored_rings_and_its_way_through_a_run_does_not(ledger: Ledger, bell: Bell) -> None:
    submit(ledger)
    assert rings(bell)
    lead = goes_on(ledger)
    ledger.outcomes.finish([lead], "run")
    assert not bell.wait(0.05)


def test_one_that_waits_for_a_connection_rings_when_a_person_sends_it_on(ledger: Ledger, bell: Bell) -> None:
    submit(ledger)
    assert rings(bell)
    lead = goes_on(ledger)
    ledger.outcomes.wait(lead, Wait(explanation="", waiting_for="crm"), "run")
    assert not bell.wait(0.05)
    ledger.by_hand.replay([lead.ref])
    assert rings(bell)


def test_it_is_found_out_once_whether_it_is_heard_and_what_rang_meanwhile_is_kept(
    ledger: Ledger, bell: Bell
) -> None:
    assert bell.is_heard()
    submit(ledger)
    assert bell.is_heard()
    assert rings(bell)
    assert not bell.wait(0.05)


def test_behind_a_proxy_that_lends_sessions_it_is_not_heard(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration_project.ledger.bell.CHANNEL", "leads_unheard")
    monkeypatch.setattr("orchestration_project.ledger.bell._PROOF_SECONDS", 0.05)
    bell = Bell(ledger.engine)
    assert not bell.wait(0), "it listens there"
    monkeypatch.setattr("orchestration_project.ledger.bell.CHANNEL", "leads_work")
    assert not bell.is_heard()
    bell.close()


def test_a_session_that_was_ended_is_replaced(ledger: Ledger, bell: Bell) -> None:
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(3):
        assert not bell.wait(0), "it may take two looks to notice"
    submit(ledger)
    assert rings(bell)

"""Who waits for work is woken when a lead may be taken, and by nothing else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.bell import Bell
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Carried, Delivery
from orchestration_project_tests.conftest import HandClock

LONG = 20.0


@pytest.fixture
def bell(ledger: Ledger) -> Iterator[Bell]:
    opened = Bell(ledger.engine)
    assert not opened.wait(0)
    yield opened
    opened.close()


def store(ledger: Ledger, number: int) -> None:
    ledger.submissions.store("inbox", [Delivery(external_id=str(number), raw=b"{}")])


def taken(ledger: Ledger) -> Carried:
    (claim,) = ledger.claims.claim(max_leads=1, max_runs=1)
    (lead,) = ledger.claims.start(claim, "a run", "somebody")
    return lead


def test_a_lead_that_is_stored_rings_and_its_way_through_a_run_does_not(ledger: Ledger, bell: Bell) -> None:
    store(ledger, 1)
    assert bell.wait(LONG)
    assert not bell.wait(0), "once for each"
    lead = taken(ledger)
    ledger.outcomes.finish([lead], "a run")
    assert not bell.wait(0.05)


def test_one_that_waits_for_a_moment_or_a_connection_rings_when_a_person_sends_it_on(
    ledger: Ledger, bell: Bell, clock: HandClock
) -> None:
    store(ledger, 1)
    assert bell.wait(LONG)
    lead = taken(ledger)
    ledger.outcomes.wait(lead, Wait(explanation="", try_at=clock() + timedelta(hours=1)), "a run")
    assert not bell.wait(0.05)
    ledger.by_hand.retry([lead.ref])
    assert bell.wait(LONG)


def test_a_session_that_was_ended_is_replaced(ledger: Ledger, bell: Bell) -> None:
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert not bell.wait(0)
    assert not bell.wait(0)
    store(ledger, 1)
    assert bell.wait(LONG)

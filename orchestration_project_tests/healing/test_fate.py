"""Every failure is one of four kinds, and each has one fate: it waits, is skipped, or needs a person."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from orchestration_project.errors import (
    CredentialError,
    InstallationError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    PlaybookError,
    RefusedForNow,
    SettingError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)
from orchestration_project.healing.fate import (
    FIRST_WAIT,
    GROWTH,
    JITTER,
    LONGEST_WAIT,
    MAX_FAULTS,
    PLAYBOOK,
    ConnectionAway,
    Fate,
    backoff,
    describe,
    fate_of,
    shown,
)

CREDENTIAL = CredentialError("HubSpot", "answered 401.", "Renew HUBSPOT_TOKEN.")
SETUP = SetupError("Slack", "knows no channel leads.", "Name another.")
SETTING = SettingError("SLACK_TOKEN is not set.", "Make one.")
DATABASE = OperationalError("SELECT 'jane@acme.example'", {}, Exception("jane@acme.example"))


def fate(
    error: Exception,
    now: datetime,
    *,
    connection: str | None = "crm",
    tries: int = 0,
    faults: int = 0,
    jitter: float = 0.5,
) -> Fate:
    return fate_of(error, connection=connection, tries=tries, faults=faults, now=now, jitter=lambda: jitter)


@pytest.mark.parametrize(
    "error",
    [
        TransientServiceError("HubSpot", "answered 503."),
        RefusedForNow("HubSpot", "cannot be reached."),
        DATABASE,
    ],
)
def test_what_passes_by_itself_waits_longer_with_each_try(now: datetime, error: Exception) -> None:
    moments = [fate(error, now, tries=tries) for tries in range(4)]
    assert {each.kind for each in moments} == {"wait"}
    assert [each.try_at for each in moments] == [
        now + timedelta(seconds=FIRST_WAIT * GROWTH**tries) for tries in range(4)
    ]
    assert all(each.waiting_for is None and each.counts and not each.fault for each in moments)


@pytest.mark.parametrize("seconds", [1.0, 1800.0, 86_400.0 * 30])
def test_the_services_own_word_is_honoured_however_long(now: datetime, seconds: float) -> None:
    error = RefusedForNow("HubSpot", "answered 429.", retry_after=seconds)
    for jitter in (0.0, 1.0):
        found = fate(error, now, tries=7, jitter=jitter)
        assert found.try_at is not None
        waits = (found.try_at - now).total_seconds()
        assert seconds <= waits <= seconds * 1.05


def test_who_would_use_a_connection_that_is_away_waits_for_it_without_a_try(now: datetime) -> None:
    found = fate(ConnectionAway("mail", "Gmail: answered 503."), now, connection="crm")
    assert (found.kind, found.waiting_for, found.try_at, found.counts) == ("wait", "mail", None, False)
    assert "Gmail: answered 503." in found.says


@pytest.mark.parametrize("error", [CREDENTIAL, SETUP, SETTING])
def test_what_needs_a_person_once_waits_for_the_connection_to_be_mended(
    now: datetime, error: LeadsError
) -> None:
    found = fate(error, now)
    assert (found.kind, found.waiting_for, found.try_at) == ("wait", "crm", None)
    assert found.says == str(error)


@pytest.mark.parametrize("error", [CREDENTIAL, SETUP, SETTING])
def test_of_no_connection_it_is_a_persons_for_this_lead(now: datetime, error: LeadsError) -> None:
    assert fate(error, now, connection=None).kind == "person"


@pytest.mark.parametrize("connection", ["crm", None])
def test_rules_that_do_not_cover_a_lead_are_waited_for(now: datetime, connection: str | None) -> None:
    found = fate(PlaybookError("No track takes score 5."), now, connection=connection)
    assert (found.kind, found.waiting_for, found.try_at) == ("wait", PLAYBOOK, None)


def test_what_is_about_this_lead_only_is_skipped_with_the_services_reason(now: datetime) -> None:
    found = fate(LeadRefusedError("Mailchimp", "says the address has bounced.", "Nothing to do."), now)
    assert (found.kind, found.says) == ("skip", "Mailchimp: says the address has bounced.")


@pytest.mark.parametrize(
    "error", [PermanentServiceError("HubSpot", "answered 400."), InstallationError("No disk.")]
)
def test_what_does_not_pass_by_itself_needs_a_person(now: datetime, error: LeadsError) -> None:
    found = fate(error, now)
    assert (found.kind, found.says, found.try_at, found.fault) == ("person", str(error), None, False)


def test_an_answer_that_nobody_understands_is_looked_behind_before_a_person_is_asked(now: datetime) -> None:
    error = UnknownAnswerError("HubSpot", "answered 201 in a shape this version does not know.")
    kinds = [fate(error, now, tries=tries).kind for tries in range(MAX_FAULTS + 1)]
    assert kinds == ["wait"] * MAX_FAULTS + ["person"]


def test_a_fault_of_ours_is_tried_again_some_times_and_then_told(now: datetime) -> None:
    error = KeyError("Jane Doe, 0117 496 0123")
    found = [fate(error, now, tries=9, faults=faults) for faults in range(MAX_FAULTS + 1)]
    assert [each.kind for each in found] == ["wait"] * (MAX_FAULTS - 1) + ["person"] * 2
    assert all(each.fault for each in found)
    assert [each.try_at for each in found[:2]] == [
        now + timedelta(seconds=FIRST_WAIT * GROWTH**faults) for faults in range(2)
    ]
    assert "report it" in found[-1].says


def test_no_persons_words_stand_in_what_is_told() -> None:
    for error in (KeyError("Jane Doe"), DATABASE, ValueError("jane@acme.example")):
        for told in (describe(error), str(shown(error))):
            assert "jane" not in told.lower()
    assert describe(KeyError("Jane")) == "an unexpected KeyError."
    assert describe(CREDENTIAL) == str(CREDENTIAL)


def test_the_copy_for_a_log_has_the_stack_and_no_cause() -> None:
    error = KeyError("Jane")
    error.__cause__ = ValueError("jane@acme.example")
    with pytest.raises(KeyError) as met:
        raise error
    copy = shown(met.value)
    assert copy.__traceback__ is not None
    assert (copy.__cause__, copy.__context__) == (None, None)


@given(tries=st.integers(0, 10**6), jitter=st.floats(0, 1))
def test_a_wait_is_never_shorter_than_some_seconds_nor_much_longer_than_an_hour(
    tries: int, jitter: float
) -> None:
    seconds = backoff(tries, lambda: jitter).total_seconds()
    assert FIRST_WAIT * (1 - JITTER) <= seconds <= LONGEST_WAIT * (1 + JITTER)


@given(tries=st.integers(0, 40))
def test_waits_grow_until_they_are_an_hour(tries: int) -> None:
    now_, next_ = (backoff(number, lambda: 0.5).total_seconds() for number in (tries, tries + 1))
    assert next_ == pytest.approx(min(LONGEST_WAIT, now_ * GROWTH), abs=1e-5)


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({backoff(3) for _ in range(20)}) > 1
    shortest, longest = backoff(3, lambda: 0.0), backoff(3, lambda: 1.0)
    assert longest.total_seconds() == pytest.approx(shortest.total_seconds() * (1 + JITTER) / (1 - JITTER))

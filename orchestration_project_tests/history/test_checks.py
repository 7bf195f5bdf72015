"""The asset checks run with the assets, and the event log is searched for people."""

import logging
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from orchestration_project.history.checks import CHECKS, Looks
from orchestration_project.history.event_log import scan
from orchestration_project.model import Ref
from orchestration_project_tests.history.conftest import Past

PEOPLE = {
    Ref("L-A"): {"name": "Zoë Müller", "email": "zoe@mueller.example", "phone": "+441174960123"},
    Ref("L-B"): {"name": "Bo", "message": "We are a team of 14 and need somebody"},
}


def test_every_check_is_made_with_its_asset_and_finds_what_is_new_in_the_samples(
    made: dg.ExecuteInProcessResult,
) -> None:
    evaluations = {
        (each.asset_key.path[-1], each.check_name): each for each in made.get_asset_check_evaluations()
    }
    assert set(evaluations) == {(check.asset, name) for name, check in CHECKS.items()}
    failed = {name: each.description for (_, name), each in evaluations.items() if not each.passed}
    assert set(failed) == {"new_questions"}, failed
    scanned = evaluations["submissions", "nobody_in_the_event_log"].description
    assert scanned is not None and "nobody's data" in scanned


@pytest.mark.parametrize("name", list(CHECKS))
def test_every_check_says_a_sentence(past: Past, home: object, name: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        found = Looks(past.history, instance).at(name)
    assert found.says.endswith((".", "?"))


def say(message: str) -> dg.JobDefinition:
    @dg.op
    def talk(context: dg.OpExecutionContext) -> None:
        context.log.log(logging.INFO, message)

    @dg.job
    def talking() -> None:
        talk()

    return talking


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("L-A is done", {}),
        ("Bo has gone to bo-ot", {}),
        ("A mail to zoe@mueller.example could not be written", {"L-A": ["email"]}),
        ("zoë müller is a priority; call +441174960123", {"L-A": ["name", "phone"]}),
        ("evidence: We are a team of 14 and need somebody for payroll", {"L-B": ["message"]}),
    ],
)
def test_whoever_is_named_in_the_event_log_is_found(message: str, found: dict[str, list[str]]) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    with dg.DagsterInstance.ephemeral() as instance:
        say(message).execute_in_process(
            instance=instance, run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        )
        seen, events = scan(instance, PEOPLE, since)
    assert {ref: sorted(kinds) for ref, kinds in seen.items()} == found
    assert events > 5


def test_a_person_in_the_tags_of_a_run_is_found_too() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        say("nothing").execute_in_process(instance=instance, tags={"who": "zoe@mueller.example"})
        assert scan(instance, PEOPLE, datetime.now(UTC) - timedelta(hours=1))[0] == {"L-A": ["email"]}

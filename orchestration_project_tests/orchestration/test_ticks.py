"""A tick that fails does so in one sentence, in the UI and in the daemon's log."""

import logging

import dagster as dg
import pytest

from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.orchestration.coordinator import Coordinator
from orchestration_project.orchestration.dagster_internals import QueuedRunCoordinator
from orchestration_project.orchestration.ticks import (
    SENSOR_LOG,
    TOLD_AGAIN_SECONDS,
    OneLine,
    tick_failed,
)
from orchestration_project_tests.dagster_daemon import error_of_tick

MANY_LINES = "The playbook has 2 mistakes:\nplaybook.yaml:7: no 100 % of it.\nplaybook.yaml:8: nor of this."


def fails(error: Exception) -> dg.SensorDefinition:
    @dg.sensor(name="reads")
    def reads() -> None:
        failed = tick_failed("No runs are started:", error)
        raise failed from failed.__cause__

    return reads


@pytest.fixture
def seconds() -> list[float]:
    return [1000.0]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, seconds: list[float]) -> logging.Logger:
    """As the daemon writes it, with a clock that a test moves."""
    logger = logging.getLogger("a daemon of a test")
    logger.filters = [OneLine(lambda: seconds[0])]
    caplog.set_level(logging.DEBUG, logger.name)
    return logger


def log_failure(log: logging.Logger, error: Exception) -> None:
    """Both times that the daemon does; what it knows came from the code server."""
    told = error_of_tick(fails(error))
    for words in ("Sensor tick caught an error", "Sensor daemon caught an error for sensor reads"):
        log.error(words, exc_info=told)


def test_what_we_can_explain_is_one_line(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    log_failure(log, PlaybookError(MANY_LINES))
    words = " ".join(MANY_LINES.split())
    assert caplog.messages == [f"reads: No runs are started: {words}"]
    assert "Traceback" not in caplog.text and len(caplog.text.splitlines()) == 1


def test_the_ui_s_first_line_is_the_sentence_and_nothing_is_behind_it() -> None:
    told = error_of_tick(fails(PlaybookError(MANY_LINES))).user_code_process_error_infos[0]
    assert told.message.partition(": ")[2].strip() == f"No runs are started: {MANY_LINES}"
    assert told.cause is None and told.context is None


def test_a_fault_of_ours_is_told_with_its_stack_and_without_its_words(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    quoted = "Maeve O'Brien"
    try:
        {}[quoted]
    except KeyError as error:
        log_failure(log, error)
    assert "an unexpected KeyError" in caplog.text and "in test_a_fault_of_ours" in caplog.text
    assert "Maeve" not in caplog.text


def test_the_same_again_is_told_now_and_then_and_something_else_at_once(
    log: logging.Logger, caplog: pytest.LogCaptureFixture, seconds: list[float]
) -> None:
    for words in ("one", "one", "other", "other", "one"):
        log_failure(log, LeadsError(words))
    assert [message.split()[-1] for message in caplog.messages] == ["one", "other", "one"]
    seconds[0] += TOLD_AGAIN_SECONDS
    log_failure(log, LeadsError("one"))
    assert len(caplog.messages) == 4


def test_what_is_not_of_our_making_is_logged_as_dagster_does(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    log.error("Sensor daemon caught an error for sensor reads", exc_info=ValueError("of Dagster"))
    log.warning("Something else.")
    assert "ValueError: of Dagster" in caplog.text
    assert caplog.messages == ["Sensor daemon caught an error for sensor reads", "Something else."]


def test_a_daemon_learns_it_with_its_queue_and_once() -> None:
    logger = logging.getLogger(SENSOR_LOG)
    before = list(logger.filters)
    logger.filters = []
    try:
        queues = [Coordinator(dequeue_interval_seconds=1), Coordinator(dequeue_interval_seconds=1)]
        assert all(isinstance(queue, QueuedRunCoordinator) for queue in queues), "the daemon asks for that"
        assert [type(known) for known in logger.filters] == [OneLine]
    finally:
        logger.filters = before

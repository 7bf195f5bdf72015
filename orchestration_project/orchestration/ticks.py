"""What sensors have in common: how a tick fails, in one sentence that says what to do, in the UI and in the
terminal; and which runs of an earlier tick are still under way.

What a tick does is in the sensors' own modules.
"""

import logging
import time
from collections.abc import Callable

import dagster as dg

from orchestration_project.errors import LeadsError
from orchestration_project.healing.fate import shown
from orchestration_project.orchestration.dagster_internals import SerializableErrorInfo, told_by_sensor

SENSOR_LOG = "dagster.daemon.SensorDaemon"
TOLD_AGAIN_SECONDS = 600.0
"""So long a sensor that fails for the same reason is silent in the terminal; its page tells each time."""
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
"""A sensor whose job is one of these starts no second one."""
_NAMES_SENSOR = "Sensor daemon caught an error for sensor "


class TickFailed(dg.DagsterError):
    """Dagster wraps any other exception into one that says no more than that there was one."""


def tick_failed(words: str, error: Exception, mend: str = "") -> TickFailed:
    """To be raised `from` its own cause: of what we can explain there is none, since the words are enough; of
    a fault of ours it has the stack, without what a person wrote."""
    told = shown(error)
    failed = TickFailed(f"{words} {told}{mend}")
    failed.__cause__ = None if isinstance(error, LeadsError) else told
    failed.__suppress_context__ = True
    return failed


class OneLine(logging.Filter):
    """Makes one line of what the daemon logs of a failed tick: the words, without the stack of the daemon.

    The daemon logs each failure twice, and only the second time it says of which sensor. A sensor that goes
    on saying the same is told now and then."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._told: dict[str, tuple[str, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        told = told_by_sensor(error) if error is not None else None
        if told is None or told.cls_name != TickFailed.__name__:
            return True
        message = record.getMessage()
        if not message.startswith(_NAMES_SENSOR):
            return False
        sensor, words = message.removeprefix(_NAMES_SENSOR), one_line(told)
        before, at = self._told.get(sensor, ("", 0.0))
        if words == before and self._monotonic() - at < TOLD_AGAIN_SECONDS:
            return False
        self._told[sensor] = (words, self._monotonic())
        # a percent sign of ours stands for itself
        record.msg, record.args = "%s: %s", (sensor, words)
        record.exc_info, record.exc_text = None, None
        return True


def one_line(told: SerializableErrorInfo) -> str:
    """The words of a TickFailed, and the stack of a fault of ours beneath."""
    _, _, words = told.message.partition(": ")
    where = f"\n{told.cause.to_string()}" if told.cause else ""
    return " ".join(words.split()) + where

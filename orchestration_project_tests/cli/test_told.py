"""What Dagster prints under `leads dev` is one line a happening; the records are as it really writes them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestration_project.cli.told import AGAIN_SECONDS, Told

TRACE = [
    "Traceback (most recent call last):",
    '  File "/x/sensor.py", line 649, in _process_tick_generator',
    "    yield from _evaluate_sensor(",
    "dagster._core.errors.DagsterUserCodeProcessError: SensorExecutionError: Error occurred",
    "",
    "Stack Trace:",
    '  File "/x/impl.py", line 401',
    "",
    "The above exception was caused by the following exception:",
    "dagster._core.definitions.events.Failure: No runs are started: the playbook has 2 mistakes.",
    "",
]


def record(event: str, *exception: str, logger: str = "dagster.daemon.SensorDaemon") -> str:
    text = "\n".join(exception)
    held = {"exc_info": ["<class 'X'>", f"X({text!r})", "<traceback object>"]} if exception else {}
    return json.dumps({"event": event, "logger": logger, "level": "error", **held})


@dataclass
class Terminal:
    log: Path
    lines: list[str] = field(default_factory=list[str])
    now: float = 0.0

    def __post_init__(self) -> None:
        self.told = Told(self.log, self.lines.append, lambda: self.now)

    def shows(self, *lines: str) -> list[str]:
        self.lines.clear()
        for line in lines:
            self.told.show(line)
        return [*self.lines]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "dev.log")


def test_a_tick_that_fails_is_one_line_with_our_own_words(terminal: Terminal) -> None:
    """Dagster writes it down twice, and each time once more in plain text, with the traceback."""
    shown = terminal.shows(
        record("Sensor tick caught an error", *TRACE[3:]),
        "ERROR:dagster.daemon.SensorDaemon:Sensor tick caught an error",
        *TRACE,
        record("Sensor daemon caught an error for sensor dispatcher", *TRACE[3:]),
        "ERROR:dagster.daemon.SensorDaemon:Sensor daemon caught an error for sensor dispatcher",
        *TRACE,
    )
    why = "No runs are started: the playbook has 2 mistakes."
    assert shown == [f"dagster.daemon.SensorDaemon: Sensor tick caught an error: {why}"]


def test_while_the_database_is_away_one_line_a_minute_says_so(terminal: Terminal) -> None:
    away = 'psycopg2.OperationalError: connection to server on socket "/x" failed: Connection refused'
    lines = [
        "WARNING:root:Retrying failed database connection: (psycopg2.OperationalError) connection",
        "\tIs the server running locally and accepting connections on that socket?",
        "",
        "(Background on this error at: https://sqlalche.me/e/21/e3q8)",
        record(f"Caught error:\n{away}\n\nStack Trace:\n  File", logger="dagster.daemon.BackfillDaemon"),
        record("Failed to add heartbeat: \nx.DagsterPostgresException: too many retries for DB connection"),
        *TRACE[:3],
        away,
    ]
    shown = terminal.shows(*lines)
    assert len(shown) == 1 and shown[0].startswith("The database is away; Dagster's processes ask again. ")
    assert str(terminal.log) in shown[0]
    terminal.now = AGAIN_SECONDS - 1
    assert terminal.shows(*lines) == []
    terminal.now = AGAIN_SECONDS
    assert len(terminal.shows(*lines)) == 1


def test_what_a_run_says_of_each_step_is_in_the_file_alone_and_its_trouble_is_shown(
    terminal: Terminal,
) -> None:
    run = "2026-11-26 09:00:01 +0000 - dagster - {} - __ASSET_JOB - 0a1b - 77 - funnel - {}"
    quiet = [
        run.format("DEBUG", 'STEP_START - Started execution of step "funnel".'),
        run.format("INFO", "Wrote 3 days."),
        json.dumps({"event": "Launched run", "logger": "dagster", "level": "info"}),
    ]
    assert terminal.shows(*quiet) == []
    assert terminal.log.read_text(encoding="utf-8").splitlines() == quiet
    trouble = run.format("ERROR", "STEP_FAILURE - Execution of step failed.")
    assert len(terminal.shows(trouble, record("A tick failed"))) == 2


def test_the_whole_of_it_is_in_the_file(terminal: Terminal) -> None:
    lines = [record("Sensor tick caught an error", *TRACE), *TRACE, "ü"]
    terminal.shows(*lines)
    assert terminal.log.read_text(encoding="utf-8").splitlines() == lines


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Error: A Dagster daemon (process 7) is at work", "Error: A Dagster daemon (process 7) is at work"),
        ("", None),
        ("   ", None),
        ("{'a': 1}", "{'a': 1}"),
        ('{"no": "event"}', '{"no": "event"}'),
        ("WARNING:trafilatura.core:empty page", "empty page"),
        (
            "\x1b[32m2026-11-26 06:23:49 +0000\x1b[0m - dagster - \x1b[34mWARNING\x1b[0m - Leads are here",
            "dagster: Leads are here",
        ),
        (record("No cursor yet"), "dagster.daemon.SensorDaemon: No cursor yet"),
    ],
)
def test_other_lines_are_shown_as_they_are(terminal: Terminal, line: str, shown: str | None) -> None:
    assert terminal.shows(line) == ([shown] if shown else [])
    terminal.shows(record("Something before, which has text of its own"))
    if shown and shown != line:
        assert terminal.shows(line) == [], "not twice in a minute"
        terminal.now += AGAIN_SECONDS
        assert terminal.shows(line) == [shown]


def test_a_traceback_that_nobody_has_logged_is_told_with_the_place_of_the_whole(terminal: Terminal) -> None:
    assert terminal.shows(*TRACE) == [f"An exception; {terminal.log} has the whole of it."]
    assert terminal.shows(record("Then this"), "and its text") == ["dagster.daemon.SensorDaemon: Then this"]


def test_a_line_without_end_is_cut(terminal: Terminal) -> None:
    (shown,) = terminal.shows("x" * 5000)
    assert len(shown) == 300

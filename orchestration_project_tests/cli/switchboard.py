"""Runs many `leads` commands: a process imports the program once and forks one for each command line.

Each is a process of its own with the real `main` and the real exit code. Asked by `Shell`: a line of JSON on
standard input holds the calls, the answer their exit codes.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from orchestration_project.cli.main import main
from orchestration_project_tests.forking import fork, warm_up

Call = tuple[list[str], dict[str, str], list[str]]
"""Arguments, environment, and the files for standard input, output and error."""

AT_ONCE = 3
PATIENCE = 120


def leads(arguments: Sequence[str], environment: dict[str, str]) -> None:
    signal.alarm(PATIENCE)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["leads", *arguments]
    main()


def codes(calls: Sequence[Call]) -> list[int]:
    running: dict[int, int] = {}
    ended: dict[int, int] = {}

    def wait() -> None:
        process, status = os.wait()
        ended[running.pop(process)] = os.waitstatus_to_exitcode(status)

    for number, (arguments, environment, streams) in enumerate(calls):
        if len(running) == AT_ONCE:
            wait()
        running[fork(partial(leads, arguments, environment), [Path(stream) for stream in streams])] = number
    while running:
        wait()
    return [ended[number] for number in range(len(calls))]


if __name__ == "__main__":
    warm_up()
    for asked in sys.stdin:
        print(json.dumps(codes(json.loads(asked))), flush=True)

"""A `leads` command in a process that has been forked for it, with the real `main` and the real exit code.

Who asks for it is `Shell` in `conftest.py`.
"""

import os
import signal
import sys

from orchestration_project import connecting
from orchestration_project.cli.main import main

PATIENCE = 120


def leads(command: tuple[list[str], dict[str, str]]) -> None:
    arguments, environment = command
    signal.alarm(PATIENCE)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["leads", *arguments]
    main()


def unhurried(command: tuple[list[str], dict[str, str]]) -> None:
    """Without the half minute in which it keeps to the rate limits of real services: stand-ins have none."""
    connecting.take_turn = _at_once  # pyright: ignore[reportAttributeAccessIssue]
    leads(command)


def _at_once(*_: object) -> float:
    return 0.0

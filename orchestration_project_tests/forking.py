"""Processes of their own for what is tested, without the seconds in which Python imports the program.

A helper process warms up as the parent of the runs' processes does, and forks for each thing asked of it;
what is asked is the helper's part.
"""

import importlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg

from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.orchestration import warm
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests import once_a_process


def warm_up() -> None:
    """What a process does once, done for all that are forked afterwards: a second and a half of each."""
    once_a_process.share()
    for module in ("orchestration_project.cli.processing", "orchestration_project.definitions"):
        importlib.import_module(module)
    warm.warm_up(load_playbook(WORKING_COPY / "playbook", capabilities()))
    with dg.DagsterInstance.ephemeral():
        pass


def fork(act: Callable[[], object], streams: Sequence[Path]) -> int:
    """Does it in a new process with these as standard input, output and error; answers that process's id."""

    def redirected() -> None:
        for number, stream in enumerate(streams):
            os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        act()

    return warm.fork(redirected)

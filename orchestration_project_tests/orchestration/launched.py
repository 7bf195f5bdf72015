"""A job that waits for a file, a launcher that starts nothing, a fork: for the tests of what starts runs."""

import gc
import os
import re
import sys
import time
from pathlib import Path
from typing import Self

import dagster as dg

from orchestration_project.data.labels import usual_field
from orchestration_project.orchestration.dagster_internals import ConfigurableClassData, LaunchRunContext
from orchestration_project.orchestration.warm import fork


class Until(dg.Config):
    there: str
    """A file: the op goes on once it exists."""


@dg.op
def wait(config: Until) -> None:
    Path(f"{config.there}.waits").touch()
    while not Path(config.there).exists():
        time.sleep(0.02)


@dg.job(executor_def=dg.in_process_executor)
def waiting() -> None:
    wait()


defs = dg.Definitions(jobs=[waiting])


class Noting(dg.DefaultRunLauncher):
    """A launcher that starts nothing."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self.launched: list[str] = []

    @classmethod
    def of(cls, instance: dg.DagsterInstance) -> Self:
        assert isinstance(instance.run_launcher, cls)
        return instance.run_launcher

    def launch_run(self, context: LaunchRunContext) -> None:
        self.launched.append(context.dagster_run.run_id)


FORK = f"{__name__}:fork_without_rubbish"


def fork_without_rubbish(_: object) -> None:
    """Of a process that looks for none. Ends with 0 where what it forks looks for it."""
    gc.disable()
    process = fork(lambda: sys.exit(not gc.isenabled()))
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


READ = f"{__name__}:read_a_question"


def read_a_question(_: object) -> None:
    """That no usual word answers. Fails where the words for it are still to be compiled."""

    def refuse(*_: object) -> None:
        raise AssertionError("not compiled yet")

    re.compile = refuse
    assert usual_field("Which colour do you like best?") is None

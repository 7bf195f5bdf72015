"""A job that waits for a file, and a launcher that starts nothing: for the tests of what starts runs."""

import gc
import time
from pathlib import Path
from typing import Self

import dagster as dg

from orchestration_project.orchestration.dagster_internals import ConfigurableClassData, LaunchRunContext


class Until(dg.Config):
    there: str
    """A file: the op goes on once it exists. Beside it stands after how many new objects its process looks
    for rubbish."""


@dg.op
def wait(config: Until) -> None:
    threshold, *_ = gc.get_threshold() if gc.isenabled() else (0,)
    begun = Path(f"{config.there}.begins")
    begun.write_text(str(threshold), encoding="utf-8")
    begun.rename(f"{config.there}.waits")
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

"""A job that waits for a file, for the tests of what starts, stops and watches runs: test_launcher.py."""

import time
from pathlib import Path

import dagster as dg


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

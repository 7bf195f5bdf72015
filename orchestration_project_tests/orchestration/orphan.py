"""A service of Dagster's whose `dev` was killed before it came to ask for it, for a process of its own.

What becomes of it is in `test_own_records.py`.
"""

import os
import signal
import time
from typing import Any

import click
from dagster_webserver.cli import dagster_webserver

from orchestration_project.orchestration import own_records


def act(dev: str) -> None:
    """As the web server begins; of which installation does not matter here."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ[own_records.DEV] = dev
    own_records.join = _nothing_to_join
    with click.Context(dagster_webserver):
        own_records._joined()
    time.sleep(60)


def _nothing_to_join() -> Any:
    return None

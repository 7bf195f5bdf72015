"""Processes of their own for what is tested, without the seconds in which Python imports the program.

A helper process imports it once and forks for each thing asked of it; what is asked is the helper's part.
"""

import atexit
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import httpx

from orchestration_project.clock import utc_now
from orchestration_project.data.language import detect_language
from orchestration_project.data.normalise import normalise
from orchestration_project.installation import WORKING_COPY
from orchestration_project.links import has_link, links_in
from orchestration_project.model import Ref, Submission
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests import once_a_process

_SLOW = (
    "babel.numbers",
    "google.oauth2.credentials",
    "httpcore",
    "icalendar",
    "openai",
    "orchestration_project.cli.processing",
    "orchestration_project.definitions",
    "recurring_ical_events",
)
"""What the program imports when it starts, or when it is used first."""


def warm_up() -> None:
    """What a process does once, done for all that are forked afterwards: a second and a half of each."""
    once_a_process.share()
    for module in _SLOW:
        importlib.import_module(module)
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    form = {"name": "Ann Lee", "email": "ann@firm.example", "phone": "0117 496 0123"}
    submission = Submission(
        ref=Ref("L-AAAAAAAAAA"), source="inbox", external_id="1", received_at=utc_now(), payload={**form}
    )
    normalise(submission, playbook.business, {}, playbook.limits)
    detect_language("How does your bookkeeping service work?")
    links_in("www.firm.example")
    has_link("firm.example")
    httpx.AsyncClient()
    with dg.DagsterInstance.ephemeral():
        pass


def fork(act: Callable[[], object], streams: Sequence[Path]) -> int:
    """Does it in a new process with these as standard input, output and error; answers that process's id."""
    gc.freeze()  # else its first collection copies all memory there is
    if process := os.fork():
        return process
    code: object = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        act()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - what the interpreter would do with it
        traceback.print_exc()
    finally:
        # what the interpreter does at its end, but for taking the imported modules apart
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()
        os._exit(code if isinstance(code, int) else 1)

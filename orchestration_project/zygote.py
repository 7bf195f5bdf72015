"""The warm parent of the runs' processes: it has loaded all there is, holds no connection, and forks.

`python -m …zygote NUMBER`, which is its end of a pair of sockets; or a fork of `serving/`. Who asks, and
watches it, is `warm_parent.py`; what makes it warm is `warm.py`.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from functools import partial

if __name__ == "__main__":
    gc.disable()  # nothing of what an import makes is rubbish, and to look for some takes a fifth of it

from orchestration_project.definitions import defs
from orchestration_project.errors import PlaybookError
from orchestration_project.orchestration.dagster_internals import execute_run, instance_of
from orchestration_project.orchestration.own_records import OF_A_RUN
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.warm import fork, insist_on_quiet, warm_up
from orchestration_project.orchestration.warm_parent import PROCESS_TAG, Order
from orchestration_project.process import be_called, myself

_NO_CHILD = 0


def _nothing(_number: int, _frame: object) -> None:
    """A signal that is only to wake."""


class Zygote:
    """Reads an `Order` a line, and answers each with `{"run": id, "process": number}`, and at the end of that
    process with `{"run": id, "ended": code}`. Ends when nobody asks any more and the last run is through."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._asked = b""
        self._runs: dict[int, str] = {}
        self._heard, self._wake = os.pipe()

    def serve(self) -> None:
        self._listen_for_deaths()
        self._say(ready=os.getpid())
        listening = True
        while listening or self._runs:
            readable, _, _ = select.select([self._heard, *([self._channel] if listening else [])], [], [])
            if self._heard in readable:
                os.read(self._heard, 4096)
                self._bury()
            if self._channel in readable:
                listening = self._hear()

    def _listen_for_deaths(self) -> None:
        for end in (self._heard, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)

    def _hear(self) -> bool:
        """False: nobody asks any more."""
        received = self._channel.recv(65_536)
        *lines, self._asked = (self._asked + received).split(b"\n")
        for line in lines:
            order = Order.read(line)
            process = fork(partial(self._run, order))
            self._runs[process] = order.run
            self._say(run=order.run, process=process)
        return bool(received)

    def _run(self, order: Order) -> None:
        """In the new process: nothing of the parent's is left but what it has loaded."""
        be_called(f"leads: run {order.run.split('-')[0]}")
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._channel.close()
        os.close(self._heard)
        os.close(self._wake)
        # Ctrl-C in a terminal is not for a run to hear: it ends by itself, or is stopped by name
        os.setpgid(0, 0)
        execute_run(instance_of(order.instance), order.run, {PROCESS_TAG: myself()}, resume=order.resume)

    def _bury(self) -> None:
        with suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if process == _NO_CHILD:
                    return
                if (run := self._runs.pop(process, None)) is not None:
                    self._say(run=run, ended=os.waitstatus_to_exitcode(status))

    def _say(self, **words: object) -> None:
        # whoever asked may be gone
        with suppress(OSError):
            self._channel.sendall(json.dumps(words).encode() + b"\n")


def serve_runs(channel: socket.socket) -> None:
    """Until nobody asks any more. Nothing else of this process may be at work."""
    os.environ[OF_A_RUN] = "1"
    defs().get_repository_def()
    # while the rules are broken, runs say so
    with suppress(PlaybookError):
        warm_up(current_playbook())
    gc.enable()
    insist_on_quiet(sockets=1)
    Zygote(channel).serve()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as its_end:
        serve_runs(its_end)

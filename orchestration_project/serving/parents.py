"""Warm parents of the runs' processes, forked for the daemon, which asks by connecting to an address.

What a warm parent does is `zygote.py`; how the daemon asks is `orchestration/warm_parent.py`.
"""

import os
import socket
import sys
from functools import partial
from pathlib import Path

from orchestration_project.orchestration.launcher import code_mark
from orchestration_project.orchestration.warm import fork
from orchestration_project.serving.child import become
from orchestration_project.zygote import serve_runs

TITLE = "leads: warm parent of runs (zygote)"


class Parents:
    def __init__(self, address: Path) -> None:
        self._imported = code_mark()
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(address))
        self._door.listen()
        self._door.setblocking(False)  # noqa: FBT003 - its only argument

    def fileno(self) -> int:
        return self._door.fileno()

    def let_in(self) -> None:
        """Forks one for each who has asked."""
        while True:
            try:
                channel, _ = self._door.accept()
            except BlockingIOError:
                return
            with channel:
                channel.setblocking(True)  # noqa: FBT003 - its only argument
                fork(partial(self._begin, channel))

    def leave(self) -> None:
        """In a forked process: it is not the one who is asked."""
        self._door.close()

    def _begin(self, channel: socket.socket) -> None:
        self.leave()
        become(TITLE)
        os.setpgid(0, 0)  # Ctrl-C in a terminal is for those who started it
        if code_mark() == self._imported:
            serve_runs(channel)
        else:
            # what is imported cannot be forgotten
            channel.set_inheritable(True)
            words = [sys.executable, "-m", "orchestration_project.zygote", str(channel.fileno())]
            os.execv(words[0], words)  # noqa: S606 - our own words

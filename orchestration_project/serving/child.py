"""What each forked service does first. Which services there are is not known here."""

import os
import signal
import threading
import time

from orchestration_project.process import be_called

_LOOK_SECONDS = 1.0


def become(title: str) -> None:
    """Under that name in `ps`, and with the signals of a program that has just begun."""
    be_called(title)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    # Dagster stops on it, and takes its handler for that of SIGTERM
    signal.signal(signal.SIGINT, signal.default_int_handler)


def end_with(parent: int) -> None:
    """Ends this process when that one has ended: it may have been killed, and could tell nobody."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()

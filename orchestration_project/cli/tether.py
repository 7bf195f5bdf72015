"""A process that ends a session when who looks after it was killed, which it knows by a pipe that is closed.

`python -m …tether SESSION`, with the pipe as standard input; a word in it says that there is nothing to end.
How a session is ended is `supervised.py`.
"""

import os
import signal
import sys
from contextlib import suppress

import psutil


def end_when_alone(session: int) -> None:
    leader = psutil.Process(session)
    if sys.stdin.buffer.read(1):
        return
    # only now: nearly always there is nothing to do
    from orchestration_project.cli.supervised import Supervised  # noqa: PLC0415

    with suppress(psutil.NoSuchProcess):
        leader.send_signal(signal.SIGTERM)
    Supervised().see_out(session)


if __name__ == "__main__":
    os.chdir("/")
    end_when_alone(int(sys.argv[1]))

"""Python imports this by itself where this folder is in PYTHONPATH: writes down what a process is at, each
time it has used up so much processor time, and the same of all that it forks.

Whose work that is, `sampled.py` sorts out. Nothing of the product knows of it.
"""

import atexit
import faulthandler
import os
import signal
from pathlib import Path

FOLDER = "LEADS_SAMPLES"
EVERY_SECONDS = 0.02
"""Seldom enough: a stack that is read while it changes can end a process, once in some ten thousand times. A
run that ends so is taken over by another, and the table then shows what that cost."""


def begin() -> None:
    """The signal comes to the thread whose time it was, and the stack is written in C, with or without the
    interpreter's lock: waiting is never met, and work in C is counted to who asked for it."""
    file = (Path(os.environ[FOLDER]) / str(os.getpid())).open("ab", buffering=0)
    _open.append(file)
    faulthandler.register(signal.SIGPROF, file=file, all_threads=False, chain=False)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    # at its end the interpreter takes the handler away, and the next signal would be the process's death
    atexit.register(signal.setitimer, signal.ITIMER_PROF, 0)


_open: list[object] = []
if FOLDER in os.environ:
    os.register_at_fork(after_in_child=begin)
    begin()

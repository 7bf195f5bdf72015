"""Which process this is, in words that another process can check, and its title. No leads, no dagster.

A process that is known to be dead can do nothing any more; one of which nothing is known may still be at it.
"""

import os
import socket
from functools import cache
from pathlib import Path

import psutil

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SPACE = Path("/proc/self/ns/pid")
_CLOCK_MOVED = 5.0  # seconds by which the start of a process may seem to move when the clock is set


def be_called(title: str) -> None:
    """In what `ps` and `top` show."""
    # else a title may be written over the environment, as other processes read it
    os.environ["SPT_NOENV"] = "1"
    from setproctitle import setproctitle  # noqa: PLC0415 - looks at the variable at its import

    setproctitle(title)


@cache
def _machine() -> str:
    """This machine since its start, and on it the space in which process ids mean something: a container
    has one of its own."""
    boot = _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else "boot"
    space = str(_SPACE.readlink()) if _SPACE.exists() else "pid"
    return f"{socket.gethostname()}/{space}/{boot}"


def myself() -> str:
    """`host/space/boot/pid/start`: no other process, now or later, is called the same."""
    pid = os.getpid()
    return f"{_machine()}/{pid}/{psutil.Process(pid).create_time():.2f}"


def is_alive(identity: str | None) -> bool | None:
    """None where it cannot be known from here: of another machine's process, or of one without a name."""
    machine, pid, start = _parts(identity)
    if machine != _machine() or not pid.isdecimal():
        return None
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(process.create_time() - float(start)) <= _CLOCK_MOVED
    except psutil.NoSuchProcess:
        return False


def pid_of(identity: str) -> int:
    """On its own machine; see `is_alive`."""
    return int(_parts(identity)[1])


def _parts(identity: str | None) -> tuple[str, str, str]:
    machine, _, rest = (identity or "").rpartition("/")
    machine, _, pid = machine.rpartition("/")
    return machine, pid, rest

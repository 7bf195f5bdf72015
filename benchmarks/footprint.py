"""What all processes of an installation cost together: seconds of processor time by role, and memory.

Who measures what with it, and prints it, is `speed.py`. Linux only: shared memory is counted once (PSS).
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

REST = "rest"
ROLES: tuple[str, ...] = ("runs", "daemon", "code server", "web server", "PostgreSQL", REST)


@dataclass(frozen=True)
class Watched:
    """`leads dev` with all that it has started, and the database server, whoever started that."""

    dev: int
    server_folder: Path

    def cpu(self) -> dict[str, float]:
        """Seconds so far, by role; those of processes that have ended are with their parents."""
        used = dict.fromkeys(ROLES, 0.0)
        for process in self._processes():
            with suppress(psutil.Error):
                times = process.cpu_times()
                used[_role(process)] += (
                    times.user + times.system + times.children_user + times.children_system
                )
        return used

    def since(self, before: Mapping[str, float]) -> dict[str, float]:
        """Seconds, by role."""
        return {role: max(0.0, used - before[role]) for role, used in self.cpu().items()}

    def memory(self) -> dict[str, float]:
        """Megabytes, by role."""
        used = dict.fromkeys(ROLES, 0.0)
        for process in self._processes():
            with suppress(psutil.Error):
                used[_role(process)] += process.memory_full_info().pss / 1e6
        return used

    def roles(self) -> dict[int, str]:
        """Of each process that lives, by its number."""
        found: dict[int, str] = {}
        for process in self._processes():
            with suppress(psutil.Error):
                found[process.pid] = _role(process)
        return found

    def _processes(self) -> Iterator[psutil.Process]:
        roots = [self.dev]
        with suppress(OSError):
            roots.append(int((self.server_folder / "postmaster.pid").read_text().splitlines()[0]))
        found: dict[int, psutil.Process] = {}
        for root in roots:
            with suppress(psutil.Error):
                process = psutil.Process(root)
                found |= {each.pid: each for each in (process, *process.children(recursive=True))}
        yield from found.values()


def _role(process: psutil.Process) -> str:
    words = " ".join(process.cmdline()) or process.name()  # the dead have only the beginning of it
    if "postgres" in process.name():
        return "PostgreSQL"
    for role, sign in (
        ("runs", "zygote"),
        ("runs", "leads: run"),
        ("daemon", "dagster daemon"),
        ("web server", "dagster web server"),
        ("code server", "dagster code-server"),
    ):
        if sign in words:
            return role
    return REST


class Peak:
    """The most memory in use at once while it is entered, looked at now and then: a look is not for free."""

    def __init__(self, watched: Watched, seconds: float = 1.0) -> None:
        self.megabytes = dict.fromkeys(ROLES, 0.0)
        """By role, when all together took most."""
        self._watched, self._seconds = watched, seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(self._seconds):
            self.megabytes = max(self.megabytes, self._watched.memory(), key=lambda used: sum(used.values()))

"""The warm parent as its owner sees it: asked for processes, it tells of their ends; its own is noticed.

What it does itself is `zygote.py`; what becomes of a run whose process died is `launcher.py`.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Protocol, Self

from orchestration_project.installation import WORKING_COPY

PROCESS_TAG = ".dagster/leads_process"
"""Of a run: which process it is in (`process.py`), so that any other on this machine can stop it or see that
it died. Tags that begin so are not shown in the UI."""
ANSWER_SECONDS = 20.0
"""A fork takes some milliseconds; a machine that swaps takes its time."""
FORKED_AT = "LEADS_WARM_PARENTS"
"""The variable that says where `serving/` forks one for whoever connects."""
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Libraries of numbers start threads when they are imported, and threads do not outlive a fork."""


@dataclass(frozen=True)
class Order:
    """What a run's process has to be told."""

    run: str
    instance: str
    resume: bool = False

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self:
        return cls(**json.loads(line))


class Unanswered(Exception):  # noqa: N818 - said by its name
    """Whether the process was made is not known: it must not be asked for again under the same name."""


class Parent(Protocol):
    """What a launcher needs of it."""

    def is_ready(self, seconds: float) -> bool: ...

    def fork(self, order: Order) -> int: ...

    def leave(self) -> None: ...


Ended = Callable[[str, int], None]
"""Is told of each process that has ended: its run, and its exit code, which is the negative number of the
signal where it was killed."""
Gone = Callable[[Parent], None]
"""Is told when the parent itself has ended."""


def _forked() -> tuple[socket.socket, None] | None:
    """Of a process that has imported everything already; it buries its children itself."""
    channel = socket.socket(socket.AF_UNIX)
    try:
        channel.connect(os.environ[FORKED_AT])
    except (KeyError, OSError):
        channel.close()
        return None
    return channel, None


def _begun() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, its = socket.socketpair()
    paths = filter(None, (str(WORKING_COPY), os.environ.get("PYTHONPATH")))
    with its:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", "orchestration_project.zygote", str(its.fileno())],
            pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **ALONE, "PYTHONPATH": os.pathsep.join(paths)},
            process_group=0,  # Ctrl-C in a terminal is for those who started it
        )
    return ours, process


class WarmParent:
    """Begins to warm up at once."""

    def __init__(self, ended: Ended, gone: Gone) -> None:
        self._ended, self._gone = ended, gone
        self._guard = threading.Lock()
        self._asked: dict[str, Future[int]] = {}
        self._ready: Future[int] = Future()
        self._channel, self._process = _forked() or _begun()
        threading.Thread(target=self._listen, name="warm-parent", daemon=True).start()

    def is_ready(self, seconds: float) -> bool:
        """Waits for it so long. False also where it has died on the way."""
        with suppress(TimeoutError, Unanswered):
            return bool(self._ready.result(seconds))
        return False

    def fork(self, order: Order) -> int:
        """The id of the new process. Raises OSError where the parent is gone, and Unanswered."""
        answer: Future[int] = Future()
        with self._guard:
            self._asked[order.run] = answer
            self._channel.sendall(order.line())
        try:
            return answer.result(ANSWER_SECONDS)
        except TimeoutError:
            raise Unanswered(f"The warm parent did not answer within {ANSWER_SECONDS:g} seconds.") from None

    def leave(self) -> None:
        """Asks for nothing more: it ends with the last of its processes."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    def _listen(self) -> None:
        try:
            with self._channel, self._channel.makefile("rb") as lines, suppress(OSError):
                for line in lines:
                    self._hear(json.loads(line))
        finally:  # whatever was raised: who is not listened to any more must not be asked for more
            for asked in [self._ready, *self._asked.values()]:
                if not asked.done():
                    asked.set_exception(Unanswered("The warm parent has died."))
            self._gone(self)
            if self._process is not None:
                self._process.wait()

    def _hear(self, said: dict[str, object]) -> None:
        match said:
            case {"ready": int(process)}:
                self._ready.set_result(process)
            case {"run": str(run), "process": int(process)}:
                self._asked.pop(run).set_result(process)
            case {"run": str(run), "ended": int(code)}:
                self._ended(run, code)
            case _:
                raise ValueError(f"The warm parent said {said}.")

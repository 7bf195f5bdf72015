"""Whose work the processor does: samples of running threads, taken by py-spy, sorted by who asked for it.

`speed.py` prints what comes of it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

RATE = 50
KINDS = ("Dagster", "HTTP", "SQL", "ours")
_HTTP = ("httpx", "httpcore", "aiohttp", "httpx_aiohttp", "openai", "h11", "anyio/_backends/_asyncio.py:TCP")
_SQL = ("sqlalchemy", "psycopg2")


class Split:
    """Samples `leads dev` with all its children while it is entered."""

    def __init__(self, process: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="leads-samples-")
        self._file = Path(self._folder.name) / "stacks"
        self._process = process
        self._spy: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = shutil.which(
            "py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        )
        if program is not None:
            self._spy = subprocess.Popen(
                [
                    *(program, "record", "--subprocesses", "--nonblocking", "--format", "raw"),
                    *("--full-filenames", "--rate", str(RATE), "--duration", "3600"),
                    *("--output", str(self._file), "--pid", str(self._process)),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(2)
        return self

    def __exit__(self, *_: object) -> None:
        if self._spy is not None:
            self._spy.send_signal(2)
            self._spy.wait()

    def samples(self) -> Iterator[tuple[list[str], int]]:
        """Stacks from the outside in, and how often each was met."""
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
                stack, _, count = line.rpartition(" ")
                yield stack.split(";"), int(count)


def split_of(samples: Iterator[tuple[list[str], int]]) -> dict[str, float]:
    """The share of each kind; empty where there are no samples."""
    met = Counter[str]()
    for stack, count in samples:
        met[_kind(stack)] += count
    total = sum(met.values())
    return {kind: met[kind] / total for kind in KINDS} if total else {}


def _kind(stack: list[str]) -> str:
    """By the innermost frame that says whose it is: a statement of Dagster's own is Dagster's."""
    means = "ours"
    for frame in reversed(stack):
        if any(f"/{name}/" in frame for name in _SQL):
            means = "SQL"
        elif any(f"/{name}/" in frame for name in _HTTP):
            return "HTTP"
        elif "/orchestration_project/" in frame:
            return means
        elif "/dagster" in frame or "/dagster_postgres/" in frame or "/grpc/" in frame:
            return "Dagster"
    return means

"""Whose work the processor does: stacks that each process of `leads dev` writes down itself, sorted by who
asked for it. Nothing has to be installed, and no right to look into other processes is needed.

What writes them is `in_process/sitecustomize.py`; `speed.py` prints what comes of it.
"""

import os
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from footprint import REST, Watched

KINDS = ("Dagster", "its SQL", "HTTP", "our SQL", "ours", "nobody's")
"""`nobody's`: no frame says whose it is – turns of the event loop, and threads that are not Python's."""
_SITE = Path(__file__).parent / "in_process"
_LOOK_SECONDS = 0.3
_OURS = f"{os.sep}orchestration_project{os.sep}"
_HTTP = frozenset({"aiohttp", "h11", "httpcore", "httpx", "httpx_aiohttp", "multidict", "openai", "yarl"})
_SQL = frozenset({"psycopg2", "sqlalchemy"})
_DAGSTER = ("dagster", "grpc", "uvicorn", "starlette")
_STACK = re.compile(r"^.*most recent call first.*$", re.MULTILINE)
_FILE = re.compile(r'^  File "(.*)", line \d+ in ', re.MULTILINE)
_PACKAGE = re.compile(r"site-packages/(\w+)")


@contextmanager
def sampling(kept: Path | None = None) -> Generator[Path]:
    """Any Python that is started while it is entered writes into that folder, kept if it is given."""
    with ExitStack() as stack:
        folder = str(kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="leads-samples-")))
        Path(folder).mkdir(parents=True, exist_ok=True)
        before = {name: os.environ.get(name) for name in ("LEADS_SAMPLES", "PYTHONPATH")}
        paths = filter(None, (str(_SITE), before["PYTHONPATH"]))
        os.environ |= {"LEADS_SAMPLES": folder, "PYTHONPATH": os.pathsep.join(paths)}
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


class Split:
    """What the processes of `leads dev` write down while it is entered."""

    def __init__(self, folder: Path, watched: Watched) -> None:
        self._folder, self._watched = folder, watched
        self._roles: dict[int, str] = {}
        self._begun: dict[str, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._begun = {file.name: file.stat().st_size for file in self._folder.iterdir()}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        """Which process is which can only be asked while it lives."""
        while True:
            for process, role in self._watched.roles().items():
                if role != REST:  # the dead have no name any more
                    self._roles[process] = role
                self._roles.setdefault(process, role)
            if self._over.wait(_LOOK_SECONDS):
                return

    def by_role(self) -> dict[str, Counter[str]]:
        """How many samples there are of each kind, by the role of the process."""
        met: dict[str, Counter[str]] = {}
        for file in self._folder.iterdir():
            role = self._roles.get(int(file.name))
            if role is not None:
                with file.open("rb") as written:
                    written.seek(self._begun.get(file.name, 0))
                    text = written.read().decode("utf-8", "replace")
                met.setdefault(role, Counter()).update(kind_of(stack) for stack in stacks_in(text))
        return met


def stacks_in(text: str) -> Iterator[list[str]]:
    """The files of their frames, from the inside out. Of very deep ones the outermost are missing."""
    for stack in _STACK.split(text)[1:]:
        yield _FILE.findall(stack)


def kind_of(stack: Iterable[str]) -> str:
    """By the innermost frame that says whose it is. Of a statement: by who had it carried out."""
    is_sql = False
    for file in stack:
        if _OURS in file:
            return "our SQL" if is_sql else "ours"
        package = found[1] if (found := _PACKAGE.search(file)) else ""
        if package in _SQL:
            is_sql = True
        elif package in _HTTP:
            return "HTTP"
        elif package.startswith(_DAGSTER):
            return "its SQL" if is_sql else "Dagster"
    return "our SQL" if is_sql else "nobody's"

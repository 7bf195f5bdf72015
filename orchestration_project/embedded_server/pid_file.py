"""What a server has written down of itself, and the processes it has left.

Nothing is started or ended here.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

_LINES = 8


@dataclass(frozen=True)
class Written:
    """The file `postmaster.pid` of a server that has got as far as to its sockets."""

    pid: int
    port: int
    sockets: Path
    ready: bool

    @property
    def url(self) -> str:
        """With the port, since PGPORT of a person's shell would be taken otherwise."""
        host = quote(os.fsencode(self.sockets))
        return f"postgresql://postgres:@/postgres?host={host}&port={self.port}"


def path_of(data: Path) -> Path:
    return data / "postmaster.pid"


def read(data: Path) -> Written | None:
    """None: there is no such file, or nothing that a server has written."""
    try:
        lines = os.fsdecode(path_of(data).read_bytes()).splitlines()
        if len(lines) < _LINES:
            return None
        return Written(int(lines[0]), int(lines[3]), Path(lines[4]), lines[7].strip() == "ready")
    except (OSError, ValueError):
        return None


def serving(data: Path) -> psutil.Process | None:
    """The process of the server that has written the file, while it lives.

    Its id may stay listed although it is dead (not every container buries its dead), or be another program's
    by now, as after a power cut.
    """
    written = read(data)
    if written is None:
        return None
    with suppress(psutil.Error, ValueError):
        process = psutil.Process(written.pid)
        if process.status() != psutil.STATUS_ZOMBIE and is_server(process, data):
            return process
    return None


def is_server(process: psutil.Process, data: Path) -> bool:
    return str(data) in process.cmdline()


def left_behind(data: Path) -> Iterator[psutil.Process]:
    """Processes of any server of this folder, which have its memory and its files."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            mine = process.name() == "postgres" and Path(process.cwd()) == data
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                yield process

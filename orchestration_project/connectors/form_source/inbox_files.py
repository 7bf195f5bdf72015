"""The files that lie in the inbox: which of them can be read, and moving them out of the way.

What is in them is `inbox.py`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestration_project.errors import SetupError
from orchestration_project.model import Frozen
from orchestration_project.text import so_many

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", ".lock")


class InboxFile(Frozen):
    """A file as it was when it was read."""

    path: Path
    size: int
    modified: int  # nanoseconds, as the file system counts

    @property
    def mark(self) -> str:
        """Differs as soon as the file does, so that a cursor never skips anything of another one."""
        return f"{self.size} {self.modified} {self.path.name!a}"


def look(path: Path) -> InboxFile | None:
    """None for what is no file to be read: folders, links, hidden and unfinished files (.part, .tmp)."""
    if path.name.startswith((".", "~")) or path.suffix.lower() in _UNFINISHED:
        return None
    try:
        if path.is_symlink() or not path.is_file():
            return None
        stat = path.stat()
    except FileNotFoundError:
        return None
    return InboxFile(path=path, size=stat.st_size, modified=stat.st_mtime_ns)


def cannot_move(stuck: Sequence[Path]) -> SetupError:
    to = stuck[0].parent
    return SetupError(
        "Inbox",
        f"has {so_many(len(stuck), 'file')} that cannot be moved to {to}, such as {stuck[0].name!a}.",
        f"{to} must be a folder (move away a file of that name), and the user who runs this project needs "
        "the right to write there and in the inbox.",
    )


def move(file: InboxFile, folder: Path) -> bool:
    """Whether it is out of the way."""
    try:
        _move_into(folder, file)
    except OSError:
        return False
    return True


def _move_into(folder: Path, file: InboxFile) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _names(file.path):
        try:
            (folder / name).open("x").close()  # takes the name, also against another process
        except FileExistsError:
            continue
        try:
            file.path.replace(folder / name)
        except FileNotFoundError:  # another process was quicker
            (folder / name).unlink()
        except OSError:
            (folder / name).unlink()
            raise
        return


def _names(path: Path) -> Iterator[str]:
    yield path.name
    number = 2
    while True:
        yield f"{path.stem}-{number}{path.suffix}"
        number += 1

"""Keeping what an installation writes to its owner: names, phone numbers and messages stand in it.

Which folder that is, the installation says.
"""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PASS = stat.S_IXGRP | stat.S_IXOTH


def write_privately() -> None:
    """From now on this process, and all that it starts, makes files that only their owner can read."""
    os.umask(OTHERS)


def shut(home: Path, *, pass_through: bool, besides: Path) -> bool:
    """Takes every right of others from the folder and what is in it; they may pass through it where a server
    of another user has its data inside, in `besides`, which looks after itself. Answers whether any could be
    read by others before. Raises OSError.
    """
    passing = _PASS if pass_through else 0
    if not home.stat().st_mode & OTHERS & ~passing:
        return False
    readable = others_may_read(home)
    for folder, folders, files in os.walk(home):
        inside = Path(folder)
        folders[:] = [name for name in folders if inside / name != besides]
        for path in [inside / name for name in (*folders, *files)]:
            with suppress(FileNotFoundError):
                _shut(path, 0)
    _shut(home, passing)  # last: whoever is killed before begins anew
    return readable


def copy_privately(source: Path, target: Path) -> None:
    """A folder of whatever rights, as one that only its owner can read. Raises OSError."""
    shutil.copytree(source, target)
    shut(target, pass_through=False, besides=target)


def _shut(path: Path, passing: int) -> None:
    mode = path.lstat().st_mode
    if not stat.S_ISLNK(mode) and mode & OTHERS & ~passing:
        path.chmod(stat.S_IMODE(mode) & ~(OTHERS & ~passing))


def others_may_read(home: Path) -> bool:
    return bool(home.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH))

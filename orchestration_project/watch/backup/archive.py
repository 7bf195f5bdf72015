"""The file that a backup is: what is in it, and opened again, whole or not at all.

What goes into one is `make.py`; what is done with one that was opened, `restore.py`.
"""

import errno
import hashlib
import json
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import LEDGER
from orchestration_project.model import Frozen

MANIFEST, DUMP, HOME = "manifest.json", "database.dump", "home"
SUMS = "sums.json"
"""The last in the archive: the SHA-256 of each file in it. Where it lacks, the archive was cut off."""
_SUMS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])
LEFTOVERS = (".backup-*", ".restore-*", ".daily-*.part")
_LEFT_AFTER = timedelta(days=1)
_BARE = b"PGDMP"


class Manifest(Frozen):
    """What a backup is of."""

    made_at: AwareDatetime
    version: str  # of the tables
    schemas: tuple[str, ...]
    rows: dict[str, int] = Field(default_factory=dict[str, int])  # of some tables, as the copy has them
    has_sums: bool = False  # older ones have none


@contextmanager
def opened(backup: Path, inside: Path) -> Generator[tuple[Manifest, Path]]:
    """What it is of, and a folder with what is in it, which is made `inside` another one. Raises
    InstallationError for what is no backup, and for one that is not whole."""
    remove_leftovers(inside)
    with tempfile.TemporaryDirectory(dir=inside, prefix=".restore-") as name:
        folder = Path(name)
        if _is_bare_dump(backup):
            (folder / DUMP).symlink_to(backup.resolve())
            made_at = datetime.fromtimestamp(backup.stat().st_mtime, UTC)
            yield Manifest(made_at=made_at, version="", schemas=LEDGER), folder
            return
        try:
            with tarfile.open(backup) as archive:
                _unpack(archive, folder)
            manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise InstallationError(f"There is no room in {inside} to open {backup}.") from None
            raise _no_backup(backup) from None
        except (tarfile.TarError, EOFError, zlib.error, ValidationError):
            raise _no_backup(backup) from None
        if manifest.has_sums and not _is_whole(folder):
            raise InstallationError(f"{backup} is damaged: a part of it is missing or was changed.")
        yield manifest, folder


def _unpack(archive: tarfile.TarFile, to: Path) -> None:
    """Folders and files, none of them elsewhere, no links. By hand, as Debian 12 has Python 3.11.2, whose
    `extractall` does not know `filter`."""
    inside = to.resolve()
    for member in archive:
        path = to / member.name
        if not path.resolve().is_relative_to(inside):
            raise tarfile.TarError(member.name)
        if member.isdir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        content = archive.extractfile(member) if member.isfile() else None
        if content is None:
            raise tarfile.TarError(member.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)


def _is_bare_dump(backup: Path) -> bool:
    """What an upgrade keeps: the tables alone, and no word of what is in them."""
    try:
        with backup.open("rb") as file:
            return file.read(len(_BARE)) == _BARE
    except OSError:
        return False


def _no_backup(backup: Path) -> InstallationError:
    return InstallationError(f"{backup} cannot be read as a backup of `leads backup`.")


def sums_told(sums: dict[str, str]) -> bytes:
    """In ASCII: a file's name may be of bytes that are no UTF-8."""
    return json.dumps(sums).encode("ascii")


def _is_whole(folder: Path) -> bool:
    try:
        sums = _SUMS.validate_python(json.loads((folder / SUMS).read_bytes()))
        lost = _names_of_before(folder) if any("\ufffd" in name for name in sums) else {}
        return all(
            any(sum_of(folder / each) == told for each in lost.get(name, [name]))
            for name, told in sums.items()
        )
    except (OSError, ValueError):
        return False


def _names_of_before(folder: Path) -> dict[str, list[str]]:
    """The files by the name that the sums once had for them: of bytes that are no UTF-8, only that there were
    some."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found.setdefault(_SUMS.validate_json(_SUMS.dump_json({name: ""})).popitem()[0], []).append(name)
    return found


def sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_leftovers(folder: Path) -> None:
    """Of one that was killed: a whole copy of the ledger, which nothing else would remove."""
    for pattern in LEFTOVERS:
        for path in folder.glob(pattern):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_AFTER.total_seconds():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

"""A backup: the database as it is at one moment, and then the files that the embedded connectors keep.

In this order, since a file that no receipt tells of is found again, and a receipt without its file is a loss.
"""

import hashlib
import io
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import sqlalchemy
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import LEDGER, RUNS, dump
from orchestration_project.ledger.engine import database_url, newest_version
from orchestration_project.model import Clock
from orchestration_project.watch.backup.archive import (
    DUMP,
    HOME,
    MANIFEST,
    SUMS,
    Manifest,
    opened,
    remove_leftovers,
    sum_of,
    sums_told,
)
from orchestration_project.watch.backup.scratch import try_out

FOLDER = "backups"
MADE_UP = ("drill", "services-demo", "history-demo")
NOT_TAKEN = ("postgres", "postgres.new", "dagster", FOLDER, "dev.log", "dev.session", *MADE_UP)
"""The server's own files, Dagster's home, copies of before, what is only of this machine, and installations
that drills and demos leave."""
_COUNTED = ("submissions", "work", "decisions", "receipts", "journal")


def make_backup(url: str, home: Path, to: Path, clock: Clock, *, runs: bool = False) -> Manifest:
    """Writes it and tries it out: it is restored into a database beside the real one, which is dropped again,
    and its rows are counted there; and the finished file is opened as a restore opens it. Raises
    InstallationError, and leaves no half file."""
    schemas = (*LEDGER, RUNS) if runs else LEDGER
    manifest = Manifest(made_at=clock(), version=newest_version(), schemas=schemas, has_sums=True)
    half = to.with_name(f".{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(to.parent)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".backup-") as folder:
            dumped = Path(folder) / DUMP
            dump(url, dumped, schemas)
            manifest = manifest.model_copy(update={"rows": try_out(url, dumped, count_rows)})
            with tarfile.open(half, "w") as archive:
                _add(archive, MANIFEST, manifest.model_dump_json(indent=2).encode())
                archive.add(dumped, DUMP)
                sums = {DUMP: sum_of(dumped), **dict(_add_files(archive, home, to))}
                _add(archive, SUMS, sums_told(sums))
            dumped.unlink()  # it is in the archive, which is now unpacked beside it
            _open_again(half, Path(folder), to)
        half.chmod(0o600)
        half.replace(to)
    except OSError as error:
        raise InstallationError(f"The backup {to} cannot be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):  # where nothing can be written nothing can be removed
            half.unlink(missing_ok=True)
    return manifest


def _open_again(half: Path, inside: Path, to: Path) -> None:
    """As a restore does it: what that would refuse is no backup."""
    try:
        with opened(half, inside):
            pass
    except InstallationError as error:
        told = str(error).replace(str(half), "what was written")
        raise InstallationError(
            f"The backup {to} could not be opened again, so it is not kept: {told}"
        ) from None


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    told = tarfile.TarInfo(name)
    told.size, told.mtime, told.mode = len(content), round(time.time()), 0o600
    archive.addfile(told, io.BytesIO(content))


def _add_files(archive: tarfile.TarFile, home: Path, to: Path) -> Iterator[tuple[str, str]]:
    """Answers the sum of each: of what went into the archive, while a file may grow."""
    for path in _files(home, to):
        name = f"{HOME}/{path.relative_to(home).as_posix()}"
        if path.is_dir():
            archive.add(path, name, recursive=False)
            continue
        with suppress(FileNotFoundError):  # a person moved it at this moment
            content = path.read_bytes()
            _add(archive, name, content)
            yield name, hashlib.sha256(content).hexdigest()


def count_rows(url: str) -> dict[str, int]:
    engine = sqlalchemy.create_engine(database_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM leads.{table}")).scalar_one()  # noqa: S608 - constants
            for table in _COUNTED
        }


def rotate(folder: Path, keep: int) -> Sequence[Path]:
    """Removes the oldest of those that are made by themselves, beyond so many; answers them."""
    daily = sorted(folder.glob("daily-*.tar"))
    gone = daily[: max(0, len(daily) - keep)]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def make_daily(url: str, home: Path, clock: Clock, keep: int) -> Path:
    """Today's, in LEADS_HOME/backups, in the place of an earlier one of today."""
    to = home / FOLDER / f"daily-{clock():%Y-%m-%d}.tar"
    make_backup(url, home, to, clock)
    rotate(to.parent, keep)
    return to


def _files(home: Path, to: Path) -> list[Path]:
    """All but what is not taken, and what this backup itself writes."""
    found: list[Path] = []
    for top in sorted(home.iterdir()) if home.is_dir() else ():
        if top.name in NOT_TAKEN or top.name.startswith(("postgres", ".backup-", ".restore-", f".{to.name}")):
            continue
        inside = sorted(top.rglob("*")) if top.is_dir() else []
        found += [path for path in (top, *inside) if _is_kept(path) and path != to]
    return found


def _is_kept(path: Path) -> bool:
    """Neither a link nor a socket."""
    return not path.is_symlink() and (path.is_dir() or path.is_file())

"""Bringing an installation back from a backup: tried out first, then in the place of what is there.

Whoever was erased on request since the backup was made is erased again by the caller, by the certificates.
"""

import errno
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import LEDGER, load
from orchestration_project.ledger.engine import database_url, migrate, open_engine
from orchestration_project.watch.backup.make import (
    DUMP,
    HOME,
    MANIFEST,
    SUMS,
    SUMS_READER,
    Manifest,
    count_rows,
    remove_leftovers,
    sum_of,
)
from orchestration_project.watch.backup.scratch import try_out

_BARE = b"PGDMP"


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


def _is_whole(folder: Path) -> bool:
    try:
        sums = SUMS_READER.validate_json((folder / SUMS).read_bytes())
        return all(sum_of(folder / name) == told for name, told in sums.items())
    except (OSError, ValidationError):
        return False


def in_use(url: str) -> bool:
    """Whether somebody else works with this database at the moment."""
    engine = sqlalchemy.create_engine(database_url(url), poolclass=NullPool)
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar_one() > 0


def restore(url: str, home: Path, backup: Path) -> Manifest:
    """The database as it was, all of it or nothing, brought up to date; and the files, beside those that are
    there. Raises InstallationError."""
    with opened(backup, home) as (told, folder):
        rows = try_out(url, folder / DUMP, _look_and_upgrade)
        manifest = told if told.rows else told.model_copy(update={"rows": rows})
        if rows != manifest.rows:
            raise InstallationError(f"{backup} is damaged: it has other rows ({rows}) than it says.")
        load(url, folder / DUMP, manifest.schemas)
        _upgrade(url)
        if (found := count_rows(url)) != manifest.rows:
            raise InstallationError(f"The restored database has other rows ({found}) than the backup.")
        _copy(folder / HOME, home)
    return manifest


def _look_and_upgrade(url: str) -> dict[str, int]:
    """Before anything is replaced: a newer version's tables are none of ours."""
    rows = count_rows(url)
    try:
        _upgrade(url)
    except InstallationError:
        raise InstallationError(
            "The backup was made by a newer version of this program, which this one cannot read. "
            "Update the program, then restore it; nothing was changed."
        ) from None
    return rows


def _upgrade(url: str) -> None:
    engine = open_engine(url, pool_size=1)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def _copy(source: Path, home: Path) -> None:
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        to = home / path.relative_to(source)
        if path.is_dir():
            to.mkdir(parents=True, exist_ok=True)
        elif not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            path.replace(to)

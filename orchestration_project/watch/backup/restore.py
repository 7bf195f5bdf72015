"""Bringing an installation back from a backup: tried out first, then in the place of what is there.

Whoever was erased on request since the backup was made is erased again by the caller, by the certificates.
"""

import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import load
from orchestration_project.ledger.engine import database_url, migrate, open_engine
from orchestration_project.watch.backup.make import DUMP, HOME, MANIFEST, Manifest, count_rows, try_out


@contextmanager
def opened(backup: Path) -> Generator[tuple[Manifest, Path]]:
    """What it is of, and a folder with what is in it. Raises InstallationError for what is no backup."""
    with tempfile.TemporaryDirectory(dir=backup.parent, prefix=".restore-") as folder:
        try:
            with tarfile.open(backup) as archive:
                archive.extractall(folder, filter="data")
            manifest = Manifest.model_validate_json((Path(folder) / MANIFEST).read_bytes())
        except (OSError, tarfile.TarError, ValidationError):
            raise InstallationError(f"{backup} cannot be read as a backup of `leads backup`.") from None
        yield manifest, Path(folder)


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
    with opened(backup) as (manifest, folder):
        rows = try_out(url, folder / DUMP)
        if rows != manifest.rows:
            raise InstallationError(f"{backup} is damaged: it has other rows ({rows}) than it says.")
        load(url, folder / DUMP)
        engine = open_engine(url, pool_size=1)
        try:
            migrate(engine)
        finally:
            engine.dispose()
        if (found := count_rows(url)) != manifest.rows:
            raise InstallationError(f"The restored database has other rows ({found}) than the backup.")
        _copy(folder / HOME, home)
    return manifest


def _copy(source: Path, home: Path) -> None:
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        to = home / path.relative_to(source)
        if path.is_dir():
            to.mkdir(parents=True, exist_ok=True)
        elif not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            path.replace(to)

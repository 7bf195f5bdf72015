"""Bringing an installation back from a backup: tried out first, then in the place of what is there.

Whoever was erased on request since the backup was made is erased again by the caller, by the certificates.
"""

from pathlib import Path

import sqlalchemy
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import load
from orchestration_project.ledger.engine import database_url, migrate, open_engine
from orchestration_project.watch.backup.archive import DUMP, HOME, Manifest, opened
from orchestration_project.watch.backup.make import count_rows
from orchestration_project.watch.backup.scratch import try_out


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

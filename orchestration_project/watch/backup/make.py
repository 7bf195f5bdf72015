"""A backup: the database as it is at one moment, and then the files that the embedded connectors keep.

In this order, since a file that no receipt tells of is found again, and a receipt without its file is a loss.
"""

import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import sqlalchemy
from pydantic import AwareDatetime, Field
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import LEDGER, RUNS, beside, drop_database, dump, load, make_database
from orchestration_project.ledger.engine import database_url, newest_version
from orchestration_project.model import Clock, Frozen

MANIFEST, DUMP, HOME = "manifest.json", "database.dump", "home"
FOLDER = "backups"
NOT_TAKEN = ("postgres", "postgres.new", "dagster", FOLDER, "dev.log", "dev.session")
"""The server's own files, Dagster's home, copies of before, and what is only of this machine."""
_COUNTED = ("submissions", "work", "decisions", "receipts", "journal")


class Manifest(Frozen):
    """What a backup is of."""

    made_at: AwareDatetime
    version: str  # of the tables
    schemas: tuple[str, ...]
    rows: dict[str, int] = Field(default_factory=dict[str, int])  # of some tables, as the copy has them


def make_backup(url: str, home: Path, to: Path, clock: Clock, *, runs: bool = False) -> Manifest:
    """Writes it and tries it out: it is restored into a database beside the real one, which is dropped again,
    and its rows are counted there. Raises InstallationError, and leaves no half file."""
    schemas = (*LEDGER, RUNS) if runs else LEDGER
    manifest = Manifest(made_at=clock(), version=newest_version(), schemas=schemas)
    half = to.with_name(f".{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".backup-") as folder:
            dumped = Path(folder) / DUMP
            dump(url, dumped, schemas)
            manifest = manifest.model_copy(update={"rows": try_out(url, dumped)})
            (Path(folder) / MANIFEST).write_text(manifest.model_dump_json(indent=2))
            with tarfile.open(half, "w") as archive:
                archive.add(Path(folder) / MANIFEST, MANIFEST)
                archive.add(dumped, DUMP)
                for path in _files(home, to):
                    with suppress(FileNotFoundError):  # a person moved it at this moment
                        archive.add(path, f"{HOME}/{path.relative_to(home).as_posix()}", recursive=False)
        half.chmod(0o600)
        half.replace(to)
    except OSError as error:
        raise InstallationError(f"The backup {to} cannot be written: {error.strerror or error}.") from None
    finally:
        half.unlink(missing_ok=True)
    return manifest


def try_out(url: str, dumped: Path) -> dict[str, int]:
    """Rows by table, in a copy that was restored. Raises InstallationError where it cannot be."""
    name = f"leads_scratch_{dumped.parent.name.strip('.').replace('-', '_').lower()}"
    try:
        make_database(url, name)
    except DBAPIError as error:
        raise InstallationError(
            "A backup is tried out in a database of its own, which this user may not make: "
            f"{str(error.orig).strip()}. Allow it: ALTER ROLE … CREATEDB."
        ) from None
    try:
        load(beside(url, name), dumped)
        return count_rows(beside(url, name))
    finally:
        drop_database(url, name)


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
        if top.name in NOT_TAKEN or top.name.startswith(("postgres", ".backup-", f".{to.name}")):
            continue
        inside = sorted(top.rglob("*")) if top.is_dir() else []
        found += [path for path in (top, *inside) if not path.is_symlink() and path != to]
    return found

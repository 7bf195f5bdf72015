"""A backup is what it says: tried out when it is made, the same when it is brought back, and no half one."""

import json
import tarfile
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy

from orchestration_project.errors import InstallationError
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.model import Delivery
from orchestration_project.watch.backup.make import count_rows, make_backup, make_daily, rotate
from orchestration_project.watch.backup.restore import in_use, restore
from orchestration_project.watch.erase.again import erase_again
from orchestration_project.watch.erase.erase import certificates
from orchestration_project.watch.prove.adds_up import count_sources
from orchestration_project_tests import databases
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.watch.conftest import Forgetting

ANN = {"id": "a", "name": "Ann One", "email": "ann@one.example", "message": "Do you do payroll for twelve?"}


def test_a_backup_in_a_burst_adds_up_elsewhere(world: World, postgres: str, tmp_path: Path) -> None:
    (world.home / "outbox").mkdir()
    (world.home / "outbox" / "L-1 Ann.eml").write_text("x")
    world.submit(ANN)
    over = Event()

    def burst() -> None:
        number = 0
        while not over.is_set():
            number += 1
            world.ledger.submissions.store("inbox", [Delivery(external_id=f"b{number}", raw=b"{}")])

    writer = Thread(target=burst)
    writer.start()
    try:
        made = make_backup(world.database_url, world.home, tmp_path / "all.tar", world.clock)
    finally:
        over.set()
        writer.join()
    assert made.rows["submissions"] == made.rows["work"] >= 1
    assert (tmp_path / "all.tar").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    with databases.fresh_database(postgres) as engine:
        url = engine.url.render_as_string(hide_password=False)
        engine.dispose()
        assert not in_use(url)
        home = tmp_path / "elsewhere"
        home.mkdir()
        assert restore(url, home, tmp_path / "all.tar") == made
        assert count_rows(url) == made.rows
        assert (home / "outbox" / "L-1 Ann.eml").read_text() == "x"
        restored = open_ledger(open_engine(url), world.clock)
        counts, wrong = count_sources(restored.books, world.clock() - timedelta(days=1))
        assert wrong == [] and sum(each.taken_in for each in counts) == made.rows["submissions"]
        restored.close()


def test_who_was_erased_since_is_erased_again(world: World, forgetting: Forgetting, tmp_path: Path) -> None:
    (ref,) = world.submit(ANN)
    make_backup(world.database_url, world.home, tmp_path / "all.tar", world.clock)
    forgetting.erase("ann@one.example")
    given_out = certificates(world.home)
    world.ledger.engine.dispose()
    restore(world.database_url, world.home, tmp_path / "all.tar")
    assert world.lead(ref).email == "ann@one.example"
    assert erase_again(world.ledger, world.playbook(), given_out, world.home) == 1
    assert world.lead(ref).status == "erased"
    assert world.ledger.forgotten.when(["ann@one.example"])


def test_a_damaged_one_changes_nothing(world: World, tmp_path: Path) -> None:
    (ref,) = world.submit(ANN)
    whole, cut = tmp_path / "all.tar", tmp_path / "cut.tar"
    make_backup(world.database_url, world.home, whole, world.clock)
    cut.write_bytes(whole.read_bytes()[:4000])
    for damaged in (cut, tmp_path / "none.tar"):
        with pytest.raises(InstallationError, match="cannot be read as a backup"):
            restore(world.database_url, world.home, damaged)
    with tarfile.open(whole) as archive:
        archive.extractall(tmp_path / "open", filter="data")
    manifest = json.loads((tmp_path / "open" / "manifest.json").read_text())
    (tmp_path / "open" / "manifest.json").write_text(json.dumps(manifest | {"rows": {"submissions": 7}}))
    with tarfile.open(cut, "w") as archive:
        archive.add(tmp_path / "open", "")
    with pytest.raises(InstallationError, match="is damaged"):
        restore(world.database_url, world.home, cut)
    assert world.lead(ref).email == "ann@one.example"


def test_daily_ones_are_as_many_as_the_playbook_says(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"daily-2026-11-0{day}.tar").touch()
    (tmp_path / "mine.tar").touch()
    rotate(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "daily-2026-11-04.tar",
        "daily-2026-11-05.tar",
        "mine.tar",
    ]


def test_a_backup_holds_none_of_those_before(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path
) -> None:
    url = database.url.render_as_string(hide_password=False)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "daily-2026-11-01.tar").write_text("x")
    made = make_daily(url, tmp_path, clock, keep=1)
    with tarfile.open(made) as archive:
        assert archive.getnames() == ["manifest.json", "database.dump"]
    assert [path.name for path in made.parent.iterdir()] == ["daily-2026-11-24.tar"]

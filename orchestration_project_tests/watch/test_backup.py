"""A backup is what it says: tried out when it is made, the same when it is brought back, and no half one."""

import errno
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy

from orchestration_project.cli import drill, history_demo, services_demo
from orchestration_project.embedded_server.programs import find_programs
from orchestration_project.errors import InstallationError
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.dump import PREAMBLE, dump, for_any_server, make_database
from orchestration_project.ledger.engine import open_engine
from orchestration_project.model import Delivery
from orchestration_project.watch.backup import make
from orchestration_project.watch.backup.archive import opened
from orchestration_project.watch.backup.make import MADE_UP, count_rows, make_backup, make_daily, rotate
from orchestration_project.watch.backup.restore import in_use, restore
from orchestration_project.watch.backup.scratch import try_out
from orchestration_project.watch.erase.again import erase_again
from orchestration_project.watch.erase.certificates import came_back, certificates
from orchestration_project.watch.prove.adds_up import count_sources
from orchestration_project_tests import databases
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.watch.conftest import Forgetting

IS_NONE = r"cannot be read as a backup|is damaged"
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
    assert came_back(world.ledger, world.home) == (ref,), "which doctor tells, were it killed here"
    assert erase_again(world.ledger, world.playbook(), given_out, world.home) == 1
    assert world.lead(ref).status == "erased"
    assert came_back(world.ledger, world.home) == ()
    assert world.ledger.forgotten.when(["ann@one.example"])


def test_a_damaged_one_changes_nothing(world: World, tmp_path: Path) -> None:
    (ref,) = world.submit(ANN)
    whole, cut = tmp_path / "all.tar", tmp_path / "cut.tar"
    make_backup(world.database_url, world.home, whole, world.clock)
    cut.write_bytes(whole.read_bytes()[:4000])
    for damaged in (cut, tmp_path / "none.tar"):
        with pytest.raises(InstallationError, match="cannot be read as a backup"):
            restore(world.database_url, world.home, damaged)
    with opened(whole, tmp_path) as (_, inside):
        manifest = json.loads((inside / "manifest.json").read_text())
        (inside / "manifest.json").write_text(json.dumps(manifest | {"rows": {"submissions": 7}}))
        with tarfile.open(cut, "w") as archive:
            archive.add(inside, "")
    with pytest.raises(InstallationError, match="is damaged"):
        restore(world.database_url, world.home, cut)
    assert world.lead(ref).email == "ann@one.example"


@pytest.mark.parametrize(
    ("name", "kind", "leads_to"),
    [
        ("../outside", tarfile.REGTYPE, ""),
        ("/outside", tarfile.REGTYPE, ""),
        ("home/link", tarfile.SYMTYPE, "/etc/passwd"),
        ("home/link", tarfile.LNKTYPE, "../outside"),
        ("home/pipe", tarfile.FIFOTYPE, ""),
    ],
)
def test_what_would_be_written_elsewhere_or_is_no_file_is_no_backup(
    tmp_path: Path, name: str, kind: bytes, leads_to: str
) -> None:
    inside, backup = tmp_path / "home", tmp_path / "foreign.tar"
    inside.mkdir()
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, leads_to
    with tarfile.open(backup, "w") as archive:
        archive.addfile(member)
    with pytest.raises(InstallationError, match=IS_NONE), opened(backup, inside):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"home", "foreign.tar"}


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
        assert archive.getnames() == ["manifest.json", "database.dump", "sums.json"]
    assert [path.name for path in made.parent.iterdir()] == ["daily-2026-11-24.tar"]


def test_what_is_cut_off_or_changed_anywhere_is_no_backup(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path
) -> None:
    home, whole, spoilt = tmp_path / "home", tmp_path / "all.tar", tmp_path / "spoilt.tar"
    for number in range(3):
        (home / f"outbox {number}").mkdir(parents=True)
        (home / f"outbox {number}" / "ann.eml").write_text("Dear Ann, " * 100)
    make_backup(database.url.render_as_string(hide_password=False), home, whole, clock)
    with tarfile.open(whole) as archive:
        ends = [member.offset_data + member.size for member in archive.getmembers()]
        letter = archive.getmember("home/outbox 1/ann.eml").offset_data
        dump = archive.getmember("database.dump").offset_data
    content = whole.read_bytes()
    cuts = [end + more for end in ends[:-1] for more in (-1, 0, 100, 512)]
    changed = [content[:place] + b"~" + content[place + 1 :] for place in (dump + 5000, letter + 7)]
    for damaged in (*(content[:cut] for cut in cuts), *changed):
        spoilt.write_bytes(damaged)
        with (
            pytest.raises(InstallationError, match=IS_NONE),
            opened(spoilt, home),
        ):
            pass
    with opened(whole, home) as (manifest, folder):
        assert manifest.has_sums
        assert folder.parent == home, "the backup's own folder may be one that nothing can be written to"
    assert not [*home.glob(".restore-*")]


def test_a_name_that_is_no_utf_8_comes_back_as_it_was(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path
) -> None:
    url = database.url.render_as_string(hide_password=False)
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    names = [os.fsdecode(b"Angebot f\xfcr Kunde.txt"), "Angebot für Kunde.txt", "Angebot f\ufffdr.txt"]
    for name in names:
        (home / "folders" / os.fsdecode(b"M\xfcller")).mkdir(parents=True, exist_ok=True)
        (home / "folders" / os.fsdecode(b"M\xfcller") / name).write_text(ascii(name))
    make_backup(url, home, tmp_path / "all.tar", clock)
    database.dispose()
    restore(url, elsewhere, tmp_path / "all.tar")
    back = elsewhere / "folders" / os.fsdecode(b"M\xfcller")
    assert {path.name: path.read_text() for path in back.iterdir()} == {name: ascii(name) for name in names}


def test_an_older_backup_that_has_lost_such_a_name_is_opened(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path
) -> None:
    (home := tmp_path / "home").mkdir()
    (home / os.fsdecode(b"f\xfcr.txt")).write_text("x")
    whole, before, spoilt = (tmp_path / f"{name}.tar" for name in ("all", "before", "spoilt"))
    make_backup(database.url.render_as_string(hide_password=False), home, whole, clock)
    with opened(whole, tmp_path) as (_, inside):
        sums = json.loads((inside / "sums.json").read_bytes())
        told = {name.replace("\udcfc", "\ufffd" * 3): each for name, each in sums.items()}
        assert told != sums
        (inside / "sums.json").write_text(json.dumps(told, ensure_ascii=False))
        with tarfile.open(before, "w") as archive:
            archive.add(inside, "")
        (inside / "home" / os.fsdecode(b"f\xfcr.txt")).write_text("y")
        with tarfile.open(spoilt, "w") as archive:
            archive.add(inside, "")
    with opened(before, tmp_path):
        pass
    with pytest.raises(InstallationError, match=IS_NONE), opened(spoilt, tmp_path):
        pass


def test_what_a_restore_would_refuse_is_not_told_as_a_backup(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_wrongly(sums: dict[str, str]) -> bytes:
        return json.dumps(dict.fromkeys(sums, "0")).encode()

    monkeypatch.setattr(make, "sums_told", told_wrongly)
    url = database.url.render_as_string(hide_password=False)
    with pytest.raises(InstallationError, match=r"all\.tar could not be opened again, .* is damaged"):
        make_backup(url, tmp_path / "home", tmp_path / "all.tar", clock)
    assert [*tmp_path.iterdir()] == []


def test_one_of_a_newer_version_replaces_nothing(world: World, postgres: str, tmp_path: Path) -> None:
    world.submit(ANN)
    with world.ledger.engine.begin() as connection:
        old = connection.execute(sqlalchemy.text("SELECT version_num FROM leads.migration")).scalar_one()
        connection.execute(sqlalchemy.text("UPDATE leads.migration SET version_num = '9999'"))
    make_backup(world.database_url, world.home, tmp_path / "newer.tar", world.clock)
    with world.ledger.engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE leads.migration SET version_num = :v"), {"v": old})
    (second,) = world.submit(ANN | {"id": "b"})
    with pytest.raises(InstallationError, match=r"backup was made by a newer version .* nothing was changed"):
        restore(world.database_url, world.home, tmp_path / "newer.tar")
    assert world.lead(second).email == "ann@one.example"


def test_what_a_drill_has_left_is_no_part_of_it(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path
) -> None:
    for name in (*MADE_UP, "outbox"):
        (tmp_path / name / "home").mkdir(parents=True)
        (tmp_path / name / "home" / "ann.eml").write_text("x")
    made = make_daily(database.url.render_as_string(hide_password=False), tmp_path, clock, keep=1)
    with tarfile.open(made) as archive:
        assert [name for name in archive.getnames() if name.endswith(".eml")] == ["home/outbox/home/ann.eml"]
    where = inspect.getsource(drill) + inspect.getsource(services_demo) + inspect.getsource(history_demo)
    assert {*re.findall(r'own_folder\(installation, "(.+?)"\)', where)} == {*MADE_UP}


def test_a_full_disk_is_told_and_leaves_nothing_half(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", is_full)
    url = database.url.render_as_string(hide_password=False)
    with pytest.raises(InstallationError, match=r"cannot be written: No space left on device\."):
        make_daily(url, tmp_path, clock, keep=1)
    assert [*(tmp_path / "backups").iterdir()] == []


def test_a_disk_that_became_read_only_is_told(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tarfile.TarFile, "addfile", is_read_only)
    monkeypatch.setattr(Path, "unlink", is_read_only)
    with pytest.raises(InstallationError, match=r"cannot be written: Read-only file system\."):
        make_daily(database.url.render_as_string(hide_password=False), tmp_path, clock, keep=1)


def test_what_a_killed_one_left_behind_goes_with_the_next(
    database: sqlalchemy.Engine, clock: HandClock, tmp_path: Path
) -> None:
    url = database.url.render_as_string(hide_password=False)
    left: list[str] = []

    def killed(copy: str) -> None:
        left.append(sqlalchemy.make_url(copy).database or "")
        raise KeyboardInterrupt

    to = tmp_path / "backups"
    make_daily(url, tmp_path, clock, keep=1)
    with opened(to / "daily-2026-11-24.tar", tmp_path) as (_, folder), pytest.raises(KeyboardInterrupt):
        try_out(url, folder / "database.dump", killed)
    make_database(url, left[0])
    for name, days in ((".backup-old", 2), (".backup-now", 0)):
        (to / name).mkdir()
        then = time.time() - days * 86400
        os.utime(to / name, (then, then))
    make_daily(url, tmp_path, clock, keep=1)
    assert sorted(path.name for path in to.iterdir()) == [".backup-now", "daily-2026-11-24.tar"]
    with database.connect() as connection:
        names = connection.execute(sqlalchemy.text("SELECT datname FROM pg_database")).scalars().all()
    assert left[0] not in names


def test_one_of_an_older_version_is_brought_up_to_date(world: World, tmp_path: Path) -> None:
    """What later versions have added is not in it, and must not be in its way."""
    (ref,) = world.submit(ANN)
    make_backup(world.database_url, world.home, tmp_path / "all.tar", world.clock)
    with world.ledger.engine.begin() as connection:
        for statement in (
            "CREATE TABLE leads.of_later (id serial, lead_id bigint REFERENCES leads.submissions)",
            "ALTER TABLE leads.work ADD COLUMN of_later text",
            "CREATE INDEX later ON leads.work (of_later)",
        ):
            connection.execute(sqlalchemy.text(statement))
    world.ledger.engine.dispose()
    restore(world.database_url, world.home, tmp_path / "all.tar")
    assert world.lead(ref).email == "ann@one.example"
    with world.ledger.engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT to_regclass('leads.of_later')")).scalar() is None


def test_the_copy_that_an_upgrade_keeps_can_be_brought_back(world: World, tmp_path: Path) -> None:
    (ref,) = world.submit(ANN)
    dump(world.database_url, tmp_path / "before-upgrade-from-0029.dump")
    world.submit(ANN | {"id": "b"})
    world.ledger.engine.dispose()
    made = restore(world.database_url, world.home, tmp_path / "before-upgrade-from-0029.dump")
    assert made.rows["submissions"] == 1
    assert [lead.ref for lead in world.ledger.stories.list_leads()] == [ref]


def test_a_restore_that_is_killed_in_the_middle_has_changed_nothing(world: World, tmp_path: Path) -> None:
    (ref,) = world.submit(ANN)
    dump(world.database_url, tmp_path / "all.dump")
    world.submit(ANN | {"id": "b"})
    world.ledger.engine.dispose()
    code = (
        "import os, sys, shutil; from pathlib import Path; from orchestration_project.ledger import dump\n"
        "def dies(source, sink): sink.write(source.read(30000)); sink.flush(); os.kill(os.getpid(), 9)\n"
        "dump.shutil.copyfileobj = dies; dump.load(sys.argv[1], Path(sys.argv[2]), dump.LEDGER)"
    )
    words = [sys.executable, "-c", code, world.database_url, str(tmp_path / "all.dump")]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    while in_use(world.database_url):  # psql, which ends by itself
        world.ledger.engine.dispose()
    assert world.lead(ref).email == "ann@one.example"
    assert len(world.ledger.stories.list_leads()) == 2


def test_a_copy_can_be_brought_to_an_older_server(database: sqlalchemy.Engine, tmp_path: Path) -> None:
    dump(database.url.render_as_string(hide_password=False), tmp_path / "all.dump")
    program = find_programs().folder / "pg_restore"
    script = subprocess.run([program, "--file=-", tmp_path / "all.dump"], check=True, capture_output=True)
    lines = script.stdout.splitlines(keepends=True)
    known = [*for_any_server(lines[:PREAMBLE])]
    assert [line for line in lines[:PREAMBLE] if line not in known] == [b"SET transaction_timeout = 0;\n"]

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors import local_files
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.sequence.local import COLUMNS, LocalSequence
from orchestration_project.errors import SetupError, TransientServiceError

LIST = "monthly-letter"
JANE = Subscriber(email="Jane@acme.example", given_name="Jane", family_name="Doe")

pytestmark = pytest.mark.anyio


@pytest.fixture
def lists(tmp_path: Path, now: datetime) -> LocalSequence:
    return LocalSequence(tmp_path, lambda: now)


def rows(folder: Path) -> list[list[str]]:
    with (folder / f"{LIST}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


async def test_a_member_is_one_row_under_a_header(lists: LocalSequence, tmp_path: Path) -> None:
    await lists.enrol(LIST, JANE)
    assert rows(tmp_path) == [
        list(COLUMNS),
        ["Jane@acme.example", "Jane", "Doe", "2026-11-24T09:30:00+00:00"],
    ]


async def test_a_member_is_found_and_enrolled_once_in_any_case(lists: LocalSequence, tmp_path: Path) -> None:
    assert await lists.find_member(LIST, JANE.email) is None
    first = await lists.enrol(LIST, JANE)
    again = await lists.enrol(LIST, Subscriber(email="JANE@acme.example"))
    assert first == again == await lists.find_member(LIST, "jane@ACME.example")
    assert len(rows(tmp_path)) == 2
    assert "acme" not in first.external_id


async def test_lists_are_apart(lists: LocalSequence) -> None:
    await lists.enrol(LIST, JANE)
    assert await lists.find_member("other", JANE.email) is None


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
async def test_a_name_is_no_formula_to_a_spreadsheet(lists: LocalSequence, tmp_path: Path, name: str) -> None:
    await lists.enrol(LIST, Subscriber(email="=x@acme.example", given_name=name))
    assert rows(tmp_path)[1][:2] == ["'=x@acme.example", f"'{name.strip()}"]
    assert await lists.find_member(LIST, "=x@acme.example") is not None


def test_two_who_enrol_at_the_same_moment_make_one_row(tmp_path: Path, now: datetime) -> None:
    def enrol(_: int) -> str:
        # an instance each, as in two processes
        return anyio.run(LocalSequence(tmp_path, lambda: now).enrol, LIST, JANE).external_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(enrol, range(8)))) == 1
    assert len(rows(tmp_path)) == 2


async def test_a_list_that_another_process_writes_to_is_not_touched(
    lists: LocalSequence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_files, "LOCK_SECONDS", 0.05)
    with FileLock(tmp_path / f".{LIST}.csv.lock"), pytest.raises(TransientServiceError):
        await lists.enrol(LIST, JANE)
    assert await lists.find_member(LIST, JANE.email) is None


async def test_a_last_line_without_its_end_is_kept_apart(lists: LocalSequence, tmp_path: Path) -> None:
    path = tmp_path / f"{LIST}.csv"
    path.write_text("email,given_name,family_name,enrolled_at\nkim@beta.example,Kim", encoding="utf-8")
    await lists.enrol(LIST, JANE)
    assert [row[0] for row in rows(tmp_path)] == ["email", "kim@beta.example", "Jane@acme.example"]


async def test_a_list_that_a_spreadsheet_saved_is_still_read(lists: LocalSequence, tmp_path: Path) -> None:
    saved = '"email","given_name"\r\n"JANE@acme.example","Zo\xeb"\r\n'
    (tmp_path / f"{LIST}.csv").write_bytes(b"\xef\xbb\xbf" + saved.encode("latin-1"))
    assert await lists.find_member(LIST, JANE.email) is not None


async def test_a_list_without_its_header_says_how_to_mend_it(lists: LocalSequence, tmp_path: Path) -> None:
    (tmp_path / f"{LIST}.csv").write_text("jane@acme.example;Jane\n", encoding="utf-8")
    with pytest.raises(SetupError, match=f"{LIST}.csv has no column `email`"):
        await lists.enrol(LIST, JANE)


@pytest.mark.parametrize("name", ["../up", "a/b", "CON", "a:b"])
async def test_a_list_name_that_is_no_file_name_is_refused(lists: LocalSequence, name: str) -> None:
    with pytest.raises(SetupError, match=r"playbook\.yaml"):
        await lists.enrol(name, JANE)


async def test_a_disk_that_refuses_is_told_without_the_address(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "sequences").write_text("not a folder")
    lists = LocalSequence(tmp_path / "sequences", lambda: now)
    with pytest.raises(TransientServiceError) as told:
        await lists.enrol(LIST, JANE)
    assert "acme" not in str(told.value)
    assert not (await lists.check()).ok


@settings(max_examples=30)
@given(st.text(min_size=1), st.text())
def test_whatever_the_names_a_member_is_one_line_and_found(email: str, name: str) -> None:
    with TemporaryDirectory() as home:
        lists = LocalSequence(Path(home), lambda: datetime(2026, 11, 24))  # noqa: DTZ001 - no matter here
        anyio.run(lists.enrol, LIST, Subscriber(email=email, given_name=name))
        anyio.run(lists.enrol, LIST, Subscriber(email=email, family_name=name))
        assert anyio.run(lists.find_member, LIST, email) is not None
        assert (Path(home) / f"{LIST}.csv").read_bytes().count(b"\n") == 2

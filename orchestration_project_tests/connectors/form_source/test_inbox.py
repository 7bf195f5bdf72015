"""The inbox folder with real files. What a submission means is tested in the data layer."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.form_source import inbox as module
from orchestration_project.connectors.form_source.inbox import Inbox
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Delivery, Page

pytestmark = pytest.mark.anyio

Drop = Callable[..., Path]


@pytest.fixture
def inbox(tmp_path: Path, now: datetime) -> Inbox:
    return Inbox(tmp_path / "inbox", lambda: now)


@pytest.fixture
def drop(inbox: Inbox, now: datetime) -> Drop:
    inbox.folder.mkdir(exist_ok=True)

    def put(name: str, content: bytes | str, *, age: float = 60) -> Path:
        path = inbox.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        at = (now - timedelta(seconds=age)).timestamp()
        os.utime(path, (at, at))
        return path

    return put


def raws(page: Page) -> list[bytes]:
    return [delivery.raw for delivery in page.deliveries]


async def test_a_missing_folder_is_made(inbox: Inbox) -> None:
    assert await inbox.fetch(None) == module.InboxPage(deliveries=(), cursor=None, files=())
    assert inbox.folder.is_dir()


async def test_an_object_is_delivered_byte_for_byte(inbox: Inbox, drop: Drop) -> None:
    raw = '\ufeff{ "id": 17,\r\n "name": "Zoë" }\n'.encode()
    drop("one.json", raw)
    page = await inbox.fetch(None)
    assert page.deliveries == (Delivery(external_id="17", raw=raw),)


async def test_a_list_becomes_one_delivery_an_element(inbox: Inbox, drop: Drop) -> None:
    drop("many.json", '[{"id": "a", "name": "Zoë \\ud800"}, {"name": "b"}, 5]')
    page = await inbox.fetch(None)
    assert [delivery.external_id for delivery in page.deliveries] == ["a", None, None]
    assert json.loads(page.deliveries[0].raw) == {"id": "a", "name": "Zoë \ud800"}


async def test_a_file_of_lines_becomes_one_delivery_a_line(inbox: Inbox, drop: Drop) -> None:
    drop("many.JSONL", b'{"id": "a"}\r\n\n{"id": "b" }\nnot json\n')
    page = await inbox.fetch(None)
    assert page.deliveries == (
        Delivery(external_id="a", raw=b'{"id": "a"}'),
        Delivery(external_id="b", raw=b'{"id": "b" }'),
        Delivery(external_id=None, raw=b"not json"),
    )


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe\x00", b"[" * 5000, b'{"n": ' + b"1" * 5000 + b"}", b"name=Ann"]
)
async def test_what_is_no_json_is_delivered_as_it_is(inbox: Inbox, drop: Drop, raw: bytes) -> None:
    drop("broken.json", raw)
    assert (await inbox.fetch(None)).deliveries == (Delivery(external_id=None, raw=raw),)


@pytest.mark.parametrize(
    "given_id", ["", "  ", None, True, 1.5, {"a": 1}, ["a"], "a\x00b", "x" * 201, "\ud800"]
)
async def test_an_id_that_is_none_is_left_to_the_ledger(inbox: Inbox, drop: Drop, given_id: object) -> None:
    drop("one.json", json.dumps({"id": given_id}))
    assert [delivery.external_id for delivery in (await inbox.fetch(None)).deliveries] == [None]


@pytest.mark.parametrize("name", [".hidden.json", "a.json.part", "a.json.tmp", "a.tmp", "~a.docx"])
async def test_unfinished_files_are_left_alone(inbox: Inbox, drop: Drop, name: str) -> None:
    path = drop(name, "{}")
    assert (await inbox.fetch(None)).deliveries == ()
    assert path.exists()


@pytest.mark.parametrize("name", ["notes.txt", "a.csv", "lead", "a.JSON.bak"])
async def test_a_file_of_another_kind_is_put_aside_and_the_check_says_so(
    inbox: Inbox, drop: Drop, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = drop(name, "{}")
    drop("one.json", '{"id": 1}')
    assert raws(await inbox.fetch(None)) == [b'{"id": 1}']
    assert not path.exists()
    assert (inbox.folder / "other_kinds" / name).read_text() == "{}"
    assert "put aside" in caplog.text
    health = await inbox.check()
    assert (health.ok, name in health.says, "other_kinds" in health.says) == (False, True, True)


async def test_a_file_of_another_kind_that_may_still_grow_stays(inbox: Inbox, drop: Drop) -> None:
    path = drop("notes.txt", "{}", age=0)
    await inbox.fetch(None)
    assert path.exists()


async def test_links_and_folders_are_left_alone(inbox: Inbox, drop: Drop, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    (inbox.folder / "link.json").symlink_to(tmp_path / "secret")
    (inbox.folder / "folder.json").mkdir()
    assert (await inbox.fetch(None)).deliveries == ()


async def test_a_file_that_may_still_grow_waits(inbox: Inbox, drop: Drop) -> None:
    drop("growing.json", "{", age=0.5)
    assert (await inbox.fetch(None)).deliveries == ()
    drop("growing.json", "{}", age=1.5)
    assert raws(await inbox.fetch(None)) == [b"{}"]


async def test_a_file_from_a_clock_ahead_of_ours_does_not_wait_for_ever(inbox: Inbox, drop: Drop) -> None:
    drop("ahead.json", "{}", age=-3600)
    assert raws(await inbox.fetch(None)) == [b"{}"]


async def test_the_oldest_file_comes_first(inbox: Inbox, drop: Drop) -> None:
    drop("a.json", "1", age=10)
    drop("b.json", "2", age=30)
    drop("c.json", "3", age=20)
    assert raws(await inbox.fetch(None)) == [b"2", b"3", b"1"]


async def test_a_page_is_delivered_again_until_it_is_stored(inbox: Inbox, drop: Drop) -> None:
    drop("one.json", "{}")
    assert await inbox.fetch(None) == await inbox.fetch(None)


async def test_stored_files_move_to_the_days_folder(inbox: Inbox, drop: Drop) -> None:
    path = drop("one.json", '{"id": 1}')
    await inbox.stored(await inbox.fetch(None))
    assert not path.exists()
    assert (inbox.folder / "done/2026-11-24/one.json").read_text() == '{"id": 1}'
    assert (await inbox.fetch(None)).deliveries == ()


async def test_moving_never_overwrites(inbox: Inbox, drop: Drop) -> None:
    for content in ("1", "2", "3"):
        drop("one.json", content)
        await inbox.stored(await inbox.fetch(None))
    done = inbox.folder / "done/2026-11-24"
    assert {file.name: file.read_text() for file in done.iterdir()} == {
        "one.json": "1",
        "one-2.json": "2",
        "one-3.json": "3",
    }


async def test_a_file_written_to_after_it_was_read_is_read_again(inbox: Inbox, drop: Drop) -> None:
    path = drop("many.jsonl", '{"id": 1}\n')
    page = await inbox.fetch(None)
    drop("many.jsonl", '{"id": 1}\n{"id": 2}\n', age=2)
    await inbox.stored(page)
    assert path.exists()
    assert len((await inbox.fetch(None)).deliveries) == 2


async def test_storing_a_page_twice_is_harmless(inbox: Inbox, drop: Drop) -> None:
    drop("one.json", "{}")
    page = await inbox.fetch(None)
    await inbox.stored(page)
    await inbox.stored(page)
    assert len(list((inbox.folder / "done/2026-11-24").iterdir())) == 1


async def test_a_file_another_process_moved_first_leaves_nothing_behind(
    inbox: Inbox, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop("one.json", "{}")
    page = await inbox.fetch(None)
    path.unlink()
    as_before = {file.path: file for file in (page.files if isinstance(page, module.InboxPage) else ())}
    monkeypatch.setattr(module, "look", as_before.get)  # it goes away right after the look
    await inbox.stored(page)
    assert list((inbox.folder / "done/2026-11-24").iterdir()) == []


async def test_an_empty_list_is_tidied_away(inbox: Inbox, drop: Drop) -> None:
    path = drop("empty.json", "[]")
    assert (await inbox.fetch(None)).deliveries == ()
    assert not path.exists()


async def test_a_long_file_comes_in_pages_and_moves_after_the_last(inbox: Inbox, drop: Drop) -> None:
    drop("first.json", '{"id": "first"}', age=99)
    path = drop("long \udcff.jsonl", "".join(f'{{"id": {number}}}\n' for number in range(1200)))
    cursor, found, sizes = None, list[str | None](), list[int]()
    while path.exists():
        page = await inbox.fetch(cursor)
        sizes.append(len(page.deliveries))
        found += [delivery.external_id for delivery in page.deliveries]
        cursor = page.cursor
        await inbox.stored(page)
    assert sizes == [500, 500, 201]
    assert found == ["first", *map(str, range(1200))]
    assert (await inbox.fetch(cursor)).deliveries == ()


async def test_a_file_exchanged_between_two_pages_is_read_from_its_start(inbox: Inbox, drop: Drop) -> None:
    drop("long.jsonl", "".join(f'{{"id": {number}}}\n' for number in range(600)))
    page = await inbox.fetch(None)
    drop("long.jsonl", "".join(f'{{"id": "x{number}"}}\n' for number in range(600)))
    assert (await inbox.fetch(page.cursor)).deliveries[0].external_id == "x0"


@pytest.mark.parametrize("cursor", ["", "nonsense", "5 5 5 'a'", "² 1 1 'one.json'", "9" * 5000])
async def test_a_strange_cursor_costs_nothing(inbox: Inbox, drop: Drop, cursor: str) -> None:
    drop("one.json", "{}")
    assert raws(await inbox.fetch(cursor)) == [b"{}"]


async def test_pages_are_bounded_in_size_too(
    inbox: Inbox, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 20)
    for number in range(4):
        drop(f"{number}.json", f'{{"id": {number}, "": 0}}')
    assert len((await inbox.fetch(None)).deliveries) == 2


async def test_a_file_too_large_is_put_aside_and_the_check_says_so(
    inbox: Inbox, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    drop("huge.json", '{"id": 1, "a": 2}')
    drop("small.json", "{}")
    assert raws(await inbox.fetch(None)) == [b"{}"]
    assert (inbox.folder / "too_large/huge.json").exists()
    health = await inbox.check()
    assert not health.ok
    assert "too_large" in health.says


async def test_one_forbidden_file_does_not_hold_up_the_others(
    inbox: Inbox, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbidden = drop("a.json", "{}", age=99)
    other = drop("b.json", '{"id": 2}')
    read = Path.read_bytes

    def guarded(path: Path) -> bytes:
        if path == forbidden:  # by hand, as nothing is forbidden to root
            raise PermissionError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", guarded)
    page = await inbox.fetch(None)
    assert raws(page) == [b'{"id": 2}']
    await inbox.stored(page)
    assert not other.exists()
    with pytest.raises(PermanentServiceError, match="may not be read"):
        await inbox.fetch(None)


async def test_a_file_that_cannot_be_put_aside_does_not_hold_up_the_others(inbox: Inbox, drop: Drop) -> None:
    notes = drop("notes.txt", "Call Ann")
    (inbox.folder / "other_kinds").write_text("")
    drop("good.jsonl", '{"id": 1}')
    page = await inbox.fetch(None)
    assert raws(page) == [b'{"id": 1}']
    await inbox.stored(page)
    with pytest.raises(
        PermanentServiceError, match=r"cannot be moved to .*other_kinds, such as 'notes\.txt'"
    ):
        await inbox.fetch(None)
    assert notes.exists()
    health = await inbox.check()
    assert (health.ok, "other_kinds is no folder" in health.says) == (False, True)


async def test_a_file_that_was_stored_and_cannot_be_moved_is_told(inbox: Inbox, drop: Drop) -> None:
    drop("one.json", '{"id": 1}')
    (inbox.folder / "done").mkdir()
    (inbox.folder / "done/2026-11-24").write_text("")
    page = await inbox.fetch(None)
    with pytest.raises(PermanentServiceError, match=r"cannot be moved to .*done"):
        await inbox.stored(page)


async def test_a_file_that_may_not_leave_the_inbox_leaves_no_empty_ones_elsewhere(
    inbox: Inbox, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guarded(path: Path, _: Path) -> Path:
        raise PermissionError(path)  # by hand, as nothing is forbidden to root

    drop("notes.txt", "Call Ann")
    monkeypatch.setattr(Path, "replace", guarded)
    with pytest.raises(PermanentServiceError, match="cannot be moved"):
        await inbox.fetch(None)
    assert [*(inbox.folder / "other_kinds").iterdir()] == []


async def test_what_a_person_has_put_among_the_read_files_stops_no_second_look(
    inbox: Inbox, drop: Drop, now: datetime
) -> None:
    drop("one.json", '{"id": 1}')
    await inbox.stored(await inbox.fetch(None))
    (inbox.folder / "done/notes.txt").write_text("Call Ann")
    (inbox.folder / "done/yesterday").symlink_to(inbox.folder / "none")
    (inbox.folder / "done/2026-11-24/two.json").symlink_to(inbox.folder / "none")
    assert [delivery.raw for delivery in inbox.delivered_since(now)] == [b'{"id": 1}']


async def test_a_healthy_inbox_says_where_it_is(inbox: Inbox) -> None:
    health = await inbox.check()
    assert health.ok
    assert str(inbox.folder) in health.says


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200), suffix=st.sampled_from([".json", ".jsonl"]))
async def test_no_file_stops_the_inbox(inbox: Inbox, drop: Drop, raw: bytes, suffix: str) -> None:
    path = drop(f"wild{suffix}", raw)
    await inbox.stored(await inbox.fetch(None))
    assert not path.exists()

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import anyio
import pytest

from orchestration_project.connectors.chat.file import ChatFile
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.errors import TransientServiceError

KEY = "L-abcdefghij"

pytestmark = pytest.mark.anyio


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "home" / "chat.log"


@pytest.fixture
def chat(log: Path, now: datetime) -> ChatFile:
    return ChatFile(log, lambda: now)


def lines(log: Path) -> list[str]:
    with log.open(encoding="utf-8", newline="\n") as file:
        return list(file)


async def test_a_message_is_one_line_with_time_and_key(chat: ChatFile, log: Path) -> None:
    await chat.post(KEY, "Priority 9/10 · Zoë\nwants\u2028Payroll")
    assert lines(log) == [f"2026-11-24T09:30:00+00:00 [{KEY}] Priority 9/10 · Zoë wants Payroll\n"]


async def test_its_links_stand_behind_it(chat: ChatFile, log: Path) -> None:
    await chat.post(KEY, "Jane wrote", [Link(label="draft", url="file:///a%20b.eml")])
    assert lines(log)[0].endswith("Jane wrote draft: file:///a%20b.eml\n")


async def test_a_message_is_found_by_its_key(chat: ChatFile) -> None:
    assert await chat.find_message(KEY) is None
    posted = await chat.post(KEY, "Jane wrote")
    assert await chat.find_message(KEY) == posted


async def test_a_key_that_only_stands_in_a_text_is_not_found(chat: ChatFile) -> None:
    await chat.post("L-other", f"2026 [{KEY}] Jane wrote")
    assert await chat.find_message(KEY) is None


async def test_a_message_that_a_crash_cut_off_is_not_found_and_does_not_spoil_the_next(
    tmp_path: Path, now: datetime
) -> None:
    log = tmp_path / "chat.log"
    log.write_text(f"2026-11-24T09:30:00+00:00 [{KEY}] Prio", encoding="utf-8")
    chat = ChatFile(log, lambda: now)
    assert await chat.find_message(KEY) is None
    await chat.post(KEY, "Priority")
    assert await chat.find_message(KEY) is not None
    assert lines(log)[-1].endswith(f"[{KEY}] Priority\n")


def test_messages_of_several_runs_do_not_mix(chat: ChatFile, log: Path) -> None:
    def post(number: int) -> None:
        anyio.run(chat.post, f"L-{number}", str(number) * 2_000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(10, 40)))
    assert sorted(line.split(" ", 1)[1] for line in lines(log)) == sorted(
        f"[L-{number}] {str(number) * 2_000}\n" for number in range(10, 40)
    )


async def test_a_disk_that_refuses_is_worth_another_try(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "home").write_text("not a folder")
    chat = ChatFile(tmp_path / "home" / "chat.log", lambda: now)
    with pytest.raises(TransientServiceError, match=r"chat\.log: the disk refused"):
        await chat.post(KEY, "Jane wrote")
    assert not (await chat.check()).ok

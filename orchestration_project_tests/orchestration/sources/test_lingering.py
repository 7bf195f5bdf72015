"""A tick of the inbox waits for what comes, and reads only when there is something."""

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestration_project.clock import utc_now
from orchestration_project.connectors.form_source.inbox import Inbox
from orchestration_project.orchestration import staying
from orchestration_project.orchestration.lingering import LOOK_SECONDS, lingering
from orchestration_project.orchestration.source_words import is_news
from orchestration_project.orchestration.staying import LONG_TICK_SECONDS, TICK_SECONDS


@dataclass
class Hand:
    """Seconds that only pass when somebody waits, and a source that says what it is told to."""

    says: Iterator[str]
    now: float = 0.0
    read: list[float] = field(default_factory=list[float])

    def reading(self) -> str:
        self.read.append(self.now)
        return next(self.says)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def tick(self, anything: Callable[[], bool]) -> str:
        return lingering(self.reading, is_news, anything, lambda: self.now, self.wait)


def test_a_tick_that_finds_nothing_reads_once_and_ends_in_time() -> None:
    hand = Hand(iter(["Nothing new from inbox."]))
    assert hand.tick(lambda: False) == "Nothing new from inbox."
    assert hand.read == [0.0]
    assert TICK_SECONDS - LOOK_SECONDS < hand.now <= TICK_SECONDS


def test_what_comes_meanwhile_is_read_at_the_next_look_and_told_at_once() -> None:
    hand = Hand(iter(["Nothing new from inbox.", "Took in 1 from inbox: L-1."]))
    assert hand.tick(lambda: hand.now > 5) == "Took in 1 from inbox: L-1."
    assert hand.read == [0.0, hand.now] == [0.0, 6.0]


def test_news_at_the_beginning_are_told_at_once() -> None:
    hand = Hand(iter(["Changed at inbox since: L-1."]))
    assert hand.tick(lambda: True).startswith("Changed")
    assert hand.now == 0.0


def test_where_it_is_told_to_leave_a_tick_stays_long_and_what_comes_late_is_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staying, "_told_by", {signal.SIGUSR2})
    quiet, late = (Hand(iter(["Nothing new from inbox."])) for _ in range(2))
    quiet.tick(lambda: False)
    assert LONG_TICK_SECONDS - 1 < quiet.now <= LONG_TICK_SECONDS
    late.tick(lambda: late.now > 20)
    assert (late.read, late.now) == ([0.0], 21.0), "Dagster might cut this one while it reads"


def test_it_leaves_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(staying, "_over", over)
    hand = Hand(iter(["Nothing new from inbox."]))
    hand.tick(lambda: hand.now >= 4 and over.set() is not None)
    assert hand.now == 4.0


def test_an_inbox_has_something_when_a_file_is_there_or_it_cannot_be_looked_at(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", utc_now)
    assert inbox.anything(), "the reading makes the folder"
    inbox.folder.mkdir()
    (inbox.folder / "done").mkdir()
    assert not inbox.anything()
    (inbox.folder / "lead.json").write_text("{}")
    assert inbox.anything()


@pytest.fixture(autouse=True)
def _no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_seconds: float) -> None:
        raise AssertionError("a test waits for nobody")

    monkeypatch.setattr("time.sleep", never)

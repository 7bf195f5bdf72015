"""Keeping to a service's rate limit, over all processes together."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import LONGEST_WAIT, Limit, Pace, QueueTooLong
from orchestration_project.ledger.paces import next_turn, take_turn
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = pytest.mark.anyio


@given(
    steps=st.lists(st.floats(0, 3), min_size=1, max_size=60),
    requests=st.integers(1, 10),
    seconds=st.floats(0.1, 10),
)
def test_no_stretch_of_time_has_more_requests_than_allowed(
    steps: list[float], requests: int, seconds: float
) -> None:
    now, turns = 1_790_000_000.0, list[float]()
    for step in steps:
        now += step
        turns.append(next_turn(turns[-requests:], now, requests, seconds))
        assert turns[-1] >= now
    for first, beyond in zip(turns, turns[requests:], strict=False):
        assert beyond - first >= seconds - 1e-6


def test_a_burst_within_the_limit_does_not_wait() -> None:
    assert next_turn([10.0], 10.0, 2, 1.0) == 10.0
    assert next_turn([10.0, 10.0], 10.0, 2, 1.0) == 11.0
    assert next_turn([10.0, 10.0], 99.0, 2, 1.0) == 99.0


def test_many_at_once_share_one_queue(database: sqlalchemy.Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        turns = [pool.submit(take_turn, database, "Typeform", 2, 1.0, LONGEST_WAIT) for _ in range(8)]
        waits = sorted(turn.result() for turn in turns)
    assert [round(wait) for wait in waits] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_services_do_not_wait_for_one_another(database: sqlalchemy.Engine) -> None:
    assert take_turn(database, "Slack #sales", 1, 5.0, LONGEST_WAIT) == 0
    assert take_turn(database, "Slack #general", 1, 5.0, LONGEST_WAIT) == 0
    assert take_turn(database, "Slack #sales", 1, 5.0, LONGEST_WAIT) > 4


def test_a_turn_too_far_away_is_told_and_not_taken(database: sqlalchemy.Engine) -> None:
    for _ in range(3):
        take_turn(database, "Acme", 1, 60.0, LONGEST_WAIT)
    assert 50 < take_turn(database, "Acme", 1, 60.0, LONGEST_WAIT) <= 60


class Waits:
    """Sleeps that are only written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_a_request_waits_for_its_turn(database: sqlalchemy.Engine) -> None:
    waits = Waits()
    service = ScriptedService([httpx.Response(200, json={}), httpx.Response(200, json={})])
    queue = Pace("Acme", Limit(1, 5.0), partial(take_turn, database), waits)
    acme = Api("Acme", "https://api.acme.com", service.client(), pace=queue)
    await acme.send("GET", "/a")
    await acme.send("GET", "/b")
    assert len(waits.slept) == 1
    assert 4 < waits.slept[0] <= 5


async def test_a_part_with_a_limit_of_its_own_has_a_queue_of_its_own(database: sqlalchemy.Engine) -> None:
    waits = Waits()
    service = ScriptedService([httpx.Response(200, json={}) for _ in range(3)])
    queue = Pace("Chat", Limit(1, 5.0), partial(take_turn, database), waits)
    chat = Api("Chat", "https://chat.com", service.client(), pace=queue)
    for channel in ("sales", "general", "sales"):
        await chat.send("POST", "/post", pace=queue.of(channel))
    assert len(waits.slept) == 1


async def test_a_long_queue_is_left_to_a_later_run(database: sqlalchemy.Engine) -> None:
    service = ScriptedService([httpx.Response(200, json={})])
    queue = Pace("Acme", Limit(1, 60.0), partial(take_turn, database), Waits())
    acme = Api("Acme", "https://api.acme.com", service.client(), pace=queue)
    await acme.send("GET", "/a")
    with pytest.raises(QueueTooLong, match="queue") as caught:
        await acme.send("GET", "/b")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > LONGEST_WAIT
    assert len(service.requests) == 1

"""Stand-ins that go wrong on purpose: before the work, after it, too late, or not there at all.

What our connectors make of it is tested beside them.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orchestration_project.fake_services import brevo, hubspot, openai, slack
from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.fake_services.faults import (
    AFTER_THE_WORK,
    BEFORE_THE_WORK,
    Away,
    FaultKind,
    FaultPlan,
)
from orchestration_project.fake_services.google_calendar import GoogleCalendarService
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project_tests.hand_clock import HandClock


class Notebook(FakeService):
    """Keeps what is posted, each time anew; with the key only."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.written = threading.Event()

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "key":
            return Reply(401, {"error": "who are you?"})
        if request.method == "POST":
            self.lines.append(request.body["line"])
            self.written.set()
        return Reply(200, {"lines": self.lines})


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def client(notebook: Notebook) -> Iterator[httpx.Client]:
    """Without a network."""
    with httpx.Client(transport=in_memory(notebook), headers={"Authorization": "key"}) as client:
        yield client


@pytest.fixture
def caller(notebook: Notebook) -> Iterator[httpx.Client]:
    """Over a real connection."""
    with notebook, httpx.Client(trust_env=False, timeout=10, headers={"Authorization": "key"}) as client:
        yield client


def write(notebook: Notebook, client: httpx.Client, line: str = "one") -> httpx.Response:
    return client.post(notebook.base_url + "/lines", json={"line": line})


def read(notebook: Notebook, client: httpx.Client) -> httpx.Response:
    return client.get(notebook.base_url + "/lines")


BROKEN: dict[FaultKind, type[Exception]] = {
    FaultKind.REFUSED: httpx.NetworkError,  # ConnectError only where no connection stands yet
    FaultKind.RESET: httpx.ReadError,
    FaultKind.CUT_OFF: httpx.RemoteProtocolError,
    FaultKind.LATE: httpx.ReadTimeout,
}
STATUSES = {
    FaultKind.UNAVAILABLE: 503,
    FaultKind.RATE_LIMITED: 429,
    FaultKind.FAILED_AFTER: 500,
    FaultKind.TRUNCATED: 200,
    FaultKind.ERROR_INSIDE: 200,
}


def met(notebook: Notebook, client: httpx.Client, kind: FaultKind) -> httpx.Response | None:
    """The answer to a write that meets this fault; None where there is none."""
    notebook.disturb(FaultPlan.always(kind))
    if kind in BROKEN:
        with pytest.raises(BROKEN[kind]):
            write(notebook, client)
        return None
    answer = write(notebook, client)
    assert answer.status_code == STATUSES[kind]
    return answer


@pytest.mark.parametrize("way", ["client", "caller"])
@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.LATE])
def test_each_fault_happens_before_or_after_the_work_as_its_kind_says(
    notebook: Notebook, kind: FaultKind, way: str, request: pytest.FixtureRequest
) -> None:
    client: httpx.Client = request.getfixturevalue(way)
    answer = met(notebook, client, kind)
    assert notebook.lines == (["one"] if kind in AFTER_THE_WORK else [])
    assert [one.kind for one in notebook.suffered] == [kind]
    assert len(notebook.accepted) == len(notebook.lines)
    if kind is FaultKind.RATE_LIMITED:
        assert answer is not None and answer.headers["Retry-After"] == "2"
    if kind is FaultKind.TRUNCATED:
        assert answer is not None
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert write(notebook, client, "two").json() == {"lines": notebook.lines}  # one fault, and then none


def test_every_kind_is_before_or_after_the_work() -> None:
    assert set(FaultKind) == BEFORE_THE_WORK | AFTER_THE_WORK


def test_a_late_write_is_done_when_the_test_lets_it(notebook: Notebook, client: httpx.Client) -> None:
    met(notebook, client, FaultKind.LATE)
    assert read(notebook, client).json() == {"lines": []}
    assert [request.body for request in notebook.held] == [{"line": "one"}]

    assert [reply.status for reply in notebook.land()] == [200]
    assert read(notebook, client).json() == {"lines": ["one"]}
    assert notebook.land() == ()  # and once only


def test_a_late_write_is_done_when_its_time_has_come(
    notebook: Notebook, client: httpx.Client, clock: HandClock
) -> None:
    notebook.clock = clock
    met(notebook, client, FaultKind.LATE)
    clock.forward(seconds=14)
    assert read(notebook, client).json() == {"lines": []}
    clock.forward(seconds=1)
    assert read(notebook, client).json() == {"lines": ["one"]}
    assert [one.at for one in notebook.accepted] == [clock.now]


def test_over_a_real_connection_a_late_write_is_done_after_real_seconds(
    notebook: Notebook, caller: httpx.Client, clock: HandClock
) -> None:
    notebook.clock = clock  # which stands still: it is not the next request that does it
    notebook.disturb(FaultPlan(0, {FaultKind.LATE: 1.0}, most=1, late_seconds=0.2))
    with pytest.raises(httpx.ReadTimeout):
        caller.post(notebook.base_url + "/lines", json={"line": "one"}, timeout=0.05)
    assert notebook.lines == []
    assert notebook.written.wait(5)
    assert read(notebook, caller).json() == {"lines": ["one"]}


def test_of_a_question_late_means_that_there_is_no_answer(notebook: Notebook, client: httpx.Client) -> None:
    notebook.disturb(FaultPlan(0, {FaultKind.LATE: 1.0}, most=1))
    with pytest.raises(httpx.ReadTimeout):
        read(notebook, client)
    assert notebook.held == ()


@pytest.mark.parametrize("way", ["client", "caller"])
@pytest.mark.parametrize("how", [how for how in Away if how is not Away.OTHER_SHAPE])
def test_a_service_that_is_away_does_nothing_until_it_is_back(
    notebook: Notebook, how: Away, way: str, request: pytest.FixtureRequest
) -> None:
    client: httpx.Client = request.getfixturevalue(way)
    url = notebook.base_url
    assert read(notebook, client).is_success  # so that a connection stands already

    notebook.go_away(how)
    for _ in range(2):
        if how is Away.REFUSED:
            with pytest.raises(httpx.TransportError):
                write(notebook, client)
        else:
            assert write(notebook, client).status_code == {"503": 503}.get(how.value, 401)
    if how is Away.REFUSED:
        with pytest.raises(httpx.ConnectError):
            write(notebook, client)
    assert notebook.lines == []
    assert notebook.away is how

    notebook.come_back()
    assert notebook.base_url == url
    assert write(notebook, client).json() == {"lines": ["one"]}


def test_what_a_service_took_before_it_went_away_is_done_all_the_same(
    notebook: Notebook, client: httpx.Client
) -> None:
    met(notebook, client, FaultKind.LATE)
    notebook.go_away(Away.REFUSED)
    notebook.land()
    assert notebook.lines == ["one"]


def outcomes(plan: FaultPlan, requests: int = 400) -> list[str]:
    notebook = Notebook()
    notebook.disturb(plan)
    with httpx.Client(transport=in_memory(notebook), headers={"Authorization": "key"}) as client:
        for number in range(requests):
            try:
                write(notebook, client, str(number))
            except httpx.TransportError:
                continue
    return [f"{one.kind.name} {one.request.body}" for one in notebook.suffered]


def test_the_same_seed_makes_the_same_faults_and_another_seed_others() -> None:
    first = outcomes(FaultPlan.of_all(7, 0.2))
    assert first == outcomes(FaultPlan.of_all(7, 0.2))
    assert first != outcomes(FaultPlan.of_all(8, 0.2))
    assert 50 < len(first) < 110  # a fifth of 400
    assert set(Counter(told.split()[0] for told in first)) == {kind.name for kind in FaultKind}


def test_a_plan_can_be_kept_to_some_requests(notebook: Notebook, client: httpx.Client) -> None:
    always: dict[FaultKind, float] = {FaultKind.UNAVAILABLE: 1.0}
    for plan in (
        FaultPlan(0, always, only_methods=frozenset({"POST"})),
        FaultPlan(0, always, only_writes=True),
        FaultPlan(0, always, only_to="POST /lines"),
    ):
        notebook.disturb(plan)
        assert read(notebook, client).status_code == 200
        assert write(notebook, client).status_code == 503
    notebook.disturb(FaultPlan(0, always, only_to="POST /other"))
    assert write(notebook, client).status_code == 200
    notebook.disturb(FaultPlan(0, always))
    notebook.disturb(None)
    assert write(notebook, client).status_code == 200


def test_rates_that_make_no_sense_are_refused() -> None:
    for rates in ({FaultKind.RESET: 0.7, FaultKind.LATE: 0.7}, {FaultKind.RESET: -0.1}):
        with pytest.raises(ValueError, match="rates"):
            FaultPlan(0, rates)


@pytest.mark.parametrize(
    ("service", "ask"),
    [
        (hubspot.FakeHubSpot(), "POST /crm/objects/2026-09/contacts/search"),
        (hubspot.FakeHubSpot(), "POST /crm/objects/2026-09/notes/batch/read"),
        (GoogleCalendarService(), "POST /token"),
        (openai.FakeOpenAi(), "POST /v1/chat/completions"),
        (slack.SlackService(), "GET /api/conversations.history"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_question_asked_by_post_is_no_write(service: FakeService, ask: str) -> None:
    method, path = ask.split()
    assert not service.writes(Request(method, path, {}, {}, b""))
    assert service.writes(Request("PATCH", "/crm/objects/2026-09/contacts/1", {}, {}, b"")) is not isinstance(
        service, openai.FakeOpenAi
    )


@pytest.mark.parametrize(
    ("service", "told"),
    [
        (slack.SlackService(), {"ok": False, "error": "internal_error"}),
        (brevo.FakeBrevo(), {"error": {"code": 503, "message": "Backend Error", "status": "UNAVAILABLE"}}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_inside_a_200_is_told_in_the_services_own_way(service: FakeService, told: Any) -> None:
    assert (service.failure_inside().status, service.failure_inside().body) == (200, told)


def test_a_hundred_services_without_a_network_are_told_apart() -> None:
    notebooks = [Notebook() for _ in range(100)]
    with httpx.Client(transport=in_memory(*notebooks), headers={"Authorization": "key"}) as client:
        for number, one in enumerate(notebooks):
            assert write(one, client, str(number)).json() == {"lines": [str(number)]}
        with pytest.raises(AssertionError, match="no stand-in"):
            client.get("http://127.0.0.1:60000/")


def test_a_rate_limit_names_its_wait_where_the_service_does() -> None:
    service = brevo.FakeBrevo()
    service.disturb(FaultPlan(0, {FaultKind.RATE_LIMITED: 1.0}, retry_after=1800))
    with httpx.Client(transport=in_memory(service)) as client:
        assert client.get(service.base_url + "/account").headers["x-sib-ratelimit-reset"] == "1800"

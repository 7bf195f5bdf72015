"""A service is away for a while: its leads wait, the others go on, and all of it heals by itself, once each.

Ten minutes of an outage pass at once: the clock is the test's. What stands in the accounts afterwards, the
checker says, which knows nothing of the core.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import stamina

from orchestration_project import connecting
from orchestration_project.cli.services_demo import copy_playbook, fill
from orchestration_project.fake_services.checker import Submitted, check_office
from orchestration_project.fake_services.faults import Away, rate_limited
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import Ref
from orchestration_project_tests.orchestration.conftest import NO_WAVE, World
from orchestration_project_tests.orchestration.test_services_demo import at_once

Payload = dict[str, Any]
OUTAGE = 600.0
ONE_TICK = 1.0
IDLE = 15.0
"""Seconds to the next tick when there was nothing to do; the daemon's come sooner, and each one costs."""
SOON = 200.0
"""Seconds after the end of an outage in which everything is through: a probe comes each minute, and a lead
that waits by itself waits a third of the outage at most."""

PRIORITY = ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat")
NURTURE = ("crm_contact", "sequence", "chat")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The services demo's playbook, and its stand-ins without a network."""
    office = Office()
    transport = in_memory(*office.services.values())
    monkeypatch.setattr(connecting, "take_turn", at_once)
    monkeypatch.setattr(connecting, "http_client", lambda: httpx.AsyncClient(transport=transport))
    shutil.rmtree(world.playbook_folder)
    copy_playbook(WORKING_COPY / "playbook", world.playbook_folder)
    world.edit_playbook("playbook.yaml", "hold_from: 0.9", f"hold_from: 0.9\n  {NO_WAVE}")
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    for service in office.services.values():
        service.clock = world.clock
    fill(office, world.playbook())
    return office


def live(world: World, seconds: float, *, until: Callable[[], bool] = lambda: False) -> float:
    """The dispatcher at work for so long, on the test's clock. Answers the seconds that passed."""
    begun = world.clock()
    with world.dispatcher() as dispatcher:
        while (passed := (world.clock() - begun).total_seconds()) < seconds and not until():
            dispatcher.keep_going()
            claims = dispatcher.claims()
            for claim in claims:
                world.execute(claim)
            world.clock.forward(seconds=5.0 if claims else IDLE)
    return passed


def priority(number: int) -> Payload:
    return {
        "id": f"p{number}",
        "name": "Maeve O'Brien",
        "email": f"maeve@joinery-{number}.example",
        "phone": "0117 496 0123",
        "company": f"Joinery {number} Ltd",
        "budget": "£600",
        "message": "Our bookkeeper has just left and the VAT deadline is next month. We are a team of 14 and "
        "need somebody to take over the books in Xero and the monthly payroll as soon as possible.",
    }


def nurture(number: int) -> Payload:
    return {
        "id": f"n{number}",
        "name": "Tom Rees",
        "email": f"tom@rees-{number}.example",
        "message": "How does your bookkeeping service work for a small studio?",
        "consent": True,
    }


SPAM = {"id": "s1", "name": "Bob", "email": "bob@seo.example", "message": "casino backlinks, seo package"}


def expected(world: World, *refs: Ref) -> list[Submitted]:
    """What must stand in the accounts of leads with these refs, by the track they were sent down."""
    lists = {"priority": PRIORITY, "nurture": NURTURE}
    lines = world.ledger.stories.list_leads(refs=refs)
    return [
        Submitted(
            ref=line.ref,
            email=line.email or "",
            actions=lists.get(line.track or "", ()) if line.status == "done" else (),
            sequence="monthly-letter" if line.track == "nurture" else "",
        )
        for line in lines
    ]


def statuses(world: World, refs: tuple[Ref, ...]) -> set[str]:
    return {line.status for line in world.ledger.stories.list_leads(refs=refs)}


GOOGLE = ("mail", "calendar", "folder")
SERVICES = {
    "crm": "HubSpot",
    "mail": "Gmail",
    "chat": "Slack",
    "calendar": "Google Calendar",
    "folder": "Google Drive",
    "sequence": "Mailchimp",
    "company": "People Data Labs",
}


@pytest.mark.parametrize("kinds", [("crm",), ("mail",), ("chat", "sequence"), ("calendar", "folder")])
def test_ten_minutes_without_a_service_heal_by_themselves(
    world: World, office: Office, kinds: tuple[str, ...]
) -> None:
    services = [office.services[SERVICES[kind]] for kind in kinds]
    for service in services:
        service.go_away(Away.UNAVAILABLE)
    refs = world.submit(*map(priority, range(4)), nurture(1))
    (spam,) = world.submit(SPAM)
    live(world, OUTAGE)
    assert world.lead(spam).status == "quarantined", "validation needs no service"
    waiting = [line for line in world.ledger.stories.list_leads(refs=refs) if line.status == "waiting"]
    assert waiting, "some of them need that service"
    # Gmail's stand-in signs in for all of Google's
    # and one lead alone opens no connection
    assert {line.waiting_for for line in waiting} <= {*kinds, None, *(GOOGLE if "mail" in kinds else ())}
    for service in services:
        asked = len(service.requests)
        assert asked < (200 if "mail" in kinds else 70), f"{asked} requests to a service known to be away"
    if not {"crm", "mail"} & {*kinds}:
        assert all("draft" in _done(line) for line in waiting if line.track == "priority")
    for service in services:
        service.come_back()
    took = live(world, SOON, until=lambda: statuses(world, refs) == {"done"})
    assert statuses(world, refs) == {"done"}, [
        (line.status, line.explanation) for line in world.ledger.stories.list_leads(refs=refs)
    ]
    assert took < SOON
    assert check_office(office, expected(world, *refs, spam)) == []


@pytest.mark.parametrize(
    ("kind", "needs_it", "other"),
    [
        ("sequence", nurture, priority),
        ("folder", priority, nurture),
        ("calendar", priority, nurture),
        ("company", priority, nurture),
    ],
)
def test_who_does_not_need_the_service_is_done_in_the_first_tick(
    world: World,
    office: Office,
    kind: str,
    needs_it: Callable[[int], Payload],
    other: Callable[[int], Payload],
) -> None:
    office.services[SERVICES[kind]].go_away(Away.UNAVAILABLE)
    world.submit(*map(needs_it, range(10, 16)))
    live(world, 30)
    (lead,) = world.submit(other(1))
    live(world, ONE_TICK)
    assert world.lead(lead).status == "done"


def test_without_the_company_look_up_a_lead_goes_on_and_its_decision_says_so(
    world: World, office: Office
) -> None:
    office.services[SERVICES["company"]].go_away(Away.UNAVAILABLE)
    refs = world.submit(*map(priority, range(4)))
    live(world, 60, until=lambda: statuses(world, refs) == {"done"})
    assert check_office(office, expected(world, *refs)) == []
    assert statuses(world, refs) == {"done"}


def test_a_service_that_asks_for_half_an_hour_gets_it_from_everybody(world: World, office: Office) -> None:
    office.slack.next_answer(rate_limited(1800), to="POST /api/chat.postMessage")
    first = world.submit(priority(1))
    live(world, 20)
    asked = len(office.slack.asked("POST /api/chat.postMessage"))
    second = world.submit(*map(priority, range(2, 5)))
    live(world, 1700)
    assert len(office.slack.asked("POST /api/chat.postMessage")) == asked
    for line in world.ledger.stories.list_leads(refs=first + second):
        assert _done(line) == set(PRIORITY) - {"chat"}, "everything else is done long since"
    took = live(world, 400, until=lambda: statuses(world, first + second) == {"done"})
    assert statuses(world, first + second) == {"done"}
    assert took > 50, "not before its time"
    assert check_office(office, expected(world, *first, *second)) == []


@pytest.mark.parametrize("kind", ["crm", "folder"])
def test_a_refused_credential_is_told_once_and_goes_on_when_it_is_mended(
    world: World, office: Office, kind: str
) -> None:
    service = office.services[SERVICES[kind]]
    service.go_away(Away.UNAUTHORIZED)
    refs = world.submit(*map(priority, range(4)))
    live(world, OUTAGE)
    state = world.ledger.connections.read()[kind]
    assert (state.state, state.why) == ("open", "refused")
    assert statuses(world, refs) == {"waiting"}
    assert len(service.requests) < 40
    service.come_back()
    live(world, SOON, until=lambda: statuses(world, refs) == {"done"})
    assert statuses(world, refs) == {"done"}
    assert check_office(office, expected(world, *refs)) == []


def better_to_the_ai(number: int) -> Payload:
    """7 by the scorecard, 9 by the stand-in for the AI."""
    return {
        "id": f"a{number}",
        "name": "Maeve O'Brien",
        "email": f"maeve@joinery-{number}.example",
        "phone": "0117 496 0123",
        "budget": "£100",
        "message": "We need monthly bookkeeping for our joinery.",
    }


def test_while_the_ai_is_away_the_scorecard_decides_and_afterwards_the_ai(
    world: World, office: Office
) -> None:
    office.openai.go_away(Away.UNAVAILABLE)
    refs = world.submit(*map(better_to_the_ai, range(3)))
    live(world, 60)
    for line in world.ledger.stories.list_leads(refs=refs):
        assert (line.status, line.track, line.score, line.score_status) == (
            "waiting",
            "nurture",
            7,
            "unavailable",
        )
        assert _done(line) == {"crm_contact", "draft", "chat"}, "nothing was held up"
    live(world, OUTAGE)
    office.openai.come_back()
    live(world, SOON, until=lambda: statuses(world, refs) == {"done"})
    for line in world.ledger.stories.list_leads(refs=refs):
        assert (line.status, line.track, line.score, line.score_status) == ("done", "priority", 9, "scored")
        assert {*PRIORITY, "crm_rescored", "chat_news"} == _done(line)
    told = [message.text for message in office.slack.messages]
    assert len(told) == 2 * len(refs), "one line each, and one when it had changed"
    assert all("now Priority, 9/10" in text for text in told[-len(refs) :])
    assert check_office(office, expected(world, *refs)) == []


def test_a_worse_score_of_the_ai_takes_nothing_back(world: World, office: Office) -> None:
    office.openai.go_away(Away.UNAVAILABLE)
    lead = priority(1) | {"message": priority(1)["message"].replace("books", "accounts")}
    lead["message"] = "Deadline next month, urgent. Our staff of 14 needs VAT returns. I can send my cv, too."
    (ref,) = world.submit(lead)
    live(world, 60)
    before = world.lead(ref)
    office.openai.come_back()
    live(world, SOON, until=lambda: statuses(world, (ref,)) == {"done"})
    after = world.lead(ref)
    assert after.status == "done"
    assert after.track == before.track
    assert after.score_status == "scored"
    assert after.score is not None and before.score is not None and after.score < before.score


def test_a_mailing_list_is_not_taken_back_when_the_ai_is(world: World, office: Office) -> None:
    office.openai.go_away(Away.UNAVAILABLE)
    (ref,) = world.submit(better_to_the_ai(1) | {"consent": True})
    live(world, 60)
    assert "sequence" in _done(world.lead(ref))
    office.openai.come_back()
    live(world, SOON, until=lambda: statuses(world, (ref,)) == {"done"})
    line = world.lead(ref)
    assert (line.status, line.track, line.score) == ("done", "nurture", 9)


def _done(line: Any) -> set[str]:
    return {action.action for action in line.actions if action.status == "done"}

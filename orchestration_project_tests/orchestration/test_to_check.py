"""Leads that a person has to look at: one line in chat, nothing else outside, and the way on."""

import threading
from typing import Any

import pytest
from anyio import to_thread

from orchestration_project.connectors.chat.file import ChatFile
from orchestration_project.healing.breaker import Breaker
from orchestration_project.ledger.checks import ToCheck
from orchestration_project.model import Ref, Written
from orchestration_project.orchestration.to_check import NAMED, Telling, line
from orchestration_project_tests.orchestration.conftest import NO_WAVE, World

Payload = dict[str, Any]
GIVEN = ("Ada", "Boris", "Chloe", "Dmitri", "Elif", "Farah", "Goran")
WAVE = (
    "My name is {1}, our bookkeeper has left us with {0} open invoices and the VAT deadline is next month. "
    "We need somebody to take over the books in Xero as soon as possible."
)
FAMILY = ("Hill", "Ivanov", "Jansen", "Kaya", "Lopez", "Moreau", "Novak", "Owens", "Petrov", "Quinn", "Rossi")


def test_of_a_doubtful_lead_nothing_is_written_outside_but_one_line_until_a_person_has_looked(
    world: World, priority_lead: Payload, nurture_lead: Payload
) -> None:
    world.edit_playbook("playbook.yaml", "hold_from: 0.9", "hold_from: 1")
    world.edit_playbook("playbook.yaml", NO_WAVE, "burst: 1")
    world.edit_playbook("playbook.yaml", "check_from: 0.5", "check_from: 0.4")
    one, two, fine = world.submit(
        priority_lead, priority_lead | {"id": "p2", "email": "b@hill-joinery.example"}, nurture_lead
    )
    world.run()
    for ref in (one, two):
        lead = world.lead(ref)
        assert (lead.status, lead.reason, lead.score, lead.actions) == ("to_check", "maybe_spam", None, ())
    assert world.lead(fine).status == "done"
    assert not any("outbox" in file or "folders" in file for file in world.files())
    log = (world.home / "chat.log").read_text()
    assert 1 <= log.count(one) <= 2
    assert 1 <= log.count(two) <= 2, "in the line, or its key, and nowhere else"
    world.ledger.by_hand.let_go_on([one])
    world.run()
    assert (world.lead(one).status, world.lead(one).track) == ("done", "priority")
    assert world.lead(two).status == "to_check"


def test_of_two_runs_that_tell_at_the_same_moment_one_does(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.edit_playbook("playbook.yaml", "check_from: 0.5", "check_from: 0.01")
    world.edit_playbook("playbook.yaml", "autonomy: draft", "autonomy: observe")  # its run may tell nobody
    (ref,) = world.submit(priority_lead)
    world.run()
    world.edit_playbook("playbook.yaml", "autonomy: observe", "autonomy: draft")
    assert [lead.ref for lead in world.ledger.checks.untold()] == [ref]
    with world.dispatcher() as hands:
        breaker = Breaker(world.ledger.connections, world.ledger.clock)
        telling = Telling(world.ledger, hands.workbench, hands.playbook, breaker, world.said.append)
        find, post, posted = ChatFile.find_message, ChatFile.post, threading.Event()
        other = threading.Thread(target=telling.tell)

        async def find_while_the_other_begins(chat: ChatFile, key: str) -> Written | None:
            found = await find(chat, key)
            if other.ident is None:
                other.start()
                await to_thread.run_sync(posted.wait, 0.5)  # it must not come so far
            return found

        async def posting(chat: ChatFile, key: str, text: str) -> Written:
            sent = await post(chat, key, text)
            posted.set()
            return sent

        monkeypatch.setattr(ChatFile, "find_message", find_while_the_other_begins)
        monkeypatch.setattr(ChatFile, "post", posting)
        telling.tell()
        other.join()
    assert world.ledger.checks.untold() == ()
    assert (world.home / "chat.log").read_text().count("To check:") == 1


def test_a_wave_of_one_text_leaves_nothing_outside_but_a_line_in_chat(world: World) -> None:
    world.edit_playbook("playbook.yaml", NO_WAVE, "burst: 3")
    wave = [
        {
            "id": f"w{number}",
            "name": name,
            "email": f"{name.replace(' ', '.').lower()}@{name.split()[1].lower()}-trade{number}.example",
            "message": WAVE.format(number, name),
        }
        for number in range(105)
        for name in [f"{GIVEN[number % len(GIVEN)]} {FAMILY[number % len(FAMILY)]}"]
    ]
    refs = world.submit(*wave)
    world.run()
    assert {lead.status for lead in world.ledger.stories.list_leads(refs=refs)} <= {"to_check", "quarantined"}
    assert world.sql("SELECT count(*) AS written FROM leads.receipts") == [{"written": 0}]
    assert not any("outbox" in file or "folders" in file for file in world.files())
    lines = (
        (world.home / "chat.log").read_text().count("To check:") if (world.home / "chat.log").exists() else 0
    )
    assert lines <= 2


def test_the_line_names_some_and_counts_the_others() -> None:
    leads = [
        ToCheck(ref=Ref(f"L-{number}"), reason="maybe_spam", explanation="", told=False)
        for number in range(NAMED + 90)
    ]
    told = line(leads)
    assert "L-0 (maybe spam)" in told
    assert "and 90 more (90 maybe spam)" in told
    assert len(told) < 600

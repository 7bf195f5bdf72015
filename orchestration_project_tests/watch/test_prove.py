"""The proof finds what was lost: in the ledger, in a service, and between a source and its cursor."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
import pytest

from orchestration_project import connecting
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.listing import Mark
from orchestration_project.connectors.opened import open_connections
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.fake_services.typeform import TOKEN, FakeTypeform
from orchestration_project.ledger.sources import Reading
from orchestration_project.watch.prove.model import Proof
from orchestration_project.watch.prove.prove import Prover, report
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_services_demo import at_once

LEAD: dict[str, Any] = {
    "id": "p1",
    "name": "Maeve O'Brien",
    "email": "maeve@harbour-joinery.example",
    "phone": "0117 496 0123",
    "company": "Harbour Joinery Ltd",
    "budget": "£600",
    "consent": True,
    "message": "Our bookkeeper has just left and the VAT deadline is next month. We are 14 and need "
    "somebody to take over the books in Xero as soon as possible.",
}


def prove(world: World, *, everything: bool = True) -> Proof:
    playbook = world.playbook()
    context = connector_context(playbook, world.home, world.ledger)
    prover = Prover(world.ledger, playbook, open_connections(playbook.connections, context))

    async def run() -> Proof:
        return await prover.prove(world.clock() - timedelta(days=7), everything=everything)

    return anyio.run(run)


def told(proof: Proof) -> list[str]:
    return [str(mismatch) for mismatch in proof.mismatches]


def test_a_lead_or_a_contact_that_somebody_deleted_is_missed_by_ref(world: World) -> None:
    lost, kept = world.submit(LEAD, {**LEAD, "id": "p2", "email": "ann@other-joinery.example"})
    world.run()
    whole = prove(world)
    report(world.ledger, whole)
    assert told(whole) == []
    assert {(each.action, each.looked, each.there) for each in whole.looked} >= {
        ("crm_contact", 2, 2),
        ("draft", 2, 2),
        ("calendar_hold", 2, 2),
    }
    (count,) = whole.sources
    assert (count.taken_in, count.standing) == (2, {"done": 2})
    (track,) = whole.tracks
    assert track.owed == 12 == sum(track.standing.values())
    assert world.ledger.alerts.open() == ()

    world.sql("DELETE FROM leads.submissions WHERE ref = %s", lost)
    world.sql("DELETE FROM local_crm.contacts WHERE email = %s", "ann@other-joinery.example")
    next((world.home / "calendar").glob(f"{kept}*")).unlink()
    world.sql("DELETE FROM leads.receipts WHERE action = 'folder'")

    holes = prove(world)
    report(world.ledger, holes)
    assert f"{lost}: came from inbox, and is not in the ledger any more" in told(holes)
    assert f"{kept}: is done, and its action folder is missing" in told(holes)
    assert any(line.startswith(f"{kept}: crm_contact is not in local any more") for line in told(holes))
    assert any(line.startswith(f"{kept}: calendar_hold is not in ics any more") for line in told(holes))
    (alert,) = world.ledger.alerts.open()
    assert alert.trouble.cause == "reconciliation"
    assert set(alert.trouble.refs) == {lost, kept}
    assert "do not add up" in world.ledger.marks.read()["prove"].words


def test_how_many_leads_other_rules_have_decided_is_told(world: World) -> None:
    world.submit(LEAD)
    world.run()
    assert prove(world).by_other_rules == 0
    world.edit_playbook("ideal_customer.md", "Good signs:", "Very good signs:")
    proof = prove(world)
    assert (proof.by_other_rules, proof.tracks) == (1, ())
    assert proof.line.endswith(
        "; 1 lead was decided by other rules than those of now, and what they owe is not counted."
    )
    assert "not counted" not in proof.model_copy(update={"by_other_rules": 0}).line


def test_what_a_cursor_has_passed_over_is_taken_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    typeform = FakeTypeform()
    typeform.add_form("contact", {"mail": "Email", "text": "How can we help?"})
    transport = in_memory(typeform)
    monkeypatch.setattr(connecting, "take_turn", at_once)
    monkeypatch.setattr(connecting, "http_client", lambda: httpx.AsyncClient(transport=transport))
    monkeypatch.setenv("TYPEFORM_TOKEN", TOKEN)
    monkeypatch.setenv("TYPEFORM_BASE_URL", typeform.base_url)
    world.edit_playbook(
        "connections.yaml",
        "  inbox: {connector: inbox} ",
        "  website: {connector: typeform, form: contact}\n  inbox: {connector: inbox} ",
    )
    late = world.clock() + timedelta(hours=1)
    passed = Mark(until=late).model_dump_json()
    answers = {"mail": "ann@one.example", "text": "Hello"}
    typeform.submit("contact", "t1", datetime.now(UTC) - timedelta(hours=2), answers)
    world.ledger.sources.move(Reading(source="website", before=None, after=passed))

    proof = prove(world)

    (found,) = proof.mismatches
    assert found.mended and "it is taken in now" in found.says
    (line,) = world.ledger.stories.list_leads()
    assert (line.ref, line.email, line.status) == (found.about, "ann@one.example", "received")
    assert world.sql("SELECT cursor FROM leads.sources") == [{"cursor": passed}], "the sensor's own"
    assert told(prove(world)) == []


def test_a_file_of_the_inbox_brings_a_deleted_lead_back(world: World) -> None:
    done = world.home / "inbox" / "done" / f"{world.clock():%Y-%m-%d}"
    done.mkdir(parents=True)
    (done / "one.json").write_text('{"id": "x1", "email": "ann@one.example"}')
    proof = prove(world)
    assert [each.says for each in proof.mismatches] == ["is at inbox and was not here: it is taken in now"]
    assert len(world.ledger.stories.list_leads()) == 1

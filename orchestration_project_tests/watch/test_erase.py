"""A person who was erased is found nowhere any more: not in a table, not in a file, not in a service."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stamina

from orchestration_project import connecting
from orchestration_project.cli.services_demo import copy_playbook, fill
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.faults import Away
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in, take_in_history
from orchestration_project.ledger.search import find_everywhere
from orchestration_project.model import Delivery
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_services_demo import at_once
from orchestration_project_tests.watch.conftest import Forgetting

MAEVE = "maeve@harbour-joinery.example"
LEAD: dict[str, Any] = {
    "id": "p1",
    "name": "Maeve O'Brien-Ó Súilleabháin",
    "email": MAEVE,
    "phone": "0117 496 0123",
    "company": "Harbour Joinery Ltd",
    "budget": "£600",
    "consent": True,
    "message": "Our bookkeeper has just left and the VAT deadline is next month. We are 14 and need "
    "somebody to take over the books in Xero and the monthly payroll as soon as possible.",
}
LETTER = {
    "id": "n1",
    "name": "Maeve O'Brien-Ó Súilleabháin",
    "email": "Maeve@Harbour-Joinery.example",
    "message": "How does your bookkeeping service work for a small studio?",
    "consent": True,
}
OTHER = {
    "id": "o1",
    "name": "Tom Rees",
    "email": "tom@rees-studio.example",
    "message": f"Maeve ({MAEVE}) told me of you. How does bookkeeping work for a studio?",
    "consent": True,
}
WORDS = (
    MAEVE,
    "maeve o'brien",
    "súilleabháin",
    "4960123",
    "496 0123",
    "take over the books",
    "harbour joinery",
)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office()
    transport = in_memory(*office.services.values())
    monkeypatch.setattr(connecting, "take_turn", at_once)
    monkeypatch.setattr(connecting, "http_client", lambda: httpx.AsyncClient(transport=transport))
    shutil.rmtree(world.playbook_folder)
    copy_playbook(WORKING_COPY / "playbook", world.playbook_folder)
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    for service in office.services.values():
        service.clock = world.clock
    fill(office, world.playbook())
    return office


def found(world: World) -> list[str]:
    """Where a search finds her, besides the lead of somebody else who names her."""
    hits = [f"{hit.table}.{hit.column}" for hit in find_everywhere(world.ledger.engine, WORDS)]
    for path in world.home.rglob("*"):
        told = str(path.relative_to(world.home)) + (
            path.read_text("utf-8", "replace") if path.is_file() else ""
        )
        told = told.casefold() + (json.dumps(told, ensure_ascii=True).casefold())
        hits += [str(path) for word in WORDS if word.casefold() in told]
    return hits


def test_a_person_is_found_nowhere_afterwards_and_others_stay(world: World, forgetting: Forgetting) -> None:
    inbox = world.home / "inbox" / "done" / "2026-11-24"
    inbox.mkdir(parents=True)
    (inbox / "one.json").write_text(json.dumps(LEAD))
    (inbox / "two.jsonl").write_text(f"{json.dumps(LETTER)}\n{json.dumps({'email': 'tom@x.example'})}\n")
    (world.home / "dev.log").write_text(f"something about {MAEVE}\nsomething else\n")
    mine = world.submit(LEAD)
    (again,) = world.submit({**LETTER, "submitted_at": "2020-01-01"})
    (plain,) = world.submit({**OTHER, "message": "How does bookkeeping work for a studio?"})
    world.run()
    assert found(world)

    done = forgetting.erase(MAEVE.upper())

    assert found(world) == []
    assert done.left == ()
    assert set(done.refs) == {*mine, again}
    assert done.counts["files"] == 3 and done.counts["submissions"] == 2
    assert {answer.partition(":")[0] for answer in done.outside.values()} == {"erased"}
    assert [world.lead(ref).status for ref in done.refs] == ["erased", "erased"]
    assert world.lead(plain).status == "done"
    assert json.loads((inbox / "two.jsonl").read_text()) == {"email": "tom@x.example"}
    assert (world.home / "dev.log").read_text() == "something else\n"
    (certificate,) = (world.home / "erased").glob("*.json")
    assert json.loads(certificate.read_text())["refs"] == sorted(done.refs)


def test_what_was_made_in_the_services_goes_too(world: World, forgetting: Forgetting, office: Office) -> None:
    world.submit(LEAD)
    world.submit({**LETTER, "submitted_at": "2020-01-01"})
    world.run()
    held = office.holdings()
    assert held["Gmail"]["drafts"] and held["Mailchimp"]["members"] and office.hubspot.all("notes")

    done = forgetting.erase(MAEVE)

    assert done.left
    assert all("erased: HubSpot" in line for line in done.left), "what HubSpot keeps for some weeks is told"
    told = " ".join(
        str(vars(one))
        for one in (
            *office.hubspot.all("contacts"),
            *office.hubspot.all("notes"),
            *office.hubspot.all("tasks"),
            *office.gmail.mails.values(),
            *office.slack.messages,
            *office.drive.items.values(),
        )
    ) + str((office.mailchimp.members, office.calendar.events))
    assert [word for word in WORDS if word.casefold() in told.casefold()] == []
    assert found(world) == []


def test_a_service_that_is_away_keeps_the_erasure_open_until_it_is_back(
    world: World, forgetting: Forgetting, office: Office
) -> None:
    (ref,) = world.submit(LEAD)
    world.run()
    office.gmail.go_away(Away.UNAVAILABLE)

    open_one = forgetting.erase(MAEVE)

    assert open_one.finished_at is None
    assert world.lead(ref).status == "erased"
    later = [key for key, answer in open_one.outside.items() if answer.startswith("later")]
    assert later[0] == f"{ref} draft gmail", "and what signs in through it"
    assert office.gmail.drafts, "what could not be asked for is still known to be there"
    office.gmail.come_back()
    done = forgetting.erase(MAEVE)
    assert done.id == open_one.id and done.finished_at is not None
    assert not office.gmail.drafts
    assert done.outside[f"{ref} chat slack"] == "erased", "as it was the first time"


def test_what_was_there_before_us_and_what_a_dead_service_holds_is_listed(
    world: World, forgetting: Forgetting, office: Office
) -> None:
    office.hubspot.enter_contact(email=MAEVE, firstname="Maeve", lastname="O'Brien")
    (ref,) = world.submit(LEAD)
    world.run()
    office.slack.go_away(Away.UNAUTHORIZED)
    done = forgetting.erase(MAEVE, without=True)
    assert any(line.startswith(f"{ref} chat slack: later") for line in done.left)
    assert any("was there before we were" in line for line in done.left)
    (contact,) = [one for one in office.hubspot.all("contacts") if one.properties.get("email") == MAEVE]
    assert not contact.properties["lead_ref"]
    assert not office.hubspot.all("notes")
    forgetting.erase(MAEVE, contact_too=True)
    assert not [one for one in office.hubspot.all("contacts") if one.properties.get("email") == MAEVE]


def test_of_two_contacts_the_one_that_stays_is_listed_too(
    world: World, forgetting: Forgetting, office: Office
) -> None:
    for before in ("a.maeve@old.example", "z.maeve@old.example"):
        office.hubspot.enter_contact(email=before, firstname="Maeve", lastname="O'Brien")
    world.submit(LEAD)
    world.run()
    done = forgetting.erase(MAEVE, "a.maeve@old.example", "z.maeve@old.example")
    answers = sorted(answer[:6] for key, answer in done.outside.items() if key.startswith("contact"))
    assert answers == ["cannot", "cannot", "erased"]
    assert len([line for line in done.left if "was there before we were" in line]) == 2


def test_a_sent_mail_stays_and_is_told(world: World, forgetting: Forgetting) -> None:
    world.submit(LEAD)
    world.run()
    (draft,) = (world.home / "outbox" / "to review and send").glob("*.eml")
    draft.rename(world.home / "outbox" / "sent" / draft.name)
    done = forgetting.erase(MAEVE)
    assert any("it was sent" in line for line in done.left)
    assert any(line.startswith("1 file in outbox/sent of L-") for line in done.left)


def test_somebody_who_only_names_the_person_is_left_and_told(world: World, forgetting: Forgetting) -> None:
    world.submit(LEAD)
    (other,) = world.submit(OTHER)
    done = forgetting.erase(MAEVE)
    assert any(line.startswith(f"lead {other}:") for line in done.left)
    assert world.lead(other).status == "received"
    assert other not in done.refs


def test_an_address_that_a_correction_replaced_leads_to_the_same_person(
    world: World, forgetting: Forgetting
) -> None:
    world.submit(LEAD)
    world.submit({**LEAD, "email": "maeve.new@harbour-joinery.example"})
    (later,) = world.submit({**LETTER, "email": "maeve.new@harbour-joinery.example"})
    done = forgetting.erase(MAEVE)
    assert later in done.refs
    assert find_everywhere(world.ledger.engine, ("maeve.new@", MAEVE)) == ()


def test_a_run_that_has_the_lead_loses_it_and_what_it_had_begun_is_waited_for(
    world: World, forgetting: Forgetting
) -> None:
    (ref,) = world.submit(LEAD)
    (lead,) = world.ledger.by_hand.take([ref], "run", "me")
    world.ledger.receipts.begin(lead, "draft", takes=20, settles=10)
    done = forgetting.erase(MAEVE)
    assert forgetting.slept == [pytest.approx(30, abs=2)]
    assert done.finished_at is not None
    world.run()
    assert world.lead(ref).status == "erased"
    with pytest.raises(LeadsError, match="erased on request"):
        world.ledger.by_hand.take([ref], "other", "me")
    world.ledger.by_hand.replay([ref])
    world.ledger.by_hand.set_aside_as_spam([ref])
    assert world.lead(ref).status == "erased"


def test_history_brought_once_more_stays_out_and_a_new_letter_is_a_new_lead(
    world: World, forgetting: Forgetting
) -> None:
    world.submit(LEAD)
    forgetting.erase(MAEVE)
    playbook = world.playbook()

    def delivery(external_id: str, **more: str) -> Delivery:
        return Delivery(external_id=external_id, raw=json.dumps({**LEAD, **more}).encode())

    old = {"submitted_at": "2024-05-01"}
    history = [delivery("1", **old), delivery("2")]
    assert take_in_history(world.ledger, playbook, "csv old", history) == (), "dated before, and undated"
    take_in(
        world.ledger, playbook, "inbox", [delivery("p1"), delivery("p1", message="Once more, the same id.")]
    )
    (late,) = take_in(world.ledger, playbook, "inbox", [delivery("late", **old)])
    assert world.lead(late.ref).status == "erased"
    assert found(world) == []
    world.clock.forward(hours=1)
    (anew,) = take_in(world.ledger, playbook, "inbox", [delivery("anew")])
    assert world.lead(anew.ref).status == "received"
    assert world.sql("SELECT kept_out FROM leads.forgotten") == [{"kept_out": 4}]


def test_another_person_under_the_erased_ones_id_is_a_lead(world: World, forgetting: Forgetting) -> None:
    world.submit(LEAD)
    forgetting.erase(MAEVE)
    world.submit({**OTHER, "id": "p1"})
    (line,) = [line for line in world.ledger.stories.list_leads() if line.status == "received"]
    assert line.email == "tom@rees-studio.example"


def test_an_id_in_which_the_person_stands_goes_too(world: World, forgetting: Forgetting) -> None:
    (ref,) = world.submit({**LEAD, "id": MAEVE})
    forgetting.erase(MAEVE)
    assert found(world) == []
    assert world.submit({**LEAD, "id": MAEVE}) == (ref,)
    assert world.lead(ref).status == "erased"

"""The sample submissions, all of them through the real job: what samples/README.md says becomes of each."""

import email
import email.policy
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import anyio
import pytest

from orchestration_project.clock import utc_now
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project_tests.databases import MIGRATED, fresh_database
from orchestration_project_tests.orchestration.conftest import World, open_world

SAMPLES = WORKING_COPY / "samples"
OWN_HOSTS = {"larkfield.example", "www.larkfield.example"}

PAYLOADS: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "submissions.jsonl").read_text(encoding="utf-8").splitlines()
]
BY_ID = {payload["id"]: payload for payload in PAYLOADS}
README = (SAMPLES / "README.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in README.splitlines()
    if line.startswith("| S-")
]
SCORES = {
    found[1]: int(found[2])
    for found in re.finditer(r"^- (S-\d+): .*?(?:= \d+, so|=) (\d+)$", README, re.MULTILINE)
}


@pytest.fixture(scope="module")
def sample_world(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[World]:
    """A world in which all samples have run, twice submitted; read only."""
    folder = tmp_path_factory.mktemp("samples")
    with fresh_database(postgres, MIGRATED) as engine, open_world(folder, engine) as world:
        crm = LocalCrm(engine, utc_now)
        for line in (SAMPLES / "crm_contacts.jsonl").read_text(encoding="utf-8").splitlines():
            anyio.run(crm.create_contact, json.loads(line), {})
        # no look at the outside: the samples' websites are reserved names
        world.edit_playbook("connections.yaml", "website: {connector: reader}", "website: {connector: none}")
        world.submit(*PAYLOADS)
        world.run()
        yield world


@pytest.fixture(scope="module")
def leads(sample_world: World) -> dict[str, LeadLine]:
    return {lead.external_id: lead for lead in sample_world.ledger.stories.list_leads()}


@pytest.fixture(scope="module")
def drafts(sample_world: World, leads: dict[str, LeadLine]) -> dict[str, EmailMessage]:
    """The draft of each sample that has one."""
    by_ref = {lead.ref: lead.external_id for lead in leads.values()}
    found: dict[str, EmailMessage] = {}
    for path in (sample_world.home / "outbox").rglob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        (ref,) = (ref for ref in by_ref if ref in path.name)
        found[by_ref[ref]] = message
    return found


def body(message: EmailMessage) -> str:
    return "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


def test_every_sample_is_in_the_table_and_the_other_way_round(leads: dict[str, LeadLine]) -> None:
    assert len(ROWS) >= 20
    assert sorted(row[0] for row in ROWS) == sorted(BY_ID) == sorted(leads)


def test_each_sample_becomes_what_the_table_says(leads: dict[str, LeadLine]) -> None:
    became = {name: [lead.status, lead.reason or "-", lead.track or "-"] for name, lead in leads.items()}
    assert became == {name: [status, reason, track] for name, _shows, status, reason, track in ROWS}


def test_all_that_were_not_set_aside_are_scored_as_the_arithmetic_says(leads: dict[str, LeadLine]) -> None:
    assert {name: lead.score for name, lead in leads.items() if lead.status == "done"} == SCORES


def test_the_sample_that_comes_twice_is_counted_twice_and_done_once(leads: dict[str, LeadLine]) -> None:
    assert {name: lead.deliveries for name, lead in leads.items() if lead.deliveries > 1} == {"S-1001": 2}


def test_every_action_of_a_track_has_its_receipt(leads: dict[str, LeadLine]) -> None:
    expected = {
        "priority": {"crm_contact", "task", "draft", "folder", "calendar_hold", "chat"},
        "nurture": {"crm_contact", "draft", "sequence", "chat"},
        "not_fit": {"crm_contact", "draft"},
    }
    for lead in leads.values():
        assert {action.action for action in lead.actions} == expected.get(lead.track or "", set()), (
            lead.external_id
        )
        assert {action.status for action in lead.actions} <= {"done", "skipped"}, lead.external_id


def test_only_leads_that_were_let_in_left_anything_outside(
    sample_world: World, leads: dict[str, LeadLine]
) -> None:
    crm = LocalCrm(sample_world.ledger.engine, utc_now)
    known_before = {
        json.loads(line)["email"].casefold()
        for line in (SAMPLES / "crm_contacts.jsonl").read_text(encoding="utf-8").splitlines()
    }
    in_crm = {(contact.email or "").casefold() for contact in anyio.run(crm.list_contacts)}
    done = {(lead.email or "").casefold() for lead in leads.values() if lead.status == "done"}
    assert in_crm == known_before | done
    set_aside = [lead.ref for lead in leads.values() if lead.status == "quarantined"]
    assert not [file for file in sample_world.files() for ref in set_aside if ref in file]


def test_each_lead_has_the_draft_that_its_receipt_tells_of(
    leads: dict[str, LeadLine], drafts: dict[str, EmailMessage]
) -> None:
    drafted = {
        name
        for name, lead in leads.items()
        if any(action.action == "draft" and action.status == "done" for action in lead.actions)
    }
    assert set(drafts) == drafted
    assert len(drafted) >= 10
    for name, message in drafts.items():
        (address,) = message["To"].addresses
        assert address.addr_spec.casefold() == str(BY_ID[name]["email"]).casefold()


def test_every_draft_parses_without_a_defect(drafts: dict[str, EmailMessage]) -> None:
    for name, message in drafts.items():
        for part in message.walk():
            assert part.defects == [], name
            for header, value in part.items():
                assert getattr(value, "defects", ()) == (), (name, header)
        for required in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
            assert len(message.get_all(required, [])) == 1, (name, required)
        assert message.get_body(("plain",)) is not None
        assert message.get_body(("html",)) is not None
        assert {part.get_content_type() for part in message.walk()} == {
            "multipart/alternative",
            "text/plain",
            "text/html",
        }


def test_no_draft_holds_a_link_or_an_address_of_its_submission(drafts: dict[str, EmailMessage]) -> None:
    checked = 0
    for name, message in drafts.items():
        told = (body(message) + str(message["Subject"])).casefold()
        submitted = " ".join(value for value in BY_ID[name].values() if isinstance(value, str)).casefold()
        hosts = (
            set(re.findall(r"[\w-]+(?:\.[\w-]+)*\.(?:example|com|org|net|de|uk)\b", submitted)) - OWN_HOSTS
        )
        for host in hosts:
            checked += 1
            assert host not in told, (name, host)
        assert str(BY_ID[name]["email"]).casefold() not in told
        linked = {match[1] for match in re.finditer(r"(?:https?://|www\.|mailto:[^@\s]*@)([\w.-]+)", told)}
        assert linked <= OWN_HOSTS, name
        assert "ignore previous" not in told
    assert checked > 15

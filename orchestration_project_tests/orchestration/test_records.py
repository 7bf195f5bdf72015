"""What a record of truth says reaches our copies once, and never over what a person has made of one."""

from typing import Any

import anyio
import dagster as dg
import pytest

from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.connectors.mail.outbox import WAITING
from orchestration_project.data.records import differences
from orchestration_project.model import Context, Ref
from orchestration_project.model.records import Difference
from orchestration_project.watch.care import records_agree
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.following import follow

Payload = dict[str, Any]


def crm(world: World) -> LocalCrm:
    return LocalCrm(world.ledger.engine, world.clock)


def change(world: World, contact: str, *, opted_out: bool | None = None, **fields: str) -> None:
    """A person edits the contact."""
    world.clock.forward(minutes=11)

    async def edit() -> None:
        await crm(world).change_contact(contact, fields, opted_out=opted_out)

    anyio.run(edit)


def receipts(world: World, ref: Ref) -> dict[str, tuple[str, str]]:
    return {line.action: (line.status, line.error or line.note) for line in world.lead(ref).actions}


def story(world: World, ref: Ref) -> list[str]:
    return [f"{event.event}: {event.detail}" for event in world.ledger.stories.tell(ref).events]


def differing(world: World) -> list[Difference]:
    found = world.ledger.held.perhaps_different(100)
    return [each for _, held in found for each in differences(held, world.playbook().records)]


@pytest.fixture
def ref(world: World, priority_lead: Payload) -> Ref:
    """A lead with all its copies, of which everybody says the same."""
    (ref,) = world.submit(priority_lead)
    world.run()
    assert world.lead(ref).status == "done"
    assert follow(world) is None
    return ref


def contact_of(world: World, ref: Ref) -> str:
    receipt = world.ledger.receipts.read_one(ref, "crm_contact")
    assert receipt is not None and receipt.external_id is not None
    return receipt.external_id


def test_a_correction_in_the_crm_is_carried_once_and_what_a_person_made_of_a_copy_is_left(
    world: World, ref: Ref
) -> None:
    (folder,) = [path for path in (world.home / "folders").iterdir() if ref in path.name]
    folder.rename(folder.with_name(f"Website for Maeve ({ref})"))
    change(world, contact_of(world, ref), company="Harbour Joinery Group", name="Maeve Byrne")
    result = follow(world)
    assert result is not None and result.success
    assert (world.home / "folders" / f"Website for Maeve ({ref})").is_dir()
    (hold,) = (world.home / "calendar").glob(f"*{ref}*.ics")
    assert "Maeve Byrne (Harbour Joinery Group)" in hold.read_text().replace("\r\n ", "")
    (draft,) = (world.home / "outbox" / WAITING).glob(f"*{ref}*.eml")
    assert "Maeve Byrne" in draft.read_text()
    lead = world.ledger.facts.read(Context, [ref])[ref].lead
    assert (lead.person.full_name, lead.company.name) == ("Maeve Byrne", "Harbour Joinery Group")
    done = receipts(world, ref)
    assert (done["calendar_update_2"][0], done["mail_update_2"][0]) == ("done", "done")
    assert done["folder_update_2"][0] == "skipped" and "a person has changed it" in done["folder_update_2"][1]
    assert any(line.startswith("company changed: in the CRM") for line in story(world, ref))
    (difference,) = differing(world)
    assert (difference.copy_in, difference.right) == ("folder", f"Harbour Joinery Group ({ref})")
    assert difference.other == f"Website for Maeve ({ref})"
    assert follow(world) is None, "a change is carried once"
    check = records_agree(playbook=world.playbook(), ledger=world.ledger)
    assert isinstance(check, dg.AssetCheckResult)
    assert (check.passed, check.metadata["leads"].value) == (False, ref)
    assert "Maeve" not in f"{check.description} {check.metadata}", "it names leads, and nobody"

    world.ledger.by_hand.replay([ref])
    change(world, contact_of(world, ref), company="Harbour Joinery Group", name="Maeve Byrne-Kelly")
    assert follow(world) is None, "what the lead will say is not known yet"
    world.run()
    follow(world)
    assert "Maeve Byrne-Kelly (Harbour Joinery Group)" in hold.read_text().replace("\r\n ", "")
    again = world.ledger.facts.read(Context, [ref])[ref].lead
    assert again.company.name == "Harbour Joinery Group", "gone through again, it is the record that counts"


def test_a_name_that_stands_only_in_the_address_of_a_draft_is_carried_too(world: World, ref: Ref) -> None:
    (draft,) = (world.home / "outbox" / WAITING).glob(f"*{ref}*.eml")
    before = world.ledger.facts.read(Context, [ref])[ref].lead.person
    assert before.given_name is not None
    change(world, contact_of(world, ref), name=f"{before.given_name} Quinn-Lee")
    follow(world)
    (addressed,) = [line for line in draft.read_text().splitlines() if line.startswith("To: ")]
    assert addressed.startswith(f"To: {before.given_name} Quinn-Lee <")
    assert receipts(world, ref)["mail_update_1"] == ("done", "brought up to the record: draft")
    assert differing(world) == []


def test_what_says_so_already_is_not_written_and_that_is_told(world: World, ref: Ref) -> None:
    change(world, contact_of(world, ref), phone="+44 20 7946 0018")
    follow(world)
    told = receipts(world, ref)["mail_update_1"]
    assert told == ("done", "nothing to change: it says what the record says")


def test_a_draft_that_a_person_has_addressed_anew_is_left(world: World, ref: Ref) -> None:
    (draft,) = (world.home / "outbox" / WAITING).glob(f"*{ref}*.eml")
    edited = "\n".join(
        line.replace("To: ", "To: Dr ") if line.startswith("To: ") else line
        for line in draft.read_text().splitlines()
    )
    draft.write_text(edited)
    change(world, contact_of(world, ref), name="Maeve Quinn-Lee")
    follow(world)
    assert draft.read_text() == edited


def test_a_draft_that_a_person_has_edited_is_left_and_shown(world: World, ref: Ref) -> None:
    (draft,) = (world.home / "outbox" / WAITING).glob(f"*{ref}*.eml")
    draft.write_text(draft.read_text().replace("Hello Maeve", "Dear Maeve").replace("Hi Maeve", "Dear Maeve"))
    edited = draft.read_text()
    change(world, contact_of(world, ref), name="Maeve Byrne")
    follow(world)
    assert draft.read_text() == edited
    assert [(each.item, each.copy_in) for each in differing(world)] == [("draft", "mail")]


def test_after_a_crash_between_writing_a_copy_and_its_record_it_is_not_taken_for_a_persons(
    world: World, ref: Ref
) -> None:
    change(world, contact_of(world, ref), company="Harbour Joinery Group")
    follow(world)
    # as if the process had died before any of it was written down
    world.sql("UPDATE leads.copy_values SET pending = 'carry' WHERE system = 'crm' AND item = 'company'")
    world.sql(
        "UPDATE leads.copy_values SET writing = written, written = 'as it was', says = NULL "
        "WHERE item IN ('title', 'draft')"
    )
    world.sql(
        "UPDATE leads.receipts SET status = 'begun', clear_at = now() - interval '1 hour' "
        "WHERE action LIKE '%%_update_1'"
    )
    follow(world)
    done = receipts(world, ref)
    assert {done[f"{system}_update_1"][0] for system in ("folder", "calendar", "mail")} == {"done"}
    change(world, contact_of(world, ref), company="Harbour Group")
    follow(world)
    assert (world.home / "folders" / f"Harbour Group ({ref})").is_dir()
    receipt = world.ledger.receipts.read_one(ref, "folder")
    assert receipt is not None and "Harbour%20Group" in (receipt.url or ""), "the link still leads there"
    assert differing(world) == []


def test_a_consent_that_a_person_of_ours_was_told_of_stops_every_sequence_and_none_begins_any_more(
    world: World, nurture_lead: Payload
) -> None:
    first, other = world.submit(nurture_lead, nurture_lead | {"id": "n2", "email": "ann@other.example"})
    world.run()
    follow(world)
    rows = (world.home / "sequences" / "monthly-letter.csv").read_text()
    assert "tom@rees-studio.example" in rows and "ann@other.example" in rows
    world.ledger.consents.say(first, withdrawn=True)
    result = follow(world)
    assert result is not None and result.success
    rows = (world.home / "sequences" / "monthly-letter.csv").read_text()
    assert "tom@rees-studio.example" not in rows and "ann@other.example" in rows
    assert receipts(world, first)["sequence_stop"][0] == "done"
    assert "sequence_stop" not in receipts(world, other)
    world.clock.forward(days=3)
    (second,) = world.submit(nurture_lead | {"id": "n3", "message": "How does payroll work for a studio?"})
    world.run()
    status, note = receipts(world, second)["sequence"]
    assert status == "skipped" and "consent was withdrawn" in note
    assert follow(world) is None

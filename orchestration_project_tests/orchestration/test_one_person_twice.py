"""One person writes twice: what a run makes of the second message, whatever became of the first."""

from typing import Any

import pytest

from orchestration_project.model import Context, Reason, ReceiptStatus, Ref
from orchestration_project.process import myself
from orchestration_project_tests.orchestration.conftest import World

JUNK = "casino backlinks viagra, a crypto giveaway, page one of google, loan approved"


def seen(world: World, *refs: Ref) -> list[tuple[str, str | None]]:
    return [(world.lead(ref).status, world.lead(ref).reason) for ref in refs]


def test_junk_first_and_a_genuine_one_second_in_one_batch(
    world: World, nurture_lead: dict[str, Any], priority_lead: dict[str, Any]
) -> None:
    junk, genuine, *others = world.submit(
        nurture_lead | {"id": "junk", "message": JUNK},
        nurture_lead,
        priority_lead,
        priority_lead | {"id": "p2", "email": "p2@harbour-joinery.example"},
    )
    world.run()
    assert seen(world, junk, genuine) == [("quarantined", "spam"), ("done", None)]
    assert seen(world, *others) == [("done", None)] * 2


def test_a_genuine_one_first_and_junk_second(world: World, nurture_lead: dict[str, Any]) -> None:
    genuine, junk = world.submit(nurture_lead, nurture_lead | {"id": "junk", "message": JUNK})
    world.run()
    assert seen(world, genuine, junk) == [("done", None), ("quarantined", "spam")]


def test_a_form_sent_twice_is_a_duplicate(world: World, nurture_lead: dict[str, Any]) -> None:
    first, second = world.submit(nurture_lead, nurture_lead | {"id": "n2"})
    world.run()
    assert seen(world, first, second) == [("done", None), ("quarantined", "duplicate")]


def test_who_writes_again_after_their_lead_needs_a_person_is_news(
    world: World, nurture_lead: dict[str, Any]
) -> None:
    (first,) = world.submit(nurture_lead)
    (lead,) = world.ledger.by_hand.take([first], "by hand", "nobody")
    world.ledger.outcomes.needs_person(lead, "The disk is full.", "by hand")
    (second,) = world.submit(nurture_lead | {"id": "n2", "message": "Hello? How does it work?"})
    world.run()
    assert seen(world, first, second) == [("needs_person", None), ("done", None)]


def test_when_a_first_message_turns_out_to_be_junk_the_second_goes_on(
    world: World, nurture_lead: dict[str, Any]
) -> None:
    """A person says so later on: nobody is the duplicate of a lead that was set aside."""
    first, second = world.submit(
        nurture_lead | {"message": f"{nurture_lead['message']} And do you do the books of one like mine?"},
        nurture_lead | {"id": "n2"},
    )
    world.run()
    assert seen(world, first, second)[1] == ("quarantined", "duplicate")
    (lead,) = world.ledger.by_hand.take([first], "by hand", "nobody")
    world.ledger.outcomes.quarantine(lead, Reason.SPAM, "spam after all", None, "by hand")
    world.run()
    assert seen(world, first, second) == [("quarantined", "spam"), ("done", None)]


def test_the_contact_that_a_lead_has_made_does_not_make_it_known_when_it_is_replayed(
    world: World, nurture_lead: dict[str, Any]
) -> None:
    (ref,) = world.submit(nurture_lead)
    world.run()
    before = world.lead(ref)
    world.ledger.by_hand.replay([ref])
    world.run()
    after = world.lead(ref)
    assert (after.status, after.track, after.score) == (before.status, before.track, before.score)
    (context,) = world.ledger.facts.read(Context, [ref]).values()
    assert context.standing.kind == "new" and context.standing.contact is not None


def done(world: World, ref: Ref) -> set[str]:
    receipts = world.ledger.receipts.read([ref])[ref]
    return {name for name, receipt in receipts.items() if receipt.status is ReceiptStatus.DONE}


def test_who_writes_again_is_heard_and_gets_nothing_twice(
    world: World, priority_lead: dict[str, Any]
) -> None:
    first, second = world.submit(
        priority_lead, priority_lead | {"id": "p2", "message": "I forgot: please ring after five."}
    )
    world.run()
    assert seen(world, first, second) == [("done", None)] * 2
    assert done(world, first) == {"crm_contact", "task", "draft", "folder", "calendar_hold", "chat"}
    assert done(world, second) == {"crm_contact", "chat"}
    contacts, notes = (world.sql(f"SELECT * FROM local_crm.{table}") for table in ("contacts", "notes"))
    assert (len(contacts), len(notes)) == (1, 2)
    said = (world.home / "chat.log").read_text()
    assert f"wrote again, after {first}" in said and "please ring after five" in said
    assert [
        event.detail for event in world.ledger.stories.tell(first).events if event.event == "wrote again"
    ] == [f"as {second}"]


def test_who_writes_again_from_another_run_waits_until_the_first_is_decided(
    world: World, priority_lead: dict[str, Any]
) -> None:
    first, second = world.submit(
        priority_lead, priority_lead | {"id": "p2", "message": "Please ring after five."}
    )
    world.ledger.by_hand.take([first], "a run of its own", myself())
    world.run_once()
    assert world.lead(second).status == "waiting"
    assert first in world.lead(second).explanation


def test_what_lifts_a_lead_to_a_better_track_is_done_and_only_that(
    world: World, nurture_lead: dict[str, Any], priority_lead: dict[str, Any]
) -> None:
    (first,) = world.submit(nurture_lead)
    world.run()
    assert world.lead(first).track == "nurture"
    again = {name: nurture_lead[name] for name in ("name", "email")}
    (second,) = world.submit({**priority_lead, **again, "id": "n2"})
    world.run()
    assert world.lead(second).track == "priority"
    assert done(world, second) == {"crm_contact", "task", "draft", "folder", "calendar_hold", "chat"}
    assert "Moved up to Priority" in (world.home / "chat.log").read_text()


def test_a_first_message_that_waited_for_a_person_does_not_act_again_what_the_second_has_done(
    world: World, priority_lead: dict[str, Any]
) -> None:
    (first,) = world.submit(priority_lead)
    (lead,) = world.ledger.by_hand.take([first], "by hand", "nobody")
    world.ledger.outcomes.needs_person(lead, "The disk is full.", "by hand")
    (second,) = world.submit(priority_lead | {"id": "p2", "message": f"{priority_lead['message']} Hello?"})
    world.run()
    assert done(world, second) == {"crm_contact", "task", "draft", "folder", "calendar_hold", "chat"}
    world.ledger.by_hand.replay([first])
    world.run()
    assert seen(world, first, second) == [("done", None)] * 2
    assert done(world, first) == {"crm_contact", "chat"}
    assert f"{second}, of the same person, has it" in world.ledger.receipts.read([first])[first]["draft"].note


@pytest.mark.parametrize(
    "email", ["t.om.rees@gmail.com", "tomrees+form@googlemail.com", "TomRees@Gmail.com", "tomrees@gmail.com"]
)
def test_all_spellings_of_a_mailbox_are_one_contact(
    world: World, nurture_lead: dict[str, Any], email: str
) -> None:
    first, second = world.submit(
        nurture_lead | {"email": "tomrees@gmail.com"},
        nurture_lead | {"id": "n2", "email": email, "message": "Could you call me? It is about VAT."},
    )
    world.run()
    assert seen(world, first, second) == [("done", None)] * 2
    assert len(world.sql("SELECT * FROM local_crm.contacts")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "tomrees@gmial.com"},
        {"email": "tom@rees-studio.example", "phone": "020 7946 0018"},
        {"email": "studio.tr@outlook.com", "phone": "020 7946 0018"},
    ],
)
def test_who_may_be_the_same_person_is_told_and_not_taken_for_them(
    world: World, nurture_lead: dict[str, Any], changes: dict[str, str]
) -> None:
    first, second = world.submit(
        nurture_lead | {"email": "tomrees@gmail.com", "phone": "020 7946 0018"},
        nurture_lead | {"id": "n2", "message": "Could you call me? It is about VAT."} | changes,
    )
    world.run()
    assert seen(world, first, second) == [("done", None)] * 2
    notes = " ".join(row["text"] for row in world.sql("SELECT * FROM local_crm.notes"))
    for told in (notes, (world.home / "chat.log").read_text()):
        assert f"Maybe the same person as {first}" in told

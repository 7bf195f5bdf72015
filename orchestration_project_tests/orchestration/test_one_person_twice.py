"""One person writes twice: what a run makes of the second message, whatever became of the first."""

from typing import Any

from orchestration_project.model import Context, Reason, Ref
from orchestration_project_tests.orchestration.conftest import World

JUNK = "casino backlinks viagra"


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


def test_the_second_of_two_genuine_ones_is_a_duplicate(world: World, nurture_lead: dict[str, Any]) -> None:
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
        nurture_lead | {"message": "Do you do the books of a studio like mine?"},
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

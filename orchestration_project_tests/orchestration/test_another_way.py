"""The list refuses one person: what the track meant for them happens another way, and nobody else notices."""

import hashlib

import dagster as dg
import pytest

from orchestration_project.fake_services.checker import Submitted, check_office
from orchestration_project.fake_services.faults import Away, status
from orchestration_project.fake_services.mailchimp import AUDIENCE
from orchestration_project.fake_services.office import Office
from orchestration_project.model import Ref
from orchestration_project.orchestration.graph import build_graph
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_outages import (
    SOON,
    live,
    no_waiting,
    nurture,
    office,
)

__all__ = ["no_waiting", "office"]

FORGOTTEN = status(
    400,
    {
        "title": "Forgotten Email Not Subscribed",
        "status": 400,
        "detail": "The address was permanently deleted and cannot be re-imported.",
    },
)
REFUSAL = "Mailchimp: refuses this person, who was deleted from the audience for good"


def forget(office: Office, email: str) -> None:
    """Mailchimp refuses this person the next time."""
    member = hashlib.md5(email.encode(), usedforsecurity=False).hexdigest()
    office.mailchimp.next_answer(FORGOTTEN, to=f"PUT /3.0/lists/{AUDIENCE}/members/{member}")


def done(world: World, *refs: Ref) -> bool:
    return {line.status for line in world.ledger.stories.list_leads(refs=refs)} == {"done"}


def outcomes(world: World, ref: Ref) -> dict[str, str]:
    return {line.action: line.status for line in world.lead(ref).actions}


def told(office: Office, ref: Ref) -> list[str]:
    return [message.text for message in office.slack.messages if ref in message.text]


def test_whom_the_list_refuses_gets_the_draft_and_the_team_is_told(world: World, office: Office) -> None:
    forget(office, "tom@rees-1.example")
    forgotten, taken = world.submit(nurture(1), nurture(2) | {"name": "Ann Dray"})
    live(world, 60.0, until=lambda: done(world, forgotten, taken))

    both = {"crm_contact": "done", "chat": "done"}
    assert outcomes(world, forgotten) == both | {"sequence": "skipped", "draft": "done"}
    assert outcomes(world, taken) == both | {"sequence": "done", "draft": "skipped"}
    receipts = world.ledger.receipts.read([forgotten, taken])
    assert receipts[forgotten]["sequence"].note == f"{REFUSAL}."
    assert receipts[taken]["draft"].note == "gets the sequence instead"
    assert not check_office(
        office,
        [
            Submitted(forgotten, "tom@rees-1.example", ("crm_contact", "draft", "chat")),
            Submitted(taken, "tom@rees-2.example", ("crm_contact", "sequence", "chat"), "monthly-letter"),
        ],
    )
    (line,) = told(office, forgotten)
    assert line.endswith(f"Draft waits in gmail, contact saved; no sequence: {REFUSAL}; {forgotten}")
    (line,) = told(office, taken)
    assert line.endswith(f"Enrolled in monthly-letter, contact saved; {taken}")


def test_while_the_list_is_away_nobody_is_written_to_and_once_it_refuses_the_draft_is_there(
    world: World, office: Office
) -> None:
    office.mailchimp.go_away(Away.UNAVAILABLE)
    (ref,) = world.submit(nurture(1))
    live(world, 60.0)
    assert outcomes(world, ref)["draft"] == "waiting"
    assert world.ledger.receipts.read([ref])[ref]["draft"].note == "waits for sequence"
    assert not office.gmail.drafts
    (line,) = told(office, ref)
    assert line.endswith(f"Contact saved; looked up again by itself, its end is not known: sequence; {ref}")

    office.mailchimp.come_back()
    forget(office, "tom@rees-1.example")
    live(world, SOON, until=lambda: done(world, ref))
    assert done(world, ref)
    assert len(office.gmail.drafts) == 1
    assert told(office, ref)[1:] == [f"Tom Rees, again: draft waits in gmail; no sequence: {REFUSAL}; {ref}"]


def test_the_graph_runs_the_stand_in_behind_what_it_stands_in_for(world: World) -> None:
    (branch,) = [node for node in build_graph(world.playbook()).node_defs if node.name == "nurture"]
    assert isinstance(branch, dg.GraphDefinition)
    (before,) = [needs.values() for node, needs in branch.dependencies.items() if node.name == "draft"]
    waits_for = {output.node for needed in before for output in needed.get_node_dependencies()}
    assert waits_for == {"sequence"}


@pytest.mark.parametrize("level", ["observe"])
def test_what_is_only_planned_is_not_replaced(world: World, office: Office, level: str) -> None:
    world.edit_playbook("playbook.yaml", "\nautonomy: draft", f"\nautonomy: {level}")
    (ref,) = world.submit(nurture(1))
    live(world, 30.0, until=lambda: world.lead(ref).status == "planned")
    assert outcomes(world, ref)["sequence"] == "planned"
    assert outcomes(world, ref)["draft"] == "skipped"

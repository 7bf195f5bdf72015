"""A connector is one module and one line: a toy CRM is added that way, and a lead goes through it.

The module is `fakes/toy_crm.py`; the line is the one that `toy_crm` puts into the CRMs' table.
"""

import json
from typing import Any

import pytest

from orchestration_project.connectors import crm
from orchestration_project_tests.orchestration.conftest import World


@pytest.fixture
def toy_crm(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(crm.TABLE, "toy", "orchestration_project_tests.fakes.toy_crm:ToyCrm")
    world.edit_playbook("connections.yaml", "website: {connector: reader}", "website: {connector: none}")
    return world


def connect(world: World, line: str) -> None:
    world.edit_playbook("connections.yaml", "crm: {connector: local}", line)


def test_a_lead_goes_through_a_crm_that_is_one_module_and_one_line(
    toy_crm: World, priority_lead: dict[str, Any]
) -> None:
    connect(toy_crm, "crm: {connector: toy, autonomy: draft, file: toy.json}")
    (ref,) = toy_crm.submit(priority_lead)
    toy_crm.run()
    lead = toy_crm.lead(ref)
    assert (lead.status, lead.track) == ("done", "priority")
    assert {action.status for action in lead.actions} == {"done"}
    kept = json.loads((toy_crm.home / "toy.json").read_text(encoding="utf-8"))
    (contact,) = kept["contacts"].values()
    assert (contact["email"], contact["name"]) == (priority_lead["email"], priority_lead["name"])
    assert contact["properties"]["lead_ref"] == ref
    assert [len(kept[kind]) for kind in ("notes", "tasks")] == [1, 1]


def test_a_new_service_writes_nothing_until_its_line_says_more(
    toy_crm: World, priority_lead: dict[str, Any]
) -> None:
    connect(toy_crm, "crm: {connector: toy, file: toy.json}")
    (ref,) = toy_crm.submit(priority_lead)
    toy_crm.run()
    planned = {action.action: action.status for action in toy_crm.lead(ref).actions}
    assert planned["crm_contact"] == "planned"
    assert not (toy_crm.home / "toy.json").exists()

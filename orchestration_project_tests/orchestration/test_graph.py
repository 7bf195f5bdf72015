"""The lines of the graph: what waits for what. From them the Dagster UI draws the branches side by side."""

from itertools import product

import dagster as dg
import pytest

from orchestration_project.action.registry import AFTER
from orchestration_project.orchestration.graph import build_graph, drawn
from orchestration_project.playbook.order import in_order, waits_for
from orchestration_project.playbook.tracks import TrackAction
from orchestration_project_tests.orchestration.conftest import World


def test_an_op_waits_for_all_it_did_and_no_line_says_it_twice() -> None:
    """Over all tracks of three actions and more: whoever is waited for is reached along the lines."""
    for picked in product((False, True), repeat=len(AFTER)):
        steps = [TrackAction(action=name) for name, there in zip(AFTER, picked, strict=True) if there]
        reached: dict[str, set[str]] = {}
        for name in in_order(steps, AFTER):
            near = drawn(name, steps, AFTER)
            reached[name] = set(near).union(*(reached[one] for one in near))
            assert reached[name] == set(waits_for(name, steps, AFTER))
            assert all(one not in reached[other] for one in near for other in near)


def test_beside_the_branches_stands_no_single_op_that_would_be_drawn_over_one(world: World) -> None:
    for node in build_graph(world.playbook()).nodes:
        assert isinstance(node.definition, dg.GraphDefinition), node.name


@pytest.mark.parametrize("track", ["priority", "nurture", "not_fit"])
def test_a_branch_begins_at_the_route_and_all_of_it_ends_in_finish(world: World, track: str) -> None:
    branch = build_graph(world.playbook()).node_named(track).definition
    assert isinstance(branch, dg.GraphDefinition)
    structure = branch.dependency_structure
    waited_for = {
        upstream.node_name
        for node in branch.nodes
        for outputs in structure.input_to_upstream_outputs_for_node(node.name).values()
        for upstream in outputs
    }
    assert {node.name for node in branch.nodes} - waited_for == {"finish"}, (
        "a dead end would not be waited for"
    )
    routed = {mapping.maps_to.node_name for mapping in branch.input_mappings}
    without = {
        node.name
        for node in branch.nodes
        if not any(structure.input_to_upstream_outputs_for_node(node.name).values())
    }
    assert without <= routed

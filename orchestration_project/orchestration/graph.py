"""The graph of the workflow: three layers, and a branch for each track of the playbook.

Generated, so that a new track needs no Python; what an op does is in the `*_ops.py` modules. Ops hand on only
their order: which leads a run carries, and where they stand, is in the ledger.
"""

from typing import Any

import dagster as dg

from orchestration_project.action.base import Action
from orchestration_project.action.registry import ACTIONS
from orchestration_project.orchestration.action_ops import build_action_op, finish
from orchestration_project.orchestration.data_ops import gather_context, receive
from orchestration_project.orchestration.decision_ops import build_route, score, validate
from orchestration_project.playbook.model import Playbook, Track

Wire = Any
"""What dagster hands around while a graph is being put together: the output of a node, not a value."""

JOB = "lead_intake"


def build_graph(playbook: Playbook) -> dg.GraphDefinition:
    action_ops = {name: build_action_op(action) for name, action in ACTIONS.items()}
    branches = {track.name: build_branch(track, action_ops) for track in playbook.tracks}
    route = build_route(playbook)

    @dg.graph(
        description="Layer 1: what the source delivered, made regular, with all that is known beside it."
    )
    def data() -> Wire:
        return gather_context(receive())

    @dg.graph(
        description="Layer 2: is it genuine, how good is it, where does it go?",
        ins={"gathered": dg.GraphIn()},
        out={track.name: dg.GraphOut(description=track.title) for track in playbook.tracks},
    )
    def decision(gathered: Wire) -> dict[str, Wire]:
        routed = route(score(validate(gathered)))
        # of a single track, dagster hands out the wire itself
        return {name: getattr(routed, name, routed) for name in branches}

    @dg.graph(
        name=JOB, description="From submission to reviewed draft: data, decision, and a branch a track."
    )
    def lead_intake() -> None:
        routed = decision(data())
        for name, branch in branches.items():
            branch(getattr(routed, name, routed))

    return lead_intake


def build_branch(track: Track, action_ops: dict[str, dg.OpDefinition]) -> dg.GraphDefinition:
    """The actions of a track; those that do not wait for one another stand side by side."""
    listed = {name: ACTIONS[name] for name in track.action_names}

    @dg.graph(
        name=track.name,
        description=f"Layer 3, track {track.title}: {', '.join(listed)}.",
        ins={"routed": dg.GraphIn()},
    )
    def branch(routed: Wire) -> None:
        acted: dict[str, Wire] = {}
        for name in in_order(listed):
            before = [acted[earlier] for earlier in drawn(name, listed)]
            first_or_last = not before or listed[name].after == ("*",)
            acted[name] = action_ops[name](start_after=[routed, *before] if first_or_last else before)
        waited_for = {earlier for name in listed for earlier in drawn(name, listed)}
        finish(start_after=[wire for name, wire in acted.items() if name not in waited_for])

    return branch


def waits_for(name: str, listed: dict[str, Action]) -> list[str]:
    """The actions of the same track that come before this one."""
    after = listed[name].after
    if after == ("*",):
        return [other for other in listed if other != name and listed[other].after != ("*",)]
    return [other for other in after if other in listed]


def drawn(name: str, listed: dict[str, Action]) -> list[str]:
    """The same without those that one of the others waits for: fewer lines say as much. With these lines, and
    one from the route to what comes last, the UI draws the branches of an exploded graph side by side."""
    before = waits_for(name, listed)
    return [one for one in before if not any(one in waits_for(other, listed) for other in before)]


def in_order(listed: dict[str, Action]) -> list[str]:
    """The playbook's order, with what an action waits for before it."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for before in waits_for(name, listed):
            add(before)
        if name not in ordered:
            ordered.append(name)

    for name in listed:
        add(name)
    return ordered

"""The graph of the workflow: three layers, and a branch for each track of the playbook.

Generated, so that a new track needs no Python; what an op does is in the `*_ops.py` modules.
"""

from typing import Any

import dagster as dg

from orchestration_project.action.base import Action
from orchestration_project.action.registry import ACTIONS
from orchestration_project.orchestration.action_ops import build_action_op, finish
from orchestration_project.orchestration.data_ops import gather_context, normalise, receive
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
        return gather_context(normalise(receive()))

    @dg.graph(
        description="Layer 2: is it genuine, how good is it, where does it go?",
        out={track.name: dg.GraphOut(description=track.title) for track in playbook.tracks},
    )
    def decision(contexts: Wire) -> dict[str, Wire]:
        genuine = validate(contexts).genuine
        routed = route(genuine, score(genuine))
        return {name: getattr(routed, name) for name in branches}

    @dg.graph(
        name=JOB, description="From submission to reviewed draft: data, decision, and a branch a track."
    )
    def lead_intake() -> None:
        routed = decision(data())
        for name, branch in branches.items():
            branch(getattr(routed, name))

    return lead_intake


def build_branch(track: Track, action_ops: dict[str, dg.OpDefinition]) -> dg.GraphDefinition:
    """The actions of a track; those that do not wait for one another stand side by side."""
    listed = {name: ACTIONS[name] for name in track.action_names}

    @dg.graph(name=track.name, description=f"Layer 3, track {track.title}: {', '.join(listed)}.")
    def branch(decided: Wire) -> Wire:
        receipts: dict[str, Wire] = {}
        for name in in_order(listed):
            receipts[name] = action_ops[name](
                decided, [receipts[before] for before in waits_for(name, listed)]
            )
        return finish(decided, list(receipts.values()))

    return branch


def waits_for(name: str, listed: dict[str, Action]) -> list[str]:
    """The actions of the same track that come before this one."""
    after = listed[name].after
    if after == ("*",):
        return [other for other in listed if other != name and listed[other].after != ("*",)]
    return [other for other in after if other in listed]


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

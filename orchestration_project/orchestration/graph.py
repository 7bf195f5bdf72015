"""The graph of the workflow: three layers, and a branch for each track of the playbook.

Generated, so that a new track needs no Python; what an op does is in the `*_ops.py` modules. Ops hand on only
their order: which leads a run carries, and where they stand, is in the ledger.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration_project.action.registry import ACTIONS, AFTER
from orchestration_project.orchestration.action_ops import build_action_op, finish
from orchestration_project.orchestration.data_ops import gather_context, receive
from orchestration_project.orchestration.decision_ops import build_route, score, validate
from orchestration_project.orchestration.pools import narrow
from orchestration_project.orchestration.to_check import BRANCH, to_check
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.order import in_order, waits_for
from orchestration_project.playbook.tracks import Track, TrackAction

Wire = Any
"""What dagster hands around while a graph is being put together: the output of a node, not a value."""

JOB = "lead_intake"


def build_graph(playbook: Playbook) -> dg.GraphDefinition:
    pools = narrow(playbook)
    action_ops = {
        name: build_action_op(action, action.kind if action.kind in pools else None)
        for name, action in ACTIONS.items()
    }
    branches = {track.name: build_branch(track, action_ops) for track in playbook.tracks}
    route = build_route(playbook)
    outputs = [*branches, BRANCH]

    @dg.graph(
        description="Layer 1: what the source delivered, made regular, with all that is known beside it."
    )
    def data() -> Wire:
        return gather_context(receive())

    @dg.graph(
        description="Layer 2: is it genuine, how good is it, where does it go?",
        ins={"gathered": dg.GraphIn()},
        out={
            **{track.name: dg.GraphOut(description=track.title) for track in playbook.tracks},
            BRANCH: dg.GraphOut(description="For a person to look at"),
        },
    )
    def decision(gathered: Wire) -> dict[str, Wire]:
        routed = route(score(validate(gathered)))
        return {name: getattr(routed, name) for name in outputs}

    @dg.graph(
        name=JOB, description="From submission to reviewed draft: data, decision, and a branch a track."
    )
    def lead_intake() -> None:
        routed = decision(data())
        for name, branch in branches.items():
            branch(getattr(routed, name))
        to_check(getattr(routed, BRANCH))

    return lead_intake


def build_branch(track: Track, action_ops: dict[str, dg.OpDefinition]) -> dg.GraphDefinition:
    """The actions of a track; those that do not wait for one another stand side by side."""

    @dg.graph(
        name=track.name,
        description=f"Layer 3, track {track.title}: {', '.join(track.action_names)}.",
        ins={"routed": dg.GraphIn()},
    )
    def branch(routed: Wire) -> None:
        acted: dict[str, Wire] = {}
        for name in in_order(track.actions, AFTER):
            before = [acted[earlier] for earlier in drawn(name, track.actions, AFTER)]
            first_or_last = not before or AFTER[name] == ("*",)
            acted[name] = action_ops[name](start_after=[routed, *before] if first_or_last else before)
        waited_for = {earlier for name in acted for earlier in drawn(name, track.actions, AFTER)}
        finish(start_after=[wire for name, wire in acted.items() if name not in waited_for])

    return branch


def drawn(name: str, actions: Sequence[TrackAction], after: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What the action waits for, without those that another of these waits for: fewer lines say as much. With
    them, and one from the route to what comes last, the UI draws the branches of an exploded graph apart."""
    before = waits_for(name, actions, after)
    return [one for one in before if not any(one in waits_for(other, actions, after) for other in before)]

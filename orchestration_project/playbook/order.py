"""What each action of a track waits for: by its nature, and where the owner lets it stand in for another one.

Pure. The graph is laid out by this, and a playbook whose actions wait for one another is refused.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from orchestration_project.playbook.tracks import TrackAction

ALL_OTHERS = ("*",)

After = Mapping[str, tuple[str, ...]]
"""The actions that each action comes after, whatever the playbook says; ("*",) means all others."""


def waits_for(name: str, steps: Sequence[TrackAction], after: After) -> list[str]:
    """The actions among `steps` that come before this one of them."""
    listed = {step.action: step for step in steps}
    if after.get(name) == ALL_OTHERS:
        before = [other for other in listed if other != name and after.get(other) != ALL_OTHERS]
    else:
        before = [other for other in after.get(name, ()) if other in listed]
    replaced = listed[name].instead_of
    return [*before, replaced] if replaced in listed and replaced not in before else before


def circle(steps: Sequence[TrackAction], after: After) -> tuple[str, ...]:
    """Actions that wait for one another, so that none of them could begin; empty where there are none."""
    waiting = {step.action: waits_for(step.action, steps, after) for step in steps}
    try:
        TopologicalSorter(waiting).prepare()
    except CycleError as error:
        return tuple(dict.fromkeys(error.args[1]))
    return ()


def in_order(steps: Sequence[TrackAction], after: After) -> list[str]:
    """The playbook's order, with what an action waits for before it."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for before in waits_for(name, steps, after):
            add(before)
        if name not in ordered:
            ordered.append(name)

    for step in steps:
        add(step.action)
    return ordered

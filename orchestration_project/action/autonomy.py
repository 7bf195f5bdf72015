"""How much an action may do by itself: the playbook's level, held down by the connection's own."""

from typing import TYPE_CHECKING

from orchestration_project.playbook.model import Autonomy, Connections, Playbook

if TYPE_CHECKING:
    from orchestration_project.action.base import Action


def granted(action: "Action", playbook: Playbook, *, embedded: bool) -> Autonomy:
    """The autonomy of an action. A real service starts at `observe` until its line in connections.yaml
    says more; an embedded connector writes nowhere but LEADS_HOME and needs no such line."""
    wanted = playbook.action_autonomy.get(action.name, playbook.autonomy)
    allowed = connection_autonomy(action.kind, playbook.connections, embedded=embedded)
    return min(wanted, allowed)


def connection_autonomy(kind: str, connections: Connections, *, embedded: bool) -> Autonomy:
    stated = getattr(connections, kind).autonomy
    if stated is not None:
        return stated
    return Autonomy.SEND if embedded else Autonomy.OBSERVE

"""Whom the watch tells and by which way, read also from a playbook that has mistakes elsewhere: somebody has
to be told of those.

What of it the owner may write is `alert_shapes.py`.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestration_project.model import Frozen
from orchestration_project.playbook.alert_shapes import AlertsShape
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.playbook.capabilities import Capabilities, Names
from orchestration_project.playbook.connections import ConnectionShape
from orchestration_project.playbook.model import Connection, Playbook
from orchestration_project.playbook.yaml_file import YamlFile, read_yaml
from orchestration_project.timezones import is_zone

CRM_SOURCE = "crm"
"""The source whose leads a person has entered in the CRM."""
_NOWHERE = "UTC"
_FILE = Connection(connector="file")


class Audience(Frozen):
    rules: AlertRules = AlertRules()
    time_zone: str = _NOWHERE
    own_domain: str = "localhost"
    owner: str = ""  # an e-mail address
    chat: Connection = _FILE


def audience_of(playbook: Playbook) -> Audience:
    business = playbook.business
    return Audience(
        rules=playbook.alerts,
        time_zone=business.time_zone,
        own_domain=business.own_domain,
        owner=business.owner.email,
        chat=playbook.connections.chat,
    )


def audience_in(folder: Path, capabilities: Capabilities) -> Audience:
    """Of the playbook in that folder as much as can be read; what cannot is as without a line."""
    rules, _ = read_yaml(folder / "playbook.yaml", "playbook.yaml")
    wiring, _ = read_yaml(folder / "connections.yaml", "connections.yaml")
    names = Names(capabilities, sources=sources_of(wiring))
    business = _mapping(rules, "business")
    zone, owner = business.get("time_zone"), business.get("owner")
    email = owner.get("email") if isinstance(owner, dict) else None
    found: dict[str, Any] = {}
    try:
        shape = AlertsShape.model_validate(_mapping(rules, "alerts"), context=names)
        found["rules"] = AlertRules.model_validate(shape.as_rules())
    except ValidationError:
        pass  # among the mistakes of the playbook, which are told
    try:
        chat = ConnectionShape.model_validate(_mapping(wiring, "chat"), context=names)
        found["chat"] = Connection.model_validate(chat.model_dump())
    except ValidationError:
        pass
    if isinstance(zone, str) and is_zone(zone):
        found["time_zone"] = zone
    if isinstance(email, str) and "@" in email:
        found |= {"owner": email, "own_domain": email.rpartition("@")[2]}
    return Audience(**found)


def sources_of(wiring: YamlFile | None) -> frozenset[str]:
    """The sources of leads that connections.yaml names."""
    return frozenset(map(str, _mapping(wiring, "form_sources"))) | {CRM_SOURCE}


def _mapping(file: YamlFile | None, key: str) -> dict[str, Any]:
    value = file.data.get(key) if file else None
    return value if isinstance(value, dict) else {}

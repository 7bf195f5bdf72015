"""The shape of connections.yaml, and the search for secrets that do not belong in it.

Building the connectors it names belongs to the resources.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from orchestration_project.model import Frozen
from orchestration_project.playbook.capabilities import names_of
from orchestration_project.playbook.mistakes import Mistake, looks_secret, refuse
from orchestration_project.playbook.model import Connection
from orchestration_project.playbook.values import FormField, Level, Text, Texts, check_name
from orchestration_project.playbook.yaml_file import Place, YamlFile

_OWN_KEYS = ("connector", "autonomy", "fields")


class ConnectionShape(Connection):
    connector: Text
    autonomy: Level | None = None
    fields: dict[FormField, Texts] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        own = {key: value for key, value in given.items() if key in _OWN_KEYS}
        options = {key: value for key, value in given.items() if key not in _OWN_KEYS}
        for key in options:
            # what a connector calls its options is not known here, so only a near miss can be told
            close = get_close_matches(str(key), ("connector", "autonomy"), n=1, cutoff=0.8)
            if close:
                raise refuse(f"There is no key `{key}`.", f"Did you mean `{close[0]}`?")
        return own | {"options": options}


def _of_kind(kind: str) -> AfterValidator:
    def check(connection: ConnectionShape, info: ValidationInfo) -> ConnectionShape:
        known = names_of(info).capabilities.connectors.get(kind, frozenset())
        check_name(f"{kind} connector", connection.connector, known)
        return connection

    return AfterValidator(check)


class ConnectionsShape(Frozen):
    form_sources: Annotated[
        dict[Text, Annotated[ConnectionShape, _of_kind("form_source")]], Field(min_length=1)
    ]
    crm: Annotated[ConnectionShape, _of_kind("crm")]
    company: Annotated[ConnectionShape, _of_kind("company")]
    website: Annotated[ConnectionShape, _of_kind("website")]
    ai: Annotated[ConnectionShape, _of_kind("ai")]
    mail: Annotated[ConnectionShape, _of_kind("mail")]
    chat: Annotated[ConnectionShape, _of_kind("chat")]
    calendar: Annotated[ConnectionShape, _of_kind("calendar")]
    folder: Annotated[ConnectionShape, _of_kind("folder")]
    sequence: Annotated[ConnectionShape, _of_kind("sequence")]


_SECRET_KEY = re.compile(r"token|secret|passw|api_?key|private_?key|credential", re.IGNORECASE)


def secret_mistakes(connections: YamlFile) -> Iterator[Mistake]:
    """A file gets shared, copied and committed. The message never repeats the value."""
    for place, value in _texts(connections.data, ()):
        key = next((part for part in reversed(place) if not part.isdigit()), "")
        if value and (_SECRET_KEY.search(key) or looks_secret(value)):
            yield Mistake(
                connections.file,
                connections.line(place),
                f"`{'.'.join(place)}` looks like a secret, and this file is no place for one.",
                "Delete it here, put it into the environment variable that .env.example names, "
                "and ask the service for a new one if this file has been shared.",
            )


def _texts(node: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*place, str(key)))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _texts(value, (*place, str(position)))

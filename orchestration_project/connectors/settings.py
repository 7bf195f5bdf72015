"""Reading a connector's settings and secrets from the environment, with errors a person can act on.

Which variables there are, each connector says; `.env.example` lists them all.
"""

from typing import TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.errors import LeadsError, SettingError
from orchestration_project.playbook.model import Connection

OptionsT = TypeVar("OptionsT", bound=BaseModel)


def options(connection: Connection, shape: type[OptionsT]) -> OptionsT:
    """The options on a connector's line of connections.yaml, checked.

    Raises LeadsError naming each option that is missing, unknown or wrong, and the ones there are.
    """
    try:
        return shape.model_validate(connection.options)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    # outside the handler: pydantic's own text quotes the values
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg']}" for item in problems)
    known = ", ".join(shape.model_fields) or "none"
    raise LeadsError(
        f"connections.yaml, `connector: {connection.connector}`: {wrong}. Its options are: {known}."
    )


def secret(context: ConnectorContext, name: str, line: str) -> SecretStr:
    """The secret in that variable. `line` is the line of connections.yaml that asks for it.

    Raises SettingError when it is not set.
    """
    return SecretStr(setting(context, name, line))


def setting(context: ConnectorContext, name: str, line: str) -> str:
    """The value of a variable without which the connector cannot work. Raises SettingError."""
    value = context.environment.get(name, "").strip()
    if not value:
        raise SettingError(
            f"connections.yaml says `{line}`, but the environment variable {name} is not set.",
            "Set it (`.env.example` says where to get it), or choose another connector on that line.",
        )
    return value


def base_url(context: ConnectorContext, name: str, default: str) -> str:
    """The service's address, which a variable can replace (a proxy, a test server)."""
    value = context.environment.get(name, "").strip() or default
    if not value.startswith(("https://", "http://")):
        raise LeadsError(f"{name} has to begin with https:// or http://, like {default}.")
    return value.rstrip("/")

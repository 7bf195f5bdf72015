"""The options of the `json_list` form source, and the rule that its secret goes to one host only.

Asking and delivering is in `json_list.py`.
"""

from typing import TYPE_CHECKING, Literal, cast

import httpx
from pydantic import BaseModel, Field, JsonValue, SecretStr, field_validator

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.settings import secret, setting
from orchestration_project.errors import LeadsError
from orchestration_project.model import JsonObject

if TYPE_CHECKING:
    import jsonpath

LINE = "connector: json_list"
PREFIX = "FORMS_"
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Paging(BaseModel, extra="forbid"):
    """`page`: numbered pages, until one is empty. `cursor`: what stands at `next` is sent as `parameter`,
    or followed when it is a link, until nothing stands there."""

    by: Literal["page", "cursor"]
    parameter: str = "page"
    start: int = 1
    next: str = "$.next"
    most: int = Field(default=20, ge=1, le=200)  # pages in one look

    @field_validator("next")
    @classmethod
    def _path(cls, path: str) -> str:
        return checked(path)


class Auth(BaseModel, extra="forbid"):
    """The variable is named here, its value never is."""

    variable: str
    header: str = "Authorization"
    scheme: str = "Bearer"  # "" for a bare key


class JsonListOptions(BaseModel, extra="forbid"):
    url: str
    items: str = "$[*]"
    id: str | None = None
    submitted_at: str | None = None
    paging: Paging | None = None
    auth: Auth | None = None
    every_seconds: float = Field(default=60.0, ge=5.0)

    @field_validator("items", "id", "submitted_at")
    @classmethod
    def _path(cls, path: str | None) -> str | None:
        return path if path is None else checked(path)


def compiled(path: str) -> "jsonpath.JSONPath | jsonpath.CompoundJSONPath":
    import jsonpath  # noqa: PLC0415 - not needed by those who have no such source

    return jsonpath.compile(path if path.startswith("$") else f"$.{path}")


def first(path: str, value: JsonValue) -> JsonValue:
    """What that JSONPath finds first; None where there is nothing."""
    if not isinstance(value, dict | list):
        return None
    match = compiled(path).match(cast("list[object]", value))
    return cast("JsonValue", match.obj) if match else None


def emptied(path: str, value: JsonObject) -> None:
    """Puts null where that JSONPath finds something first, in `value` itself."""
    import jsonpath  # noqa: PLC0415 - as above

    match = compiled(path).match(value)
    if match is not None:
        jsonpath.JSONPatch().replace(match.pointer(), None).apply(value)


def checked(path: str) -> str:
    """The JSONPath, or ValueError when it is none. A plain name is one too."""
    import jsonpath  # noqa: PLC0415 - as above

    try:
        compiled(path)
    except jsonpath.JSONPathError:
        raise ValueError("this is no JSONPath; write one like $.data[*]") from None
    return path


def address(given: JsonListOptions) -> httpx.URL:
    """The address to ask. Raises LeadsError where what people write would travel readable."""
    try:
        url = httpx.URL(given.url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if not url.host or not (url.scheme == "https" or (url.scheme == "http" and url.host in _LOCAL)):
        raise LeadsError(
            f"connections.yaml, `{LINE}`: `url` has to be a whole address that begins with https://."
        )
    return url


def credential(options: JsonListOptions, url: httpx.URL, context: ConnectorContext) -> SecretStr | None:
    """The secret, if the environment says that it is for this host: whoever edits connections.yaml
    must not be able to send a secret (of this source or of another service) somewhere else.

    Raises LeadsError otherwise.
    """
    if options.auth is None:
        return None
    variable = options.auth.variable
    if not variable.startswith(PREFIX):
        raise LeadsError(
            f"connections.yaml, `{LINE}`: `auth.variable` has to begin with {PREFIX}, so that no other "
            f"service's secret is sent. Name it {PREFIX}…, and set {PREFIX}…_HOST to its host."
        )
    host = setting(context, f"{variable}_HOST", LINE)
    if host.casefold() != url.host.casefold():
        raise LeadsError(
            f"connections.yaml, `{LINE}`: {variable} is for the host {host} ({variable}_HOST), and `url` "
            f"is at {url.host}. Correct the one that is wrong."
        )
    return secret(context, variable, LINE)

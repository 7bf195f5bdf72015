"""HubSpot's web API, as the CRM and the form source share it: address, token, pace, failures inside a 200.

What is asked of it is in `crm/hubspot.py` and `form_source/hubspot_forms.py`.
"""

import json
import re

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    ServiceError,
    SetupError,
)

SERVICE = "HubSpot"
BASE_URL = "https://api.hubapi.com"
LIMIT = Limit(90, 10.0)
"""The smallest plan allows 100 in 10 s."""
RENEW = "Renew HUBSPOT_TOKEN or widen its scopes (docs/connectors/hubspot.md lists them)."
_BAD_REQUEST = 400
_VALUES = "Property values were not valid: "
"""Begins the message of a refused write; a list in JSON follows (developers.hubspot.com, error handling)."""
_PROPERTIES = (
    "Make it as docs/connectors/hubspot.md says, or allow the scope that lets us; then run `leads doctor`."
)


def open_api(context: ConnectorContext, line: str) -> Api:
    """`line` is the line of connections.yaml that asks for it."""
    return Api(
        name=SERVICE,
        base_url=base_url(context, "HUBSPOT_BASE_URL", BASE_URL),
        client=context.http,
        headers={"Authorization": f"Bearer {secret(context, 'HUBSPOT_TOKEN', line).get_secret_value()}"},
        judge=failure_inside,
        pace=pace(context, SERVICE, LIMIT),
    )


class _Value(BaseModel):
    """A value that HubSpot did not take."""

    error: str = ""
    name: str = ""  # of the property; at times left out


_values = TypeAdapter(list[_Value])


def failure_inside(status: int, body: JsonValue) -> ServiceError | None:
    """HubSpot's error body under a status that says all is well, and the refused values of one record."""
    if not isinstance(body, dict) or body.get("status") != "error":
        return None
    if status == _BAD_REQUEST:
        return _refused(body.get("message"))
    if status > _BAD_REQUEST:
        return None
    category = body.get("category")
    return PermanentServiceError(
        SERVICE,
        f"answered {status} with an error inside ({category if isinstance(category, str) else 'unnamed'}).",
        "Mend what it names, then run the lead again.",
    )


def _refused(message: JsonValue) -> ServiceError | None:
    """None where the message names no property: then the status decides."""
    if not isinstance(message, str) or not message.startswith(_VALUES):
        return None
    try:
        # read as JSON first: the message quotes what a person wrote, at any length
        values = _values.validate_python(json.loads(message.removeprefix(_VALUES)))
    except (ValueError, ValidationError):
        return None
    refused = [value for value in values if re.fullmatch(r"\w+", value.name + value.error)]
    for value in refused:
        if value.error == "PROPERTY_DOESNT_EXIST":
            return SetupError(SERVICE, f"has no property {value.name}.", _PROPERTIES)
    for value in refused:
        if value.name.startswith("lead_"):
            # what we put there fits the property as we make it
            told = f"does not take what we write into {value.name} ({value.error})."
            return SetupError(SERVICE, told, f"Its type has to be ours. {_PROPERTIES}")
    for value in refused:
        if value.name and not value.name.startswith("hs_"):
            return LeadRefusedError(
                SERVICE,
                f"does not take the {value.name} of this lead ({value.error}).",
                "Enter the person by hand, or correct it and replay the lead.",
            )
    return None

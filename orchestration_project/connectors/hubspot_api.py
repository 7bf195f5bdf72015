"""HubSpot's web API, as the CRM and the form source share it: addresses, token, pace, failures inside a 200.

What is asked of it is in `crm/hubspot.py` and `form_source/hubspot_forms.py`.
"""

import json
import re

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

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
from orchestration_project.model import JsonObject

SERVICE = "HubSpot"
BASE_URL = "https://api.hubapi.com"
VERSION = "2026-09"
"""Of the API, which HubSpot names by the month of its release and keeps for at least 18 months: until March
2028. Since this one the account's rules of required properties hold for what an API writes, too
(developers.hubspot.com/changelog/crm-api-write-validation-enforcement)."""
OBJECTS = f"/crm/objects/{VERSION}"
ASSOCIATIONS = f"/crm/associations/{VERSION}"
PROPERTIES = f"/crm/properties/{VERSION}"
OWNERS = f"/crm/owners/{VERSION}"
ACCOUNT = f"/account-info/{VERSION}/details"
FORMS = "/marketing/v3/forms"
"""Its dated twin is in beta; version 3 ends in September 2027."""
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
"""Has no dated twin yet; ends with the others in September 2027."""
LIMIT = Limit(90, 10.0)
"""The smallest plan allows 100 in 10 s."""
_RENEW = (
    "Renew HUBSPOT_TOKEN or widen its scopes (docs/connectors/hubspot.md lists them); "
    "then run `leads doctor`."
)
_BAD_REQUEST = 400
_VALUES = "Property values were not valid: "
"""Begins the message of a refused write; a list in JSON follows (developers.hubspot.com, error handling)."""
_NOT_SET = "required properties were not set"
_OF_A_PERSON = ("email", "firstname", "lastname", "phone", "company", "website", "message")
_REQUIRED = (
    "Give it a value for every contact we make, under `new_contacts:` on the `crm` line of connections.yaml, "
    "or make it optional in HubSpot (Settings, Objects, Contacts, Create record form)."
)
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
        renew=_RENEW,
        pace=pace(context, SERVICE, LIMIT),
    )


class _Next(BaseModel):
    after: str


class _Paging(BaseModel):
    next: _Next | None = None


class Paged(BaseModel):
    """Part of a list, and where it goes on."""

    paging: _Paging | None = None

    @property
    def after(self) -> str | None:
        return self.paging.next.after if self.paging and self.paging.next else None


class _Wanted(BaseModel):
    properties: list[str] = Field(default_factory=list[str])
    names: list[str] = Field(alias="propertyName", default_factory=list[str])

    @property
    def all(self) -> list[str]:
        return [*self.properties, *self.names]


class _Problem(BaseModel):
    context: _Wanted = _Wanted()


class _Refusal(_Problem):
    errors: list[_Problem] = Field(default_factory=list[_Problem])


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
        return _required(body) or _refused(body.get("message"))
    if status > _BAD_REQUEST:
        return None
    category = body.get("category")
    return PermanentServiceError(
        SERVICE,
        f"answered {status} with an error inside ({category if isinstance(category, str) else 'unnamed'}).",
        "Mend what it names, then run the lead again.",
    )


def _required(body: JsonObject) -> ServiceError | None:
    """Properties that the account wants of every record; None where it is about something else."""
    message = body.get("message")
    if not isinstance(message, str) or _NOT_SET not in message:
        return None
    try:
        refusal = _Refusal.model_validate(body)
    except ValidationError:
        return None
    named = [name for each in (refusal, *refusal.errors) for name in each.context.all]
    wanted = [name for name in dict.fromkeys(named) if re.fullmatch(r"\w+", name)]
    of_the_account = [name for name in wanted if name not in _OF_A_PERSON]
    if wanted and not of_the_account:
        told = f"wants {' and '.join(wanted)} of every record, and this lead has none."
        return LeadRefusedError(SERVICE, told, "Enter the person by hand, or make it optional in HubSpot.")
    told = f"wants {' and '.join(of_the_account) or 'properties it does not name'} of every record."
    return SetupError(SERVICE, told, _REQUIRED)


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

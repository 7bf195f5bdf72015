"""HubSpot's web API, as the CRM and the form source share it: addresses, token, pace, failures inside a 200.

What is asked of it is in `crm/hubspot.py` and `form_source/hubspot_forms.py`.
"""

import json
import re
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, JsonValue, TypeAdapter, ValidationError

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.errors import (
    CredentialError,
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
_BAD_REQUEST, _FORBIDDEN = 400, 403
_VALUES = "Property values were not valid: "
"""Begins the message of a refused write; a list in JSON follows (developers.hubspot.com, error handling)."""
_NOT_SET = re.compile(r"required propert\w+ (were|was|is|are) (not set|missing)", re.IGNORECASE)
_WANTED = re.compile(r"REQUIRED_(FIELD|PROPERTY|PROPERTIES)\w*|\w*MISSING_REQUIRED\w*|\w*REQUIRED_\w*MISSING")
"""Codes that say the same of one property."""
_TAKEN = re.compile(r"CONFLICTING_UNIQUE_VALUE|already has that value")
_EXISTING = re.compile(
    r"""existing ?(?:object ?)?id(?: is)?\W{0,6}(\d+)|"vid": ?(\d+)|(\d+) already has that value""",
    re.IGNORECASE,
)
"""How a refusal names the record that is there: `Contact already exists. Existing ID: 51`, and other ways."""
_FULL = re.compile(r"(reached|over|exceed\w*) (your|its|the)\b.*\blimit", re.IGNORECASE)
"""How a refusal says that the account takes no more contacts; that it is asked too often is a 429."""
_MAKE_ROOM = "Delete some there, or enlarge the plan; then run `leads doctor`."
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


def _as_list(names: object) -> object:
    return [names] if isinstance(names, str) else names


_Names = Annotated[list[str], BeforeValidator(_as_list)]


class _Wanted(BaseModel):
    scopes: _Names = Field(alias="requiredGranularScopes", default_factory=list[str])
    old_scopes: _Names = Field(alias="requiredScopes", default_factory=list[str])
    properties: _Names = Field(default_factory=list[str])
    names: _Names = Field(alias="propertyName", default_factory=list[str])

    @property
    def all(self) -> list[str]:
        return [*self.properties, *self.names]


class _Value(BaseModel):
    """A value that HubSpot did not take."""

    error: str = ""
    name: str = ""  # of the property; at times left out


class _Problem(BaseModel):
    message: str = ""
    code: str = ""
    context: _Wanted = _Wanted()

    @property
    def values(self) -> list[_Value]:
        return [_Value(error=self.code, name=name) for name in self.context.all]


class _Refusal(_Problem):
    errors: list[_Problem] = Field(default_factory=list[_Problem])


_values = TypeAdapter(list[_Value])


class TakenError(LeadRefusedError):
    """Another record has a value already that may be there once only, such as this lead's address."""

    existing: str | None = None

    @classmethod
    def of(cls, existing: str | None) -> Self:
        told = "has another record with a value of this lead's that may be there once only (400)."
        error = cls(SERVICE, told, "Look for it in HubSpot, then run the lead again.")
        error.existing = existing
        return error


def failure_inside(status: int, body: JsonValue) -> ServiceError | None:
    """HubSpot's error body under a status that says all is well, and the refused values of one record."""
    if not isinstance(body, dict) or body.get("status") != "error":
        return None
    if status == _BAD_REQUEST:
        if _TAKEN.search(text := json.dumps(body)):
            return TakenError.of(existing(text))
        refusal = _read(body)
        told = (_required(refusal) or _refused(refusal)) if refusal else None
        return told or _full(status, body)
    if status > _BAD_REQUEST:
        return (_scopes(body) or _full(status, body)) if status == _FORBIDDEN else None
    category = body.get("category")
    return PermanentServiceError(
        SERVICE,
        f"answered {status} with an error inside ({category if isinstance(category, str) else 'unnamed'}).",
        "Mend what it names, then run the lead again.",
    )


def existing(text: str) -> str | None:
    """The id of the record that is there already, where a refusal names it."""
    named = _EXISTING.search(text.replace(r"\"", '"'))
    return next(filter(None, named.groups()), None) if named else None


def _read(body: JsonObject) -> _Refusal | None:
    try:
        return _Refusal.model_validate(body)
    except ValidationError:
        return None


def _scopes(body: JsonObject) -> ServiceError | None:
    """Which rights the key lacks, where HubSpot names them."""
    refusal = _read(body)
    told = [each.context for each in (refusal, *refusal.errors)] if refusal else []
    named = [name for each in told for name in (*each.scopes, *each.old_scopes)]
    if not (lacks := [name for name in dict.fromkeys(named) if re.fullmatch(r"[\w.-]+", name)]):
        return None
    return CredentialError(SERVICE, f"says that the token lacks {' or '.join(lacks)} (403).", _RENEW)


def _full(status: int, body: JsonObject) -> ServiceError | None:
    if not _FULL.search(str(body.get("message") or "")):
        return None
    return SetupError(
        SERVICE, f"says that the account has reached a limit of its plan ({status}).", _MAKE_ROOM
    )


def _required(refusal: _Refusal) -> ServiceError | None:
    """Properties that the account wants of every record; None where it is about something else."""
    told = (refusal, *refusal.errors)
    all_of_it = any(_NOT_SET.search(each.message) for each in told)
    named = [name for each in told if all_of_it or _WANTED.fullmatch(each.code) for name in each.context.all]
    named += [value.name for value in _values_of(refusal) if _WANTED.fullmatch(value.error)]
    if not (all_of_it or named):
        return None
    wanted = [name for name in dict.fromkeys(named) if re.fullmatch(r"\w+", name)]
    of_the_account = [name for name in wanted if name not in _OF_A_PERSON]
    if wanted and not of_the_account:
        told = f"wants {' and '.join(wanted)} of every record, and this lead has none."
        return LeadRefusedError(SERVICE, told, "Enter the person by hand, or make it optional in HubSpot.")
    told = f"wants {' and '.join(of_the_account) or 'properties it does not name'} of every record."
    return SetupError(SERVICE, told, _REQUIRED)


def _values_of(refusal: _Refusal) -> list[_Value]:
    """In the message, as JSON, or in the list of errors beside it."""
    if refusal.message.startswith(_VALUES):
        try:
            # read as JSON first: the message quotes what a person wrote, at any length
            return _values.validate_python(json.loads(refusal.message.removeprefix(_VALUES)))
        except (ValueError, ValidationError):
            pass
    return [value for each in refusal.errors if each.code for value in each.values]


def _refused(refusal: _Refusal) -> ServiceError | None:
    """None where no property is named: then the status decides."""
    values = _values_of(refusal)
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

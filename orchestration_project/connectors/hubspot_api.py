"""HubSpot's web API, as the CRM and the form source share it: address, token, pace, failures inside a 200.

What is asked of it is in `crm/hubspot.py` and `form_source/hubspot_forms.py`.
"""

from pydantic import JsonValue

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import pace
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.errors import PermanentServiceError, ServiceError

SERVICE = "HubSpot"
BASE_URL = "https://api.hubapi.com"
RENEW = "Renew HUBSPOT_TOKEN or widen its scopes (docs/connectors/hubspot.md lists them)."
_BAD_REQUEST = 400


def open_api(given: ConnectorContext, line: str) -> Api:
    """`line` is the line of connections.yaml that asks for it."""
    return Api(
        name=SERVICE,
        base_url=base_url(given, "HUBSPOT_BASE_URL", BASE_URL),
        client=given.http,
        headers={"Authorization": f"Bearer {secret(given, 'HUBSPOT_TOKEN', line).get_secret_value()}"},
        judge=failure_inside,
        pace=pace(given, SERVICE, 90, 10.0),  # the smallest plan allows 100 in 10 s
    )


def failure_inside(status: int, body: JsonValue) -> ServiceError | None:
    """HubSpot's error body under a status that says all is well."""
    if status >= _BAD_REQUEST or not isinstance(body, dict) or body.get("status") != "error":
        return None
    category = body.get("category")
    return PermanentServiceError(
        SERVICE,
        f"answered {status} with an error inside ({category if isinstance(category, str) else 'unnamed'}).",
        "Mend what it names, then run the lead again.",
    )

"""What the paid directories share: how one is opened with its key, and what used-up credits come to.

What each is asked, and how its answer is read, is in its own module; when to ask, in `data/enrichment.py`.
"""

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.company.options import CompanyOptions
from orchestration_project.connectors.http import Api, Judge
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import SetupError
from orchestration_project.playbook.model import Connection


def open_api(
    connection: Connection,
    context: ConnectorContext,
    service: str,
    default_url: str,
    *,
    a_minute: int,
    judge: Judge,
) -> Api:
    """Reads NAME_API_KEY and NAME_BASE_URL, for the connector's name."""
    options(connection, CompanyOptions)
    directory = connection.connector.upper()
    key = secret(context, f"{directory}_API_KEY", f"company: {{connector: {connection.connector}}}")
    return Api(
        name=service,
        base_url=base_url(context, f"{directory}_BASE_URL", default_url),
        client=context.http,
        headers={"X-API-Key": key.get_secret_value()},
        judge=judge,
        pace=pace(context, service, Limit(a_minute, 60.0)),
    )


def no_credits(service: str) -> SetupError:
    return SetupError(
        service,
        "says that the account's credits are used up.",
        "Buy more, or write `company: {connector: none}`; leads go on without this look-up.",
    )

"""What HubSpot says of its token: which scopes it has. Which are needed, each connector knows.

developers.hubspot.com, "Retrieve private app token information"; of service keys it may not tell.
"""

from pydantic import BaseModel

from orchestration_project.connectors.base import Scopes
from orchestration_project.connectors.http import Api

_PATH = "/oauth/v2/private-apps/get/access-token-info"
_NOT_TOLD = (400, 403)
"""Of a token of another kind; one that is not taken any more is a 401."""
_MAY = frozenset({"oauth"})
CREDENTIAL = "HUBSPOT_TOKEN"


class _Info(BaseModel):
    scopes: frozenset[str] | None = None


async def hubspot_scopes(
    api: Api, needed: frozenset[str], may: frozenset[str] = frozenset()
) -> Scopes | None:
    """Raises ServiceError."""
    token = api.headers["Authorization"].removeprefix("Bearer ")
    info = await api.find(_Info, "POST", _PATH, json={"tokenKey": token}, repeatable=True, accept=_NOT_TOLD)
    if info is None or info.scopes is None:
        return None
    return Scopes(credential=CREDENTIAL, granted=info.scopes, needed=needed, may=_MAY | may)

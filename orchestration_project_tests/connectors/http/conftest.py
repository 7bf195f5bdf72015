"""An API over answers that a test writes down.

What they show is in the tests beside it.
"""

import httpx
from pydantic import BaseModel, JsonValue

from orchestration_project.connectors.http import Api
from orchestration_project_tests.fakes.http import ScriptedService


class Thing(BaseModel):
    id: str


def api(*answers: httpx.Response | Exception, attempts: int = 3) -> tuple[Api, ScriptedService]:
    service = ScriptedService(list(answers))
    headers = {"Authorization": "Bearer s3cret"}
    return Api("Acme", "https://api.acme.com/v1/", service.client(), headers, attempts=attempts), service


def ok(body: JsonValue = None) -> httpx.Response:
    return httpx.Response(200, json=body or {"id": "7"})

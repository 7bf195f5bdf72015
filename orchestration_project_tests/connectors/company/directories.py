"""What the tests of both paid directories share: one of them over its stand-in, whichever is asked for."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from orchestration_project.connectors.company.apollo import Apollo
from orchestration_project.connectors.company.peopledatalabs import PeopleDataLabs
from orchestration_project.fake_services.company import KEY, FakeApollo, FakePeopleDataLabs
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given

Directory = Apollo | PeopleDataLabs


@dataclass
class Case:
    """A directory, the stand-in it asks, and where in the specs it is described."""

    name: str
    service: FakeApollo | FakePeopleDataLabs
    http: httpx.AsyncClient

    def open(self, key: str = KEY) -> Directory:
        prefix = self.name.upper()
        environment = {f"{prefix}_API_KEY": key, f"{prefix}_BASE_URL": self.service.base_url}
        connection = Connection(connector=self.name, options={"daily_limit": 5})
        opens = Apollo if self.name == "apollo" else PeopleDataLabs
        return opens.open(connection, given(self.http, environment))


@contextmanager
def running(name: str, http: httpx.AsyncClient) -> Generator[Case]:
    with FakeApollo() if name == "apollo" else FakePeopleDataLabs() as service:
        yield Case(name, service, http)

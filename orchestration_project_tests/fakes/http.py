"""A web service that answers from a script and remembers what it was asked. No network."""

from dataclasses import dataclass, field

import httpx


@dataclass
class ScriptedService:
    """`answers` in order; an exception among them is raised. Being asked more often fails the test."""

    answers: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if not self.answers:
            raise AssertionError(f"Nothing is left in the script for {request.method} {request.url}.")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

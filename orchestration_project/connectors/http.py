"""Calls to the web APIs of outside services: sent at their pace, read, and repeated where that does no harm.

Which status means which error is `http_status.py`, what an answer means to one service its connector's;
strangers' web pages are `website/`.
"""

import codecs
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypedDict, TypeVar, Unpack

import anyio
import httpx
from pydantic import JsonValue, SecretStr, TypeAdapter, ValidationError

from orchestration_project.connectors.http_message import (
    error_inside,
    is_html,
    is_web_page,
    json_or_none,
    message_of,
)
from orchestration_project.connectors.http_status import CHECK_ADDRESS, RENEW, WAIT, error_of, retry_after
from orchestration_project.connectors.rate import Pace
from orchestration_project.connectors.retries import ATTEMPTS, tries
from orchestration_project.connectors.sign_in import Token
from orchestration_project.errors import (
    UNKNOWN_SHAPE,
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)

# httpx writes one line a request with the whole URL, and some APIs want e-mail addresses in it
logging.getLogger("httpx").setLevel(logging.WARNING)

_OR_ADDRESS = "It is tried again by itself; if this lasts, check the base URL in the environment."
_READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_REPEATABLE = _READS | {"PUT", "DELETE"}

AnswerT = TypeVar("AnswerT")
ResultT = TypeVar("ResultT")

Judge = Callable[[int, JsonValue], ServiceError | None]
"""Given status and JSON body (None: it is no JSON), names a failure that the status does not tell."""


class Ask(TypedDict, total=False):
    """What may go along with a request."""

    params: Mapping[str, str | int]
    json: object
    form: Mapping[str, str]
    content: bytes
    headers: Mapping[str, str]
    timeout: float  # seconds, for all of one attempt
    repeatable: bool  # a POST that only searches, or carries an idempotency key, may be repeated
    accept: Collection[int]  # statuses that are an answer here and no failure
    pace: Pace | None  # another queue than the service's, for a part with a limit of its own


@dataclass(frozen=True)
class Api:
    """One service's web API. A request that may have had its effect is never repeated by itself."""

    name: str  # as a person knows it: "HubSpot"
    base_url: str
    client: httpx.AsyncClient = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    judge: Judge | None = None
    timeout: float = 10.0
    attempts: int = ATTEMPTS
    pace: Pace | None = None  # None: as fast as it comes
    renew: str = RENEW
    """What to do about a credential that is refused."""
    wait_header: str = "retry-after"
    """In which a refusal for now says how many seconds to wait."""
    token: Token | None = field(default=None, repr=False)
    """Sent as bearer. One that is refused before its time (401) is renewed and asked with once more; a static
    one goes into `headers`."""

    async def ask(self, answer: type[AnswerT], method: str, path: str, **ask: Unpack[Ask]) -> AnswerT:
        """The JSON answer as `answer`, a pydantic model or any type that pydantic can check."""
        wrote = _writes(method, ask)
        return await self._call(method, path, ask, lambda response: self.read(response, answer, wrote=wrote))

    async def find(self, answer: type[AnswerT], method: str, path: str, **ask: Unpack[Ask]) -> AnswerT | None:
        """Like `ask`, and None for what the service does not have (404, 410)."""

        wrote = _writes(method, ask)

        def read(response: httpx.Response) -> AnswerT | None:
            if response.status_code not in (404, 410):
                return self.read(response, answer, wrote=wrote)
            if is_html(response):
                # an API says in JSON that it lacks a record; this page says that there is no such API
                raise SetupError(
                    self.name, f"has nothing at this address ({response.status_code}).", CHECK_ADDRESS
                )
            return None

        ask["accept"] = {*ask.get("accept", ()), 404, 410}
        return await self._call(method, path, ask, read)

    async def need(
        self, answer: type[AnswerT], method: str, path: str, missing: ServiceError, **ask: Unpack[Ask]
    ) -> AnswerT:
        """Like `find`, and raises `missing` for what the service does not have."""
        found = await self.find(answer, method, path, **ask)
        if found is None:
            raise missing
        return found

    async def send(self, method: str, path: str, **ask: Unpack[Ask]) -> httpx.Response:
        """The answer as it came, for what is not JSON or where the status decides."""
        return await self._call(method, path, ask, lambda response: response)

    def read(self, response: httpx.Response, answer: type[AnswerT], *, wrote: bool = False) -> AnswerT:
        """The body checked. No JSON (a proxy's or a maintenance page, a cut line) will pass, another
        schema will not. What a request `wrote` is most likely there, whatever its answer looks like. Who
        takes null takes an answer without content."""
        nothing = response.status_code == HTTPStatus.NO_CONTENT
        try:
            return TypeAdapter(answer).validate_json(
                b"null" if nothing else response.content.removeprefix(codecs.BOM_UTF8)
            )
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
        # outside the handler: pydantic's own text quotes the values, so it must not be chained
        if nothing or any(problem["type"] == "json_invalid" for problem in problems):
            raise TransientServiceError(
                self.name, f"answered {response.status_code} with something that is no JSON.", WAIT
            )
        where = ", ".join(".".join(map(str, problem["loc"])) or "the whole" for problem in problems[:5])
        kind = UnknownAnswerError if wrote else PermanentServiceError
        raise kind(
            self.name,
            f"{UNKNOWN_SHAPE} ({where}).",
            "Look for a newer version of this project.",
        )

    async def _call(
        self, method: str, path: str, ask: Ask, read: Callable[[httpx.Response], ResultT]
    ) -> ResultT:
        repeatable = ask.get("repeatable", method in _REPEATABLE)
        if self.token:
            await self.token.value()  # before the tries: signing in has tries of its own
        may_be_done = False
        async for attempt in tries(repeatable=repeatable, attempts=self.attempts):
            with attempt:
                try:
                    return read(await self._once(method, path, ask))
                except TransientServiceError as error:
                    if may_be_done and not error.effect_unknown:
                        # this try was refused, and an earlier one may have come through
                        raise _in_doubt(error) from error
                    may_be_done = method not in _READS and error.effect_unknown
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, method: str, path: str, ask: Ask) -> httpx.Response:
        token = await self.token.value() if self.token else None
        response = await self._sent(method, path, ask, token)
        if self.token and token and response.status_code == HTTPStatus.UNAUTHORIZED:
            self.token.forget(token)
            token = await self.token.value()
            response = await self._sent(method, path, ask, token)
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                self.token.forget(token)
        if failure := self._failure(response, ask.get("accept", ())):
            raise failure
        return response

    async def _sent(self, method: str, path: str, ask: Ask, token: SecretStr | None) -> httpx.Response:
        timeout = ask.get("timeout", self.timeout)
        if pace := ask.get("pace", self.pace):
            await pace.wait()  # each attempt takes a turn: the service counts them all
        try:
            request = self._request(method, path, ask, token)
            with anyio.fail_after(timeout):  # httpx's own time-out starts anew with every piece received
                # never redirected: the credential would travel along
                return await self.client.send(request, follow_redirects=False)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise SetupError(self.name, "has no usable address.", CHECK_ADDRESS) from error
        except (httpx.LocalProtocolError, UnicodeEncodeError):
            # `from None`: the text of these quotes the header, and with it the secret
            raise CredentialError(
                self.name,
                "was not asked: the credential has a character that none can have, such as a line end.",
                self.renew,
            ) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise RefusedForNow(self.name, "cannot be reached.", WAIT) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TransientServiceError(
                self.name, f"did not answer within {timeout:g} seconds.", WAIT
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise TransientServiceError(self.name, "broke off the connection.", WAIT) from error

    def _request(self, method: str, path: str, ask: Ask, token: SecretStr | None) -> httpx.Request:
        bearer = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        return self.client.build_request(
            method,
            self.base_url.rstrip("/") + "/" + path.lstrip("/"),
            params=ask.get("params"),
            json=ask.get("json"),
            data=ask.get("form"),
            content=ask.get("content"),
            headers={**self.headers, **bearer, **ask.get("headers", {})},
            timeout=ask.get("timeout", self.timeout),
        )

    def _failure(self, response: httpx.Response, accept: Collection[int]) -> ServiceError | None:
        status = response.status_code
        if self.judge and (failure := self.judge(status, json_or_none(response))):
            if isinstance(failure, TransientServiceError) and failure.retry_after is None:
                failure.retry_after = retry_after(response.headers, self.wait_header)
            return failure
        if inside := error_inside(response):
            told = f"answered {status} with an error inside"
            return self._error(response, inside.status, told, inside.words)
        if status in (HTTPStatus.OK, HTTPStatus.MULTI_STATUS) and is_web_page(response):
            # a captive portal's, or a proxy's: what was asked for never reached the service
            told = f"answered {status} with a web page."
            return TransientServiceError(self.name, told, _OR_ADDRESS)
        if response.is_success or status in accept:
            return None
        told = f"answered {status}"
        return self._error(response, status, told, message_of(response))

    def _error(self, response: httpx.Response, status: int, told: str, words: str) -> ServiceError:
        return error_of(
            self.name, response, status, told, words, wait_header=self.wait_header, renew=self.renew
        )


def _writes(method: str, ask: Ask) -> bool:
    """A POST that may be repeated is a search, or writes nothing the second time."""
    return method not in _READS and not (method == "POST" and ask.get("repeatable", False))


def _in_doubt(error: TransientServiceError) -> TransientServiceError:
    return TransientServiceError(error.service, error.said, error.mend, retry_after=error.retry_after)

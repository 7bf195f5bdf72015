"""What a web API needs of a credential that is renewed by itself, such as an access token of OAuth.

How one is got from Google or Microsoft is `google_auth.py` and `microsoft_token.py`.
"""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Protocol

from pydantic import JsonValue, SecretStr

from orchestration_project.errors import (
    UNKNOWN_SHAPE,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    TransientServiceError,
)


class Token(Protocol):
    """A credential that is renewed by itself. `forget` drops it only if it is still the one refused."""

    async def value(self) -> SecretStr: ...

    def forget(self, refused: SecretStr) -> None: ...


def strange(service: str, status: int, body: JsonValue, readable: Collection[int]) -> ServiceError | None:
    """What the library that signs in could not make sense of: a proxy's page, or an answer of another shape,
    which it would take for a refusal of the credential."""
    if status in readable and not isinstance(body, dict):
        told = f"answered {status} with something that is no JSON."
        return TransientServiceError(service, told, "It is tried again by itself.")
    if status == HTTPStatus.OK and isinstance(body, dict) and not _SAYS & body.keys():
        return PermanentServiceError(
            service,
            f"{UNKNOWN_SHAPE} (access_token).",
            "Look for a newer version of this project.",
        )
    return None


_SAYS = {"access_token", "token_endpoint", "error"}
"""One of these is in every answer: the token, where one is to be had, or why there is none."""


@contextmanager
def not_signed_in() -> Generator[None]:
    """Around getting a token: where that fails, nothing was asked of the service it is for."""
    try:
        yield
    except TransientServiceError as error:
        raise RefusedForNow(
            error.service, error.said, error.mend, retry_after=error.retry_after, answered=error.answered
        ) from error

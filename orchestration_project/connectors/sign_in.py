"""What a web API needs of a credential that is renewed by itself, such as an access token of OAuth.

How one is got from Google or Microsoft is `google_auth.py` and `microsoft_token.py`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from pydantic import SecretStr

from orchestration_project.errors import RefusedForNow, TransientServiceError


class Token(Protocol):
    """A credential that is renewed by itself. `forget` drops it only if it is still the one refused."""

    async def value(self) -> SecretStr: ...

    def forget(self, refused: SecretStr) -> None: ...


@contextmanager
def not_signed_in() -> Generator[None]:
    """Around getting a token: where that fails, nothing was asked of the service it is for."""
    try:
        yield
    except TransientServiceError as error:
        raise RefusedForNow(
            error.service, error.said, error.mend, retry_after=error.retry_after, answered=error.answered
        ) from error

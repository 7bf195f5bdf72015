"""What the stand-ins for Google's services share: the sign-in, its tokens, and how a refusal looks.

A person's mailbox, calendar or files are the other modules' part.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orchestration_project.fake_services.base import FakeService, Fault, Reply, Request

CLIENT_ID = "demo-client.apps.googleusercontent.com"
CLIENT_SECRET = "demo-client-secret"
REFRESH_TOKEN = "1//demo-refresh-token"


def refusal(code: int, reason: str, message: str = "No.", domain: str = "global") -> Reply:
    error = {
        "code": code,
        "message": message,
        "errors": [{"domain": domain, "reason": reason, "message": message}],
    }
    return Reply(code, {"error": error})


def refused(code: int, reason: str) -> Fault:
    return Fault(refusal(code, reason))


class GoogleService(FakeService):
    """Signs in with the constants above, or with any service account, and takes the tokens it gave."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.refresh_token = REFRESH_TOKEN
        self.tokens: set[str] = set()
        self.token_seconds = 3599
        self.sign_in_seconds: int | None = None
        """For so long the person has consented; a test app's is a week."""
        self.scopes = [
            f"https://www.googleapis.com/auth/{name}"
            for name in ("gmail.compose", "gmail.readonly", "calendar.events", "drive.file")
        ]
        self._numbers = itertools.count(1)

    @property
    def environment(self) -> dict[str, str]:
        """What signs a connector in here."""
        return {
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            "GOOGLE_REFRESH_TOKEN": REFRESH_TOKEN,
            "GOOGLE_TOKEN_URL": f"{self.base_url}/token",
        }

    @property
    def calls(self) -> list[Request]:
        """Every request but the signing in."""
        return [request for request in self.requests if request.path != "/token"]

    def new_id(self, prefix: str = "") -> str:
        return f"{prefix}{next(self._numbers):016x}"

    def writes(self, request: Request) -> bool:
        return super().writes(request) and request.path not in ("/token", "/tokeninfo")

    def refuse_credential(self, request: Request) -> Reply:
        if request.path == "/token":
            description = "Token has been expired or revoked."
            return Reply(400, {"error": "invalid_grant", "error_description": description})
        return super().refuse_credential(request)

    def handle(self, request: Request) -> Reply:
        if (request.method, request.path) == ("POST", "/token"):
            return self._sign_in(request.form)
        if request.path == "/tokeninfo":
            known = request.form.get("access_token") in self.tokens
            told = {"scope": " ".join(self.scopes), "expires_in": str(self.token_seconds)}
            return Reply(200, told) if known else Reply(400, {"error": "invalid_token"})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return refusal(401, "authError", "Invalid Credentials")
        return self.answer_to(request)

    def answer_to(self, request: Request) -> Reply:
        """What the service itself answers, to a request with a good token."""
        raise NotImplementedError

    def revoke(self) -> None:
        """The person takes back the consent."""
        self.refresh_token = ""
        self.tokens.clear()

    def _sign_in(self, form: dict[str, str]) -> Reply:
        if form.get("grant_type") == "refresh_token":
            if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
                return Reply(401, {"error": "invalid_client", "error_description": "Unauthorized"})
            if form.get("refresh_token") != self.refresh_token:
                description = "Token has been expired or revoked."
                return Reply(400, {"error": "invalid_grant", "error_description": description})
        token = self.new_id("ya29.")
        self.tokens.add(token)
        answer: dict[str, Any] = {
            "access_token": token,
            "expires_in": self.token_seconds,
            "token_type": "Bearer",
        }
        if self.sign_in_seconds is not None:
            answer["refresh_token_expires_in"] = self.sign_in_seconds
        return Reply(200, answer)

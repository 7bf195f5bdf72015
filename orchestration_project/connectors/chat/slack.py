"""Slack: one message a lead in one channel. What a message says is decided in `action/summary.py`.

Found again after a crash: by the key in the message's metadata, in the channel's recent history.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from html import escape
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from orchestration_project.connectors.base import (
    ConnectorContext,
    EntryKind,
    Health,
    Scopes,
    says_what_is_wrong,
)
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.connectors.chat.slack_failures import SCOPE, SERVICE, FormRefusedError, judge
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, Pace, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    ServiceError,
)
from orchestration_project.model import Clock, Erased, JsonObject, Written
from orchestration_project.playbook.model import Connection

BASE_URL = "https://slack.com/api"
EVENT_TYPE = "lead_intake"
LOOK_BACK = timedelta(days=30)
PAGE, PAGES = 200, 10
"""An older message than these is not looked for: a lead whose run broke is run again long before."""
_LINE = "chat: {connector: slack}"
_ROTATES = (
    "Make another app, without token rotation, and set SLACK_TOKEN to its token: of that Slack ends none "
    "(docs/connectors/slack.md)."
)
_ROTATING, _LASTS = "xoxe.", timedelta(hours=12)
"""How the token of an app with token rotation begins, and how long it is good for after it was made (see
docs.slack.dev/authentication/using-token-rotation). Nothing here renews it."""
_LONGEST = 4_000
"""Slack promises to take as much (docs.slack.dev, chat.postMessage: what is longer may be cut or refused)."""


class SlackOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    channel: str = Field(pattern=r"^[CGD][A-Z0-9]{5,}$")
    """Its id, since a channel can be renamed: the last line of the channel's details in Slack."""


class _Posted(BaseModel):
    ts: str


class _Permalink(BaseModel):
    permalink: str


class _Metadata(BaseModel):
    event_type: str = ""
    event_payload: dict[str, JsonValue] = Field(default_factory=dict)


class _Message(BaseModel):
    ts: str
    metadata: _Metadata = _Metadata()


class _Next(BaseModel):
    next_cursor: str = ""


class _History(BaseModel):
    messages: tuple[_Message, ...]
    response_metadata: _Next | None = None


class Slack:
    embedded = False
    # one message a second and channel, short bursts are let through
    # (see docs.slack.dev/apis/web-api/rate-limits)
    limit = Limit(5, 5.0)

    def __init__(
        self, api: Api, channel: str, clock: Clock, posting: Pace | None, *, rotates: bool = False
    ) -> None:
        self._api = api
        self._channel = channel
        self._clock = clock
        self._posting = posting
        self._rotates = rotates

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, SlackOptions)
        token = secret(context, "SLACK_TOKEN", _LINE).get_secret_value()
        api = Api(
            SERVICE,
            base_url(context, "SLACK_BASE_URL", BASE_URL),
            context.http,
            {"Authorization": f"Bearer {token}"},
            judge=judge,
            # conversations.history, the scarcest of what we ask, is of tier 3 (same page)
            pace=pace(context, SERVICE, Limit(50, 60.0)),
        )
        posting = pace(context, f"{SERVICE} {chosen.channel}", cls.limit)
        return cls(api, chosen.channel, context.clock, posting, rotates=token.startswith(_ROTATING))

    @says_what_is_wrong
    async def check(self) -> Health:
        """Reads the channel, which shows more than `auth.test`: the token, its scopes, the membership."""
        answer = await self._api.send(
            "GET", "conversations.history", params={"channel": self._channel, "limit": 1}
        )
        scopes = answer.headers.get("x-oauth-scopes")
        if scopes is not None and "chat:write" not in {scope.strip() for scope in scopes.split(",")}:
            return Health(ok=False, says="The token lacks the scope chat:write.", mend=SCOPE)
        says = "Reads the channel and may write to it."
        if self._rotates:
            says = f"{says} SLACK_TOKEN is of an app with token rotation: it ends within twelve hours."
            return Health(ok=True, says=says, mend=_ROTATES, ends=(self._clock() + _LASTS).date())
        return Health(ok=True, says=says)

    async def scopes(self) -> Scopes | None:
        answer = await self._api.send("POST", "auth.test", repeatable=True)
        told = answer.headers.get("x-oauth-scopes")
        if told is None:
            return None
        granted = frozenset(filter(None, (scope.strip() for scope in told.split(","))))
        # a public channel's, or a private one's
        history = granted & {"channels:history", "groups:history"} or {"channels:history"}
        return Scopes(credential="SLACK_TOKEN", granted=granted, needed=frozenset({"chat:write", *history}))

    async def find_message(self, key: str) -> Written | None:
        async with aclosing(self._of_key(key)) as found:
            ts = await anext(found, None)
        return await self._written(ts) if ts else None

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:  # noqa: ARG002 - one channel
        if kind != "message":
            return ()
        async with aclosing(self._of_key(key)) as found:
            return tuple([await self._written(ts) async for ts in found])

    async def _of_key(self, key: str) -> AsyncGenerator[str]:
        """The newest first."""
        params = {
            "channel": self._channel,
            "include_all_metadata": "true",
            "limit": str(PAGE),
            "oldest": f"{(self._clock() - LOOK_BACK).timestamp():.6f}",
        }
        for _ in range(PAGES):
            page = await self._api.ask(_History, "GET", "conversations.history", params=params)
            for message in page.messages:
                if _is_ours(message, key):
                    yield message.ts
            cursor = page.response_metadata.next_cursor if page.response_metadata else ""
            if not cursor:
                return
            params["cursor"] = cursor

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        body: dict[str, JsonValue] = {
            "channel": self._channel,
            "text": escape(text, quote=False),  # `<!channel>` and the like would be more than words
            "mrkdwn": False,  # a name with asterisks is shown with asterisks
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}},
        }
        # a file on this machine is nothing that Slack opens
        if shown := [link for link in links if link.url.startswith(("https://", "http://"))]:
            body["blocks"] = [_with_links(text, shown)]
        try:
            posted = await self._post(body)
        except FormRefusedError:
            # nothing was posted; as words alone it is still read
            plain = " · ".join([text[: _LONGEST // 2], *(f"{link.label}: {link.url}" for link in shown)])
            body["text"] = escape(plain[: _LONGEST * 3 // 4], quote=False)
            posted = await self._post({name: value for name, value in body.items() if name != "blocks"})
        return await self._written(posted.ts)

    async def _post(self, body: JsonObject) -> _Posted:
        return await self._api.ask(_Posted, "POST", "chat.postMessage", json=body, pace=self._posting)

    async def erase_message(self, key: str, message_id: str) -> Erased:
        """An older one than is looked for is known by its own id."""
        channel, _, ts = message_id.partition("/")
        found = {ts: channel} if ts else {}
        async with aclosing(self._of_key(key)) as messages:
            found |= {one: self._channel async for one in messages}
        erased = False
        for ts, channel in found.items():
            try:
                await self._api.send(
                    "POST", "chat.delete", json={"channel": channel, "ts": ts}, repeatable=True
                )
                erased = True
            except LeadRefusedError:
                continue  # gone already
            except PermanentServiceError as error:
                return Erased(
                    answer="cannot", note=f"{error.said} Delete it in Slack: {await self._link(ts) or key}"
                )
        return Erased(answer="erased" if erased else "not_there")

    async def _written(self, ts: str) -> Written:
        return Written(external_id=f"{self._channel}/{ts}", url=await self._link(ts))

    async def _link(self, ts: str) -> str | None:
        params = {"channel": self._channel, "message_ts": ts}
        try:
            # hundreds a minute are allowed, so it waits in no queue
            found = await self._api.ask(_Permalink, "GET", "chat.getPermalink", params=params, pace=None)
        except ServiceError:
            return None  # the message is there, and going without its link is better than posting it again
        return found.permalink


def _with_links(text: str, links: Sequence[Link]) -> JsonValue:
    """A block of plain words with links behind it: what a reader sees, while a notification has the text."""
    parts: list[JsonValue] = [{"type": "text", "text": text}]
    for number, link in enumerate(links):
        parts.append({"type": "text", "text": " · " if number else "\n"})
        parts.append({"type": "link", "url": link.url, "text": link.label})
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}


def _is_ours(message: _Message, key: str) -> bool:
    metadata = message.metadata
    return metadata.event_type == EVENT_TYPE and metadata.event_payload.get("key") == key

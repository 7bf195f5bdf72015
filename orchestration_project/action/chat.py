"""The action that tells the team of a lead, once all other actions of its track have had their turn; and one
more line when what it told has changed.

What the messages say is decided in `summary.py`.
"""

from datetime import datetime

from pydantic import TypeAdapter

from orchestration_project.action.base import Brief, Entry, Tools
from orchestration_project.action.summary import OPEN, news, summary, waits_for_other
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.model import Clock, Erased, Frozen, ReceiptStatus, Written
from orchestration_project.playbook.model import Autonomy


class Told(Frozen):
    """What a message said: the track, and which actions were still open."""

    track: str
    open: tuple[str, ...] = ()


class ChatMessage:
    name = "chat"
    kind = "chat"
    needs = Autonomy.INTERNAL
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:  # noqa: ARG002 - as every action
        return ()

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.chat.find_message(brief.ref)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        written = await tools.chat.post(brief.ref, summary(brief), links(brief))
        told = Told(track=brief.decision.track, open=still_open(brief))
        return written.model_copy(update={"memo": told.model_dump_json()})

    def preview(self, brief: Brief, now: datetime) -> str:  # noqa: ARG002 - as every action
        return summary(brief)

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="message", key=brief.ref)

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.chat.erase_message(brief.ref, brief.outside_id(self.name) or "")


class ChatNews:
    """One line when everything that a lead's message called unfinished is final, or its track is another."""

    name = "chat_news"
    kind = "chat"
    needs = Autonomy.INTERNAL
    requires: tuple[str, ...] = ("chat",)

    def wanted(self, brief: Brief) -> bool:
        first = brief.receipts.get("chat")
        if first is None or first.status is not ReceiptStatus.DONE or first.memo is None:
            return False
        told = _told.validate_json(first.memo)
        changed = told.track != brief.decision.track or bool(told.open)
        return changed and not still_open(brief)

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:  # noqa: ARG002 - as every action
        return ()

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.chat.find_message(_news_key(brief))

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        told = _told.validate_json(brief.receipts["chat"].memo or "{}")
        return await tools.chat.post(_news_key(brief), news(brief, told.open, told.track), links(brief))

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="message", key=_news_key(brief))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.chat.erase_message(_news_key(brief), brief.outside_id(self.name) or "")


_told = TypeAdapter(Told)


def _news_key(brief: Brief) -> str:
    return f"{brief.ref}-news"


def still_open(brief: Brief) -> tuple[str, ...]:
    """The actions of the lead's track that are neither done nor left out for good."""
    return tuple(
        name
        for name in brief.track.action_names
        if name != "chat"
        and not waits_for_other(brief, name)
        and ((receipt := brief.receipts.get(name)) is None or receipt.status in OPEN)
    )


def links(brief: Brief) -> tuple[Link, ...]:
    """What is to be reviewed first, then where it came from."""
    urls = {
        "draft": _url(brief, "draft"),
        "contact": _url(brief, "crm_contact"),
        "run": brief.run_url,
    }
    return tuple(Link(label=label, url=url) for label, url in urls.items() if url)


def _url(brief: Brief, action: str) -> str | None:
    receipt = brief.receipts.get(action)
    return receipt.url if receipt else None

"""The action that tells the team of a lead, once all other actions of its track have had their turn.

What the message says is decided in `summary.py`.
"""

from orchestration_project.action.base import Brief, Tools
from orchestration_project.action.summary import summary
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.model import Clock, Written
from orchestration_project.playbook.model import Autonomy


class ChatMessage:
    name = "chat"
    kind = "chat"
    needs = Autonomy.INTERNAL
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ("*",)

    def lock_key(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.chat.find_message(brief.ref)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        return await tools.chat.post(brief.ref, summary(brief), links(brief))


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

"""Tells by the chat of connections.yaml. A letter that may be there already is looked for."""

from typing import Self, cast

from orchestration_project.connectors.alert.interface import Destination
from orchestration_project.connectors.base import ConnectorContext, connector_class
from orchestration_project.connectors.chat import TABLE
from orchestration_project.connectors.chat.interface import Chat, Link
from orchestration_project.model.alerts import Letter


class ChatSender:
    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    @classmethod
    def open(cls, destination: Destination, given: ConnectorContext) -> Self:
        chat = connector_class("chat", destination.chat.connector, TABLE)
        return cls(cast("Chat", chat.open(destination.chat, given)))

    async def send(self, letter: Letter) -> None:
        if await self._chat.find_message(letter.key) is not None:
            return
        links = [Link(label="look", url=letter.link)] if letter.link else []
        await self._chat.post(letter.key, f"{letter.title}\n{letter.body}".strip(), links)

"""Mails as Microsoft Graph tells of them, as far as we read them. What is asked is `microsoft.py`."""

from typing import cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, model_validator
from pydantic.alias_generators import to_camel


class Graph(BaseModel):
    # Graph adds fields at any time
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, told: object) -> object:
        """What a mail lacks may be null."""
        fields = cast("dict[str, JsonValue]", told) if isinstance(told, dict) else None
        return told if fields is None else {name: it for name, it in fields.items() if it is not None}


class Body(Graph):
    content: str = ""


class Address(Graph):
    address: str | None = None


class Recipient(Graph):
    email_address: Address = Address()


class Message(Graph):
    id: str
    is_draft: bool
    web_link: str | None = None
    subject: str | None = None
    body: Body = Body()
    sent_date_time: AwareDatetime | None = None
    internet_message_id: str | None = None
    to_recipients: tuple[Recipient, ...] = ()


class Messages(Graph):
    value: tuple[Message, ...]


def plain_text(message: Message) -> str:
    return message.body.content.replace("\r\n", "\n").strip()

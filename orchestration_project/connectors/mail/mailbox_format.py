"""What goes into a real mailbox as a draft, and what is read back of a mail that was sent.

Talking to a mail service belongs to its connector, and what a draft says to `action/draft.py`.
"""

import email
import email.policy
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from orchestration_project.connectors.mail.interface import DraftNow, SentMail

REF_HEADER = "X-Lead-Ref"
_END_OF_HEADERS = b"\r\n\r\n"
_FIELD_END = re.compile(rb"\r\n(?![ \t])")  # a line that begins with a blank goes on with the field
_FROM = b"from:"
_ONLY_FOR_FILES = b"x-unsent:"
"""Makes Outlook open an .eml file as a draft. In a mailbox it would go out to the lead."""


def draft_bytes(message: EmailMessage, mailbox: str | None, ref: str | None = None) -> bytes:
    """The message with CRLF line ends, every byte of it as composed, without the mark for files.

    `mailbox` is the address that the service sends from, where it is known. `ref` is for a service that may
    give the mail another Message-ID, and then finds it by a header of ours; recipients can see that one.
    """
    # the policy it was made with knows whether an address needs letters that ASCII lacks
    raw = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    headers, end, body = raw.partition(_END_OF_HEADERS)
    fields = [field for field in _FIELD_END.split(headers) if not field.lower().startswith(_ONLY_FOR_FILES)]
    if mailbox and _sender(message).casefold() != mailbox.casefold():
        # the service may put its own address into From; the answer is for the one that the playbook names
        (sender,) = (field for field in fields if field.lower().startswith(_FROM))
        fields.append(b"Reply-To:" + sender[len(_FROM) :])
    if ref:
        fields.append(f"{REF_HEADER}: {ref}".encode())
    return b"\r\n".join(fields) + end + body


def own_address(user: str) -> str | None:
    """The address of a mailbox whose user name is one."""
    return user if "@" in user else None


def may_be_ours(message_id: str, recipient: str, found_id: str, found_to: Iterable[str]) -> bool:
    """Whether a draft without a header of ours may be the one of that Message-ID, edited: it is to the same
    person, and its own Message-ID is not the one of another lead's draft."""
    kind, domain = message_id.partition(".")[0], message_id.rpartition("@")[2]
    is_known = found_id.startswith(f"{kind}.") and found_id.endswith(f"@{domain}")
    if is_known and found_id != message_id:
        return False
    return _comparable(recipient) in map(_comparable, found_to)


def addresses_in(header: str) -> list[str]:
    return [address for _name, address in getaddresses([header])]


def found_note(place: str) -> str:
    return f"A draft to this person was found {place}, and left as it is."


def _comparable(address: str) -> str:
    """Mail programs may write a domain with the letters that people read."""
    local, _, domain = address.strip().casefold().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def _sender(message: EmailMessage) -> str:
    return message["From"].addresses[0].addr_spec


def sent_mail(raw: bytes, received_at: datetime, url: str | None = None) -> SentMail:
    """What a person sent. `received_at` is when the mailbox got it, for a mail that has no usable date."""
    # only `policy.default` makes an EmailMessage of it, with its bodies and decoded headers
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return SentMail(
        sent_at=_date(message) or received_at,
        subject=str(message["Subject"] or ""),
        text=_text(message),
        url=url,
    )


def draft_in(raw: bytes) -> DraftNow:
    """What a draft says."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    to = getaddresses([str(message["To"] or "")])
    return DraftNow(
        to=tuple(address for _name, address in to),
        subject=str(message["Subject"] or ""),
        text=_text(message),
        names=tuple(name for name, _address in to if name),
    )


def _date(message: EmailMessage) -> datetime | None:
    try:
        date = parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except LookupError:  # a character set that Python does not have
        payload = body.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if body.get_content_subtype() == "html":
        text = plain_text(text)
    return text.replace("\r\n", "\n").strip()


def plain_text(html: str) -> str:
    """The words of a mail that some program wrote as HTML only."""
    import lxml.html  # noqa: PLC0415 - rarely needed: nearly all mails have a text

    # in an element of its own, since lxml reads nothing out of nothing; bytes may declare any encoding
    data = b"<div>" + html.encode("utf-8", "replace") + b"</div>"
    document = lxml.html.document_fromstring(data, parser=lxml.html.HTMLParser(encoding="utf-8"))
    for unseen in list(document.iter("script", "style", "title")):
        unseen.drop_tree()
    for line_end in document.iter("br", "p", "div", "li", "tr"):
        line_end.tail = "\n" + (line_end.tail or "")
    return document.text_content().strip()

"""The same id with other content: nothing new, a correction, or another person under one id?

Keeping the bytes and reading a lead again belongs to the ledger and to `intake.py`.
"""

from collections.abc import Mapping
from typing import Literal

from orchestration_project.data.emails import person_key
from orchestration_project.model import Lead, Ref

_TELLING = {"person", "company", "message", "asked_service", "budget", "consent", "honeypot_filled"}
"""What a correction can correct, beside answers that the playbook does not know."""
_ENVELOPE = frozenset(
    {"createdat", "updatedat", "modifiedat", "changedat", "receivedat", "deliveredat", "sentat", "landedat"}
    | {"createdtime", "createdtimems", "submittedat", "respondedat", "completedat", "startedat", "occurredat"}
    | {"timestamp", "updated", "modified", "lastmodified", "lastupdated", "lastseenat", "eventtime"}
    | {"eventid", "deliveryid", "webhookid", "requestid", "messageid", "notificationid", "subscriptionid"}
    | {"attempt", "attempts", "attemptnumber", "retry", "retries", "retrycount", "deliverycount"}
    | {"counter", "sequence", "sequencenumber", "token", "signature", "etag"}
)
"""What services call their own time stamps and counters, which change without a word of news."""


def what_it_is(
    now: Lead | None, before: Mapping[Ref, Lead | None]
) -> tuple[Ref | None, Literal["same", "newer"]]:
    """The lead whose submission was delivered with other content, and whether that says anything new. None:
    it is of a person who has no lead under this id yet.

    `before` holds what each lead of that id said last, the first one first; None is unreadable.
    """
    for ref, earlier in before.items():
        if now is None or earlier is None:
            # where one of the two cannot be read, the id is all that there is to go by
            return ref, "same" if now is None and earlier is not None else "newer"
        if is_same_person(now, earlier):
            return ref, "same" if _telling(now) == _telling(earlier) else "newer"
    return None, "newer"


def is_same_person(one: Lead, other: Lead) -> bool:
    """Under one id, two are the same unless something says that they are not: with different addresses, the
    name or the phone number must agree; where only one has an address, names must not differ."""
    keys = [_key(lead.person.email) for lead in (one, other)]
    names = [" ".join((lead.person.full_name or "").casefold().split()) for lead in (one, other)]
    phones = [lead.person.phone or "" for lead in (one, other)]
    if keys[0] and keys[0] == keys[1]:
        return True
    agrees = (names[0] != "" and names[0] == names[1]) or (phones[0] != "" and phones[0] == phones[1])
    if all(keys):
        return agrees
    differs = all(names) and not _grows(names[0], names[1])
    return agrees or not differs


def _grows(one: str, other: str) -> bool:
    """An answer that was not finished: `ann` and then `ann one`."""
    return one.startswith(other) or other.startswith(one)


def _key(email: str | None) -> str:
    return person_key(email) if email else ""


def _telling(lead: Lead) -> dict[str, object]:
    answers = {key: text for key, text in lead.extra.items() if _plain(key) not in _ENVELOPE}
    return {**lead.model_dump(include=_TELLING), "answers": answers}


def _plain(key: str) -> str:
    """`meta.updated_at` is `updatedat`."""
    return "".join(filter(str.isalnum, key.rpartition(".")[2].casefold()))

"""The same id with other content: nothing new, a correction, or another person under one id?

Keeping the bytes and reading a lead again belongs to the ledger and to `intake.py`.
"""

from collections.abc import Mapping
from typing import Literal

from orchestration_project.data.addresses import is_role
from orchestration_project.data.emails import person_key
from orchestration_project.data.same_person import is_another_name, is_like_address
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
    name must agree, or the phone number or a slip in the address with a name that may be theirs; where only
    one has an address, names must not differ. An office's mailbox or number is several people's."""
    mails = [lead.person.email or "" for lead in (one, other)]
    keys = [person_key(mail) for mail in mails if mail]
    names = [" ".join((lead.person.full_name or "").casefold().split()) for lead in (one, other)]
    another = all(names) and not _grows(*names) and _differ(*names)
    if len(set(keys)) == 1 and len(keys) == len(mails):
        return not (another and is_role(keys[0]))
    phone = one.person.phone
    agrees = names[0] == names[1] != "" or (bool(phone) and phone == other.person.phone and not another)
    if len(keys) == len(mails):
        return agrees or (not another and all(names) and is_like_address(*mails))
    return agrees or not another


def _differ(one: str, other: str) -> bool:
    """Of a name of one word nothing is like it but itself."""
    words, others = one.split(), other.split()
    return is_another_name(one, other) if len(words) > 1 < len(others) else not set(words) & set(others)


def _grows(one: str, other: str) -> bool:
    """An answer that was not finished: `ann` and then `ann one`."""
    return one.startswith(other) or other.startswith(one)


def _telling(lead: Lead) -> dict[str, object]:
    answers = {key: text for key, text in lead.extra.items() if _plain(key) not in _ENVELOPE}
    return {**lead.model_dump(include=_TELLING), "answers": answers}


def _plain(key: str) -> str:
    """`meta.updated_at` is `updatedat`."""
    return "".join(filter(str.isalnum, key.rpartition(".")[2].casefold()))

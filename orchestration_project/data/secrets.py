"""What senders put into a submission that only they and we may know: kept in the bytes as delivered alone.

Credentials of our own are in `.env`, and never here.
"""

import re

_NAMES = ("HandshakeKey", "webhookURL", "webhookSecret", "sharedSecret", "signingSecret")
"""Formstack's shared secret, Jotform's address of the webhook; whoever knows it may post there."""
_PLAIN = frozenset(name.casefold() for name in _NAMES)
_NAMED = "|".join(_NAMES)
_SHOWN = re.compile(
    rf"""((?<!\w)(?:{_NAMED})(?:\\*"\s*:\s*\\*"|=|"[^\S\n]*\r?\n\s*\n))(?:\\+/|[^"\\&\s])+""", re.IGNORECASE
)


def is_secret(key: str) -> bool:
    """By the last part of the way to it."""
    return "".join(filter(str.isalnum, key.rpartition(".")[2].casefold())) in _PLAIN


def masked(raw: str) -> str:
    """A submission as delivered, to be shown."""
    return _SHOWN.sub(r"\1…", raw)

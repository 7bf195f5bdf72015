"""Text on its way into a CRM that keeps rich text, and the mark by which our entries are found again.

What the text says is decided in `action/`; where it goes, in the connectors.
"""

import re
from html import escape, unescape

_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile(r".*\[lead intake (.+?)\]", re.DOTALL)  # the last one: a person may have written one above


def clean(value: str) -> str:
    """Without what JSON in UTF-8 and most databases cannot keep: U+0000 and lone surrogates."""
    return value.replace("\0", "").encode(errors="ignore").decode()


def marked(text: str, key: str) -> str:
    """Rich text that shows the text as it is, whatever a stranger wrote in it, with our key below."""
    lines = [*clean(text).splitlines(), _mark(key)]
    return "<br>".join(escape(line, quote=False) for line in lines)


def key_in(rich_text: str) -> str:
    """Our key in it; empty where there is none."""
    found = _MARK.search(_plain(rich_text))
    return found.group(1) if found else ""


def carries(rich_text: str | None, key: str) -> bool:
    """Whether the entry is the one of that key, also after a CRM or a person gave it other markup."""
    return _mark(key) in _plain(rich_text or "")


def _plain(rich_text: str) -> str:
    return unescape(_TAG.sub("", rich_text)).replace("\xa0", " ")


def split_name(name: str) -> tuple[str, str]:
    """For a CRM with two fields for it. Joined with a space they are the name again, so that a name
    read back is the one that was written."""
    first, _, last = name.strip().rpartition(" ")
    return (first, last) if first else (last, "")


def joined_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def _mark(key: str) -> str:
    # closed on both sides: L-1 is not found in the mark of L-12
    return f"[lead intake {key}]"

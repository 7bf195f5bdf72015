"""Makes a value that came from a form fit to stand in something we write.

Nothing here knows what is written; fencing text for a language model belongs to the decision layer.
"""

import re
import string

from orchestration_project.links import is_link
from orchestration_project.text import as_shown

_ASCII_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")


def harmless(text: str, limit: int) -> str:
    """One line of at most `limit` characters, without links, e-mail addresses and domains, and without
    characters that hide or reorder text. Empty if no letter or digit remains."""
    line = _without_links(as_shown(text))
    if len(line) > limit:
        # the cut may make a domain of what was none
        line = _without_links(_cut(line, limit))
    return line if any(map(str.isalnum, line)) else ""


def markdown_escape(text: str) -> str:
    """Markdown reads what this returns as the plain text that was given."""
    return _ASCII_PUNCTUATION.sub(r"\\\g<0>", text)


def _without_links(line: str) -> str:
    # whole words go: what is left of a link would be rubbish
    return " ".join(word for word in line.split(" ") if not is_link(word))


def _cut(line: str, limit: int) -> str:
    cut = line[: limit + 1].rpartition(" ")[0] or line[:limit]
    return cut.rstrip(" ,;:-(")

"""What of a page's bytes a parser may see: no tag is longer or has more attributes than in an honest page,
and there are no more of them. Linear, and without a parser: what is kept out is made to keep parsers busy.

What the page says is taken out in `extract.py`.
"""

import re

MOST_BYTES = 600_000
MOST_TAGS = 25_000
LONGEST_TAG = 4_000  # bytes; pictures inside of a page are longer, and not read
MOST_ATTRIBUTES = 40
_TAG = re.compile(rb"<[!/?A-Za-z][^<>]*>?")
_NAME = re.compile(rb"</?[A-Za-z][A-Za-z0-9:-]{0,40}")
_ATTRIBUTES = re.compile(rb"\s[^\s=<>\"']+\s*=?")
# Kept of a tag that is cut, since what is hidden and what describes the page is told by them.
_TELLING = re.compile(
    rb"\s(?:hidden|aria-hidden|style|class|id|name|property|content|type|charset|http-equiv)"
    rb"(?:\s*=\s*(?:\"[^\"<>]{0,600}\"|'[^'<>]{0,600}'|[^\s\"'<>]{1,100}))?(?=[\s>/])",
    re.IGNORECASE,
)


def bounded(html: bytes) -> bytes:
    """The beginning of the page, with tags that a parser is done with in time."""
    tags = 0

    def shorten(found: re.Match[bytes]) -> bytes:
        nonlocal tags
        tags += 1
        tag = found.group()
        if tags > MOST_TAGS:
            return b" "
        # no honest tag has so many; counting stops soon
        if len(tag) <= LONGEST_TAG and len(_ATTRIBUTES.findall(tag)) <= MOST_ATTRIBUTES:
            return tag
        name = _NAME.match(tag)
        if name is None:
            return b" "
        kept = b"".join(_TELLING.findall(tag[:LONGEST_TAG] + b">")[:8])
        return name.group() + kept + b">"

    return _TAG.sub(shorten, html[:MOST_BYTES])

"""Makes a value that came from a form fit to stand in something we write.

Nothing here knows what is written; fencing text for a language model belongs to the decision layer.
"""

import re
import string
import unicodedata
from functools import cache

# Characters that show nothing but are no format characters to Unicode: fillers and variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Browsers read the ideographic full stop as the dot of a domain.
_DOTS = str.maketrans("\u3002", ".")
# What mail programs make clickable without a public domain: me@intranet, app://open, \\server\share.
# And `=?`, which begins an encoded word: a mail header that holds one shows what it decodes to.
_LINKLIKE = re.compile(
    r"\S@\S | [/\\]{2} | \bwww\. | \b(?:mailto|tel|sms|file|javascript|data):\S | \d(?:\.\d{1,3}){3} | =\?",
    re.VERBOSE | re.IGNORECASE,
)
# What may be the last part of a domain. The ASCII reading counts, too: some programs end a link at the
# first other letter. (linkify-it is made to find well-set links and overlooks those in odd company.)
_ENDING = re.compile(r"(?<=[^\s.])\.(?=([A-Za-z]*)([^\W\d_]*)(--)?)")
_ASCII_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")


def harmless(text: str, limit: int) -> str:
    """One line of at most `limit` characters, without links, e-mail addresses and domains, and without
    characters that hide or reorder text. Empty if no letter or digit remains."""
    line = _without_links(_plain(text))
    if len(line) > limit:
        # the cut may make a domain of what was none
        line = _without_links(_cut(line, limit))
    return line if any(map(str.isalnum, line)) else ""


def has_link(text: str) -> bool:
    """Would `harmless` take something out? A sentence with a hole is worse than none."""
    return any(_is_link(word) for word in _plain(text).split(" "))


def markdown_escape(text: str) -> str:
    """Markdown reads what this returns as the plain text that was given."""
    return _ASCII_PUNCTUATION.sub(r"\\\g<0>", text)


def _plain(text: str) -> str:
    # compatibility forms become plain ones: a full-width e-mail address is one, too
    shown = unicodedata.normalize("NFKC", "".join(map(_shown, _UNSEEN.sub("", text))))
    return " ".join(shown.split())


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category.startswith("C") else character


def _without_links(line: str) -> str:
    # whole words go: what is left of a link would be rubbish
    return " ".join(word for word in line.split(" ") if not _is_link(word))


def _is_link(word: str) -> bool:
    return bool(_LINKLIKE.search(word)) or _has_domain(word.translate(_DOTS))


def _has_domain(word: str) -> bool:
    return any(
        punycode or ascii_part.lower() in _endings() or (ascii_part + rest).lower() in _endings()
        for ascii_part, rest, punycode in _ENDING.findall(word)
    )


def _cut(line: str, limit: int) -> str:
    cut = line[: limit + 1].rpartition(" ")[0] or line[:limit]
    return cut.rstrip(" ,;:-(")


@cache
def _endings() -> frozenset[str]:
    """The top-level domains, from the list that comes with the package."""
    # costs start-up time
    import tldextract  # noqa: PLC0415

    bundled = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return frozenset(suffix for suffix in bundled.tlds if "." not in suffix)

"""Reading how many people a company has, as forms ask it: "11-50", "1,000+", "about 30", "just me".

What a size is worth to us is the scorecard's part.
"""

import re
import unicodedata

_NUMBER = re.compile(r"\d{1,3}(?:[.,'\u2019 ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?(?=\s*k\b)|\d+", re.IGNORECASE)
_THOUSANDS = re.compile(r"\s*k\b", re.IGNORECASE)
_ALONE = re.compile(
    r"\b(?:just|only) me\b|\bsolo\b|\bsole trader\b|\bself[- ]?employed\b|\bfreelancer?\b|\bone person\b",
    re.IGNORECASE,
)
_MOST = 10_000_000  # more people than that no company has: it is a phone number or a revenue


def read_employees(text: str) -> int | None:
    """The lower end of what the text names; None where it names no number of people."""
    typed = unicodedata.normalize("NFKC", text)
    found = _NUMBER.search(typed)
    if found is None:
        return 1 if _ALONE.search(typed) else None
    if _THOUSANDS.match(typed, found.end()):
        number = round(float(found.group().replace(",", ".")) * 1_000)
    else:
        number = int(re.sub(r"\D", "", found.group()))
    return number if number <= _MOST else None

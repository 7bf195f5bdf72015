"""Data of others that the suite brings along, each with its licence: strings that break parsers.

Data that may not be passed on stays in `../shared/data`; tests of it are skipped where that is absent.
"""

import json
from pathlib import Path

_NAUGHTY = Path(__file__).parent / "naughty_strings" / "blns.json"


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings: github.com/minimaxir/big-list-of-naughty-strings, at db33ec7."""
    return json.loads(_NAUGHTY.read_text(encoding="utf-8"))

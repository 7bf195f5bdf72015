"""Reading a budget as people write it: "£500", "1.500 €", "2k", "500-1000 / month".

What a budget is worth to us is the scorer's part.
"""

import re
import unicodedata
from decimal import Decimal

from orchestration_project.model import Problem
from orchestration_project.text import one_line

_MAX_CHARACTERS = 200
_NUMBER = re.compile(
    r"""(?P<digits>\d+(?:[.,'\u2019]\d+|\x20\d{3}(?!\d))*)
        (?:(?P<thousand>\x20?(?:k|tsd|thousand)) | (?P<million>\x20?(?:million|mio) | m))?
        (?<![^\W\d_](?=[^\W\d_]))  # the k of "2kg" is no thousand
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NEGATIVE = re.compile(r"\W*[-\u2212]\W*\d")
_RANGE = re.compile(r"\W*(?:[-\u2013\u2014]|to|and|bis|à|a)\W*", re.IGNORECASE)


def read_budget(text: str, highest: Decimal) -> tuple[Decimal | None, Problem | None]:
    """The lower end of what the text names. There are no exchange rates here: a number in another
    currency counts as it stands."""
    typed = unicodedata.normalize("NFKC", one_line(text, _MAX_CHARACTERS))
    numbers = list(_NUMBER.finditer(typed))
    if not numbers:
        return None, _invalid("names no number")
    if _NEGATIVE.match(typed):
        return None, _invalid("is a negative number")
    lowest = _lower_end(typed, numbers)
    if lowest > highest:
        return None, _invalid(f"is more than max_budget in playbook.yaml ({highest:,})")
    return lowest, None


def _lower_end(typed: str, numbers: list[re.Match[str]]) -> Decimal:
    amount, scale = _amount(numbers[0]["digits"]), _scale(numbers[0])
    if len(numbers) > 1 and scale == 1 and _RANGE.fullmatch(typed[numbers[0].end() : numbers[1].start()]):
        upper = _amount(numbers[1]["digits"])
        # in "5-10k" the k is meant for both, in "500-2k" it is not
        scale = _scale(numbers[1]) if amount < upper else 1
    return amount * scale


def _scale(number: re.Match[str]) -> int:
    if number["thousand"]:
        return 1_000
    return 1_000_000 if number["million"] else 1


def _amount(digits: str) -> Decimal:
    """1,200.50 and 1.200,50 alike. One separator before exactly three digits separates thousands."""
    digits = re.sub(r"[ '\u2019]", "", digits)
    mark, other = (".", ",") if digits.rfind(".") > digits.rfind(",") else (",", ".")
    whole, _, fraction = digits.rpartition(mark)
    thousands = len(fraction) == 3 and len(whole) <= 3 and whole != "0"  # noqa: PLR2004
    if digits.count(mark) == 1 and (other in whole or not thousands):
        return Decimal(f"{whole.replace(other, '')}.{fraction}")
    return Decimal(digits.replace(mark, "").replace(other, ""))


def _invalid(why: str) -> Problem:
    return Problem(
        field="budget", code="invalid", message=f"The budget {why}, so it counts as unknown. Ask for it."
    )

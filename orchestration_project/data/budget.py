"""Reading a budget as people write it: "£500", "1.500 €", "2k", "500-1000 / month", "12 months x £400".

What a budget is worth to us is the scorer's part; `budget_period.py` says for how many months it is. Where
it is not sure which number is the money, nobody guesses.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orchestration_project.model import Problem
from orchestration_project.text import one_line, words

_MAX_CHARACTERS = 200
_LETTERS_OF_A_CODE = 3
_SCALE = r"""
    (?: (?P<thousand>\x20?(?:k|tsd|thousand|thou|mila|mil|tusen|tys|тыс))
      | (?P<million>\x20?(?:million(?:s|en)?|mio|mln) | mm?)
      | (?P<lakh>\x20?(?:lakhs?|lacs?)) | (?P<crore>\x20?crores?) | (?P<wan>万|萬) | (?P<qian>千)
    )?
    (?<![A-Za-z\u0400-\u04ff](?=[^\W\d_]))  # the k of "2kg" is no thousand
"""
_NUMBER = re.compile(
    r"(?P<digits>\d+(?:[.,'\u2019]\d+|\x20\d{3}(?!\d))*)" + _SCALE, re.IGNORECASE | re.VERBOSE
)
_SHORT = re.compile(r"\b\d(?:\.\d+)?[eE]\+?\d{1,2}\b")  # as a spreadsheet writes it: 1.5E+5
_NEGATIVE = re.compile(r"\W*[-\u2212]\W*\d")
_RANGE = re.compile(
    r"\s*(?:/?\s*(?:per\s+|a\s+)?(?:month|year|week|mo|yr)\s*)?(?:[-\u2013\u2014~〜～]|to|and|bis|und|à|a|"
    r"au|y|e|hasta|до|til|till|tot|t/m)\s*(?:up\s+to\s*)?",
    re.IGNORECASE,
)
_SIGNS = "£$€¥₹₽₩₺₴₪฿₫₦₱₡₵₸₼₾₲៛"
_CURRENCY = re.compile(
    rf"[{_SIGNS}]|\b(?:us|au|ca|nz|hk|sg)\$|\br\$|\bkč|\bzł|\bft\b|\blei\b|\bkr\b|\brs\b\.?|\bfr\b\.?|"
    rf"\bsfr\b|\b[a-z]{{3}}\b"
    r"|\b(?:pounds?|quid|euros?|dollars?|bucks|francs?|franken|kronor|kroner|rupees?|yen|pesos?|reais|"
    r"zloty|złotych|dirhams?|rand|bgn|лв|руб|грн)\b|元|円|원",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s*[-\u2010]?\s*(?:%|percent|pct|°|(?:figure|digit|month(?!ly)|week(?!ly)|day|year(?!ly)|"
    r"hour(?!ly)|minute|quarter(?!ly)|people|person|employee|user|seat|staff|page|invoice|"
    r"transaction|client|customer|compan|location|site|office|project|session|license|licence|account|"
    r"payslip|payroll|director|unit|"
    r"item|piece|post|video|logo|vehicle|truck|car\b|shop|store|sqm|sq\b|m2|m²|km|kg|am\b|pm\b|uhr\b|h\b|"
    r"hrs?\b|mo\b|mos\b|yrs?\b|"
    r"monat|woche|tag\b|tage|jahr|stunde|mitarbeiter|personen|leute|mois|semaine|jour|an\b|ans\b|année|"
    r"heure|salarié|personne|mes\b|meses|"
    r"semana|día|año|hora|empleado|persona|mese|mesi|settiman|giorn|ann[oi]\b|or[ae]\b|dipendent|mês|"
    r"anos?\b|horas?|funcionário|"
    r"maand|week|jaar|uur|medewerker|(?:st|nd|rd|th)\b|times|x\b(?!\s*[\d£$€])|installment|instalment|"
    r"payment|rate)s?)",
    re.IGNORECASE,
)
_TIMES = re.compile(r"(?:\s*\w+)?\s*(?:x|×|\*|@|at|à|zu je|mal)\s*", re.IGNORECASE)
_OPEN_BELOW = re.compile(
    r"(?:less than|no more than|not more than|under|below|[<\u2039]|up to(?= nothing)|unter|weniger als|"
    r"moins de|menos de|meno di|minder dan|onder|under|mindre än|poniżej|менее|до(?=\s*\d))\s*\W*$",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|no more|don'?t|can'?t|cannot|never|isn'?t|wasn'?t|kein|nicht|pas|nessun|sin|without|"
    r"zero idea|tbd|unlimited|illimité)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}/(?:19|20)\d{2}|(?:19|20)\d{2}(?=\s*(?:$|[)/,.;]|budget|"
    r"year|fy))"
    r"|(?:in|by|for|since|until|from|fy|q[1-4]|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|"
    r"oct\w*|nov\w*|dec\w*|end of|ab|seit|en|année)\s+(?:19|20)\d{2})\b"
    r"|\bq[1-4]\b|\b\d{1,2}:\d{2}\b|\b24/7\b|\b\d{1,2}/\d{1,2}\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+\d[\d ()./-]{7,}|\b0\d{3,5}[ /-]\d{4,}|\b0\d{9,}")

_WHICH = "names several numbers, or one that may be no money"


@dataclass(frozen=True)
class _Amount:
    digits: Decimal
    scale: int
    start: int
    end: int
    money: bool  # a currency stands beside it
    unit: bool  # what it counts is no money

    @property
    def value(self) -> Decimal:
        return self.digits * self.scale


def read_budget(
    text: str, highest: Decimal, currency: str = "", question: str = ""
) -> tuple[Decimal | None, Problem | None]:
    """The lower end of what the text names, for a month. There are no exchange rates here: a number in
    another currency than `currency` counts as it stands, and that is told. A text without a period is for
    the one that the question names."""
    typed = unicodedata.normalize("NFKC", one_line(text, _MAX_CHARACTERS))
    typed = _SHORT.sub(lambda number: format(Decimal(number[0]), "f"), typed)
    if _NEGATIVE.match(typed):
        return None, _invalid("is a negative number")
    hidden = _PHONE.sub(_blank, _DATE.sub(_blank, typed))
    amounts = [_amount_of(number, hidden) for number in _NUMBER.finditer(hidden)]
    if not amounts:
        return None, _invalid("names no number")
    value = _a_month(typed, hidden, amounts, question)
    if isinstance(value, str):
        return None, _unclear(value)
    if value > highest:
        return None, _invalid(f"is more than max_budget in playbook.yaml ({highest:,})")
    other = _other_currency(typed, currency)
    if other:
        return value, _unclear(f"is in {other}, and counts as if it were in {currency}", counts=True)
    return value, None


def _a_month(typed: str, hidden: str, amounts: Sequence[_Amount], question: str) -> Decimal | str:
    """As words: why nobody can tell how much that is a month."""
    money = _money(hidden, amounts)
    value = _lower_end(hidden, money)
    if isinstance(value, str):
        return value
    # 18 ms of patterns, for whoever stores a submission in a process of their own
    from orchestration_project.data.budget_period import months_told  # noqa: PLC0415

    months = months_told(typed, tuple((one.start, one.end) for one in money), question)
    if isinstance(months, str) or months == 1:
        return months if isinstance(months, str) else value
    return Decimal(round(value / months * 100)) / 100


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _amount_of(number: re.Match[str], typed: str) -> _Amount:
    before, after = typed[: number.start()], typed[number.end() :]
    left = re.search(r"(\S+)\s*$", before)
    near = re.match(r"\s*(\S+)", after)
    money = bool(
        (left and _is_currency(re.split(r"[\d,;]", left[1])[-1].strip(".:(~≈-")))
        or (near and _is_currency(re.split(r"[\d/,;)\-–+]", near[1].strip())[0].rstrip(".")))
    )
    unit = not money and _UNIT.match(after) is not None
    return _Amount(_amount(number["digits"]), _scale(number), number.start(), number.end(), money, unit)


def _is_currency(word: str) -> bool:
    if not word:
        return False
    if any(sign in word for sign in _SIGNS):
        return True
    found = _CURRENCY.fullmatch(word)
    if found is None:
        return False
    return (
        len(word) != _LETTERS_OF_A_CODE
        or not word.isascii()
        or word.upper() in _codes()
        or word.casefold() in {"yen", "руб", "грн"}
    )


def _lower_end(typed: str, chosen: Sequence[_Amount]) -> Decimal | str:
    """As words: why nobody can tell which of them is the money."""
    if not chosen:
        return _WHICH
    if _OPEN_BELOW.search(typed[: chosen[0].start]):
        return "names only what it is to stay below"
    if _DENIED.search(typed):
        return "stands beside a no or a doubt"
    lowest, beyond = chosen[0].value, chosen[1:]
    if beyond and _ranges(typed, chosen[0], beyond[0]):
        lowest, beyond = _lower(chosen[0], beyond[0]), beyond[1:]
    return lowest if all(one.value == lowest for one in beyond) else _WHICH


def _money(typed: str, amounts: Sequence[_Amount]) -> Sequence[_Amount]:
    counted = [one for one in amounts if not one.unit]
    if "%" in typed or any(_multiplied(typed, one, other) for one in counted for other in counted):
        return ()
    priced = [one for one in counted if one.money]
    # "£500-1000": what a range ends in needs no currency of its own
    return (
        [one for one in counted if one.money or any(_ranges(typed, one, other) for other in priced)]
        if priced
        else counted
    )


def _ranges(typed: str, one: _Amount, other: _Amount) -> bool:
    first, second = sorted((one, other), key=lambda amount: amount.start)
    between = _CURRENCY.sub(
        lambda word: "" if _is_currency(word[0]) else word[0], typed[first.end : second.start]
    )
    return first is not second and _RANGE.fullmatch(between) is not None


def _multiplied(typed: str, one: _Amount, other: _Amount) -> bool:
    between = typed[one.end : other.start] if one.end <= other.start else ""
    return _TIMES.fullmatch(between) is not None and not _ranges(typed, one, other)


def _lower(first: _Amount, second: _Amount) -> Decimal:
    # in "5-10k" the k is meant for both, in "500-2k" it is not
    scale = second.scale if first.scale == 1 and first.digits < second.digits else first.scale
    return first.digits * scale


def _scale(number: re.Match[str]) -> int:
    scales = {
        "thousand": 1_000,
        "million": 1_000_000,
        "lakh": 100_000,
        "crore": 10_000_000,
        "wan": 10_000,
        "qian": 1_000,
    }
    return next((scale for name, scale in scales.items() if number[name]), 1)


def _amount(digits: str) -> Decimal:
    """1,200.50 and 1.200,50 alike. One separator before exactly three digits separates thousands."""
    digits = re.sub(r"[ '\u2019]", "", digits)
    mark, other = (".", ",") if digits.rfind(".") > digits.rfind(",") else (",", ".")
    whole, _, fraction = digits.rpartition(mark)
    thousands = len(fraction) == 3 and len(whole) <= 3 and whole != "0"  # noqa: PLR2004
    if digits.count(mark) == 1 and (other in whole or not thousands):
        return Decimal(f"{whole.replace(other, '')}.{fraction}")
    return Decimal(digits.replace(mark, "").replace(other, ""))


_SIGN_OF = {
    "£": "GBP",
    "€": "EUR",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₩": "KRW",
    "원": "KRW",
    "円": "JPY",
    "元": "CNY",
    "₦": "NGN",
    "₱": "PHP",
    "zł": "PLN",
    "kč": "CZK",
    "r$": "BRL",
}
_OF_SEVERAL = (
    (re.compile(r"\bkr\b\.?|\bkron(?:or|er)\b"), words("SEK NOK DKK ISK"), "kronor or kroner"),
    (re.compile(r"¥"), words("JPY CNY"), "yen or yuan"),
    (re.compile(r"lakhs?|lacs?|crores?|\brs\b\.?|rupees?"), words("INR PKR NPR LKR BDT"), "rupees"),
    (re.compile(r"\beuros?\b"), words("EUR"), "EUR"),
    (re.compile(r"\bpounds?\b|\bquid\b"), words("GBP"), "GBP"),
    (re.compile(r"\bfranken\b|\bs?fr\b\.?"), words("CHF"), "CHF"),
    (re.compile(r"\byen\b"), words("JPY"), "JPY"),
)
_DOLLARS = frozenset(["USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP"])


def _other_currency(typed: str, currency: str) -> str | None:
    """The currency that is named, where it is another one than ours."""
    if not currency:
        return None
    small = typed.casefold()
    named = {code for sign, code in _SIGN_OF.items() if sign in small}
    for told, codes, name in _OF_SEVERAL:
        if told.search(small) and not named & codes:
            named |= {currency} if currency in codes else {name}
    named |= {
        word
        for word in re.findall(r"[A-Za-z]{3}", typed.upper())
        if word in _codes() and re.search(rf"(?<![A-Z]){word}(?![A-Z])", typed.upper())
    }
    if "$" in typed and currency not in _DOLLARS and not named:
        return "dollars"
    return None if not named or currency in named else min(named)


@cache
def _codes() -> frozenset[str]:
    return words(
        """
    USD EUR GBP CHF JPY CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BGN TRY RUB UAH ILS AED SAR ZAR BRL
    MXN ARS CLP COP PEN SGD HKD KRW THB VND IDR MYR PHP PKR BDT NGN KES EGP MAD TWD ISK RSD GEL AMD KZT QAR
    KWD JOD LKR NPR RMB
    """
    )


def _invalid(why: str) -> Problem:
    return Problem(
        field="budget", code="invalid", message=f"The budget {why}, so it counts as unknown. Ask for it."
    )


def _unclear(why: str, *, counts: bool = False) -> Problem:
    rest = "." if counts else ", so it counts as unknown."
    return Problem(field="budget", code="unclear", message=f"The budget {why}{rest} Ask for it.")

"""A year of made-up leads of the sample firm, and what became of them: for the history demo and benchmarks.

Nobody in it exists. What makes a lead worth something is known here, so it can be seen whether rules find it.
"""

import csv
import math
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("id", "submitted_at", "name", "email", "phone", "company", "budget", "message", "consent")
ATTRIBUTION = ("utm_source", "utm_medium")
OUTCOME = ("outcome", "closed_at", "value")

_GIVEN = (
    *("Amara", "Ben", "Chloe", "Dafydd", "Elif", "Farah", "Grace", "Harry", "Iona", "Jonas", "Kemi", "Liam"),
    *(
        "Maeve",
        "Nikhil",
        "Orla",
        "Piotr",
        "Quentin",
        "Rosa",
        "Sanjay",
        "Tilda",
        "Umar",
        "Vera",
        "Wren",
        "Zoe",
    ),
)
_FAMILY = (
    *("Abara", "Bright", "Carver", "Doyle", "Evans", "Fenn", "Gupta", "Hale", "Iqbal", "Jarvis", "Kaur"),
    *(
        "Lowe",
        "Marsh",
        "Nowak",
        "Okafor",
        "Price",
        "Quill",
        "Reid",
        "Shaw",
        "Tandy",
        "Usher",
        "Voss",
        "Wills",
    ),
)
_TRADES = (
    "Joinery",
    "Roofing",
    "Dental",
    "Studio",
    "Bakery",
    "Cycles",
    "Landscapes",
    "Media",
    "Care",
    "Print",
)
_FREE = ("gmail.com", "outlook.com", "yahoo.co.uk")
_NEEDS = {
    "bookkeeping": "the monthly bookkeeping and the VAT returns in Xero",
    "payroll": "the payroll with payslips and pensions",
    "year_end": "the year end accounts and the corporation tax",
    "finance_lead": "a cash flow forecast for the board",
}
_SIZES = ("We are a team of {size}.", "We have {size} employees.", "We are growing, {size} people by now.")
_REASONS = (
    "Our bookkeeper has just left.",
    "There is a deadline next month.",
    "We need it as soon as possible.",
    "The last filing is overdue and there is a penalty.",
)
_LOOKING = ("We are just looking for now.", "No rush.", "We are just curious how much roughly it is.")
_RECOMMENDED = ("{friend} recommended you to us.", "You were recommended by {friend}.")
_NOT_FOR_US = (
    "Could you help with my tax return, the self assessment of a private person?",
    "I am looking for a placement; may I send you my CV?",
    "Our agency helps firms like yours to find more customers. Shall we talk?",
)
_CHANNELS = (("google", "cpc", 0.4, -0.5), ("google", "organic", 0.3, 0.0), ("newsletter", "email", 0.1, 0.3))
"""Source, medium, share of the leads, and how much likelier they are won; the rest come without a word."""
_MEDIAN_DAYS = 14.0


class MadeLead(NamedTuple):
    row: dict[str, str]
    outcome: dict[str, str]  # empty cells where nobody knows yet


def made_leads(count: int, *, until: datetime, days: int = 365, seed: int = 1) -> Iterator[MadeLead]:
    """The oldest first, spread over the days before `until`; outcomes as far as they are known by then."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    moments = sorted(dice.random() for _ in range(count))
    for number, moment in enumerate(moments):
        at = until - timedelta(days=days * (1 - moment))
        yield _lead(number, at, until, dice)


def write_csv(path: Path, leads: Sequence[MadeLead]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] = csv.DictWriter(file, (*COLUMNS, *ATTRIBUTION, *OUTCOME))
        writer.writeheader()
        writer.writerows(lead.row | lead.outcome for lead in leads)


def _lead(number: int, at: datetime, until: datetime, dice: random.Random) -> MadeLead:
    given, family = dice.choice(_GIVEN), dice.choice(_FAMILY)
    company = f"{family} {dice.choice(_TRADES)}"
    own_domain = dice.random() < 0.6
    host = f"{company.lower().replace(' ', '-')}-{number}.example" if own_domain else dice.choice(_FREE)
    row = {
        "id": f"made-{number}",
        "submitted_at": at.isoformat(timespec="seconds"),
        "name": f"{given} {family}",
        "email": f"{given.lower()}.{family.lower()}.{number}@{host}",
        "phone": f"0117 496 {dice.randrange(1000):04}" if dice.random() < 0.5 else "",
        "company": f"{company} Ltd" if own_domain else "",
        "consent": "yes" if dice.random() < 0.4 else "",
    }
    if dice.random() < 0.12:
        message, worth = dice.choice(_NOT_FOR_US), -5.0
        row["budget"] = ""
    else:
        message, worth = _inquiry(row, dice, own_domain=own_domain)
    chance = dice.random()
    for source, medium, share, more in _CHANNELS:
        if chance < share:
            row |= {"utm_source": source, "utm_medium": medium}
            worth += more
            break
        chance -= share
    row["message"] = message
    return MadeLead(row, _outcome(at, until, worth, dice))


def _inquiry(row: dict[str, str], dice: random.Random, *, own_domain: bool) -> tuple[str, float]:
    """What they write, and the logit of being won that goes with it."""
    worth = -2.4 + 0.8 * own_domain + 0.3 * bool(row["phone"])
    budget = dice.choice((0, 0, 150, 300, 500, 700, 1200))
    row["budget"] = f"£{budget}" if budget else ""
    worth += 0.9 * (budget >= 400)
    service = dice.choice(tuple(_NEEDS))
    parts = [f"Hello, we need somebody for {_NEEDS[service]}."]
    size = dice.choice((1, 2, 4, 8, 14, 25, 60))
    if dice.random() < 0.6:
        parts.append(dice.choice(_SIZES).format(size=size))
        worth += 0.7 * (5 <= size <= 50)
    if dice.random() < 0.35:
        parts.append(dice.choice(_REASONS))
        worth += 0.9
    elif dice.random() < 0.3:
        parts.append(dice.choice(_LOOKING))
        worth -= 1.2
    if dice.random() < 0.15:
        parts.append(dice.choice(_RECOMMENDED).format(friend=dice.choice(_GIVEN)))
        worth += 2.2  # which the shipped rules do not know
    if dice.random() < 0.3:
        parts.append("Could we talk on the phone one of these days? Mornings are best for me and my partner.")
    return " ".join(parts), worth


def _outcome(at: datetime, until: datetime, worth: float, dice: random.Random) -> dict[str, str]:
    won = dice.random() < 1 / (1 + math.exp(-worth))
    closed = at + timedelta(days=_MEDIAN_DAYS * math.exp(dice.gauss(0, 0.9)))
    known = closed <= until
    return {
        "outcome": ("won" if won else "lost") if known else "",
        "closed_at": closed.isoformat(timespec="seconds") if known else "",
        "value": str(dice.choice((2400, 3600, 4800, 9600))) if known and won else "",
    }

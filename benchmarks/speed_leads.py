"""The leads that `speed.py` hands in: each in words of its own.

What is measured with them, and how, stands there.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from orchestration_project.fake_services.made_leads import made_leads


def priority(name: str, count: int) -> list[dict[str, Any]]:
    """Leads of the first track, of different people and firms."""
    return [
        {
            "id": f"{name}-{number}",
            "name": f"Maeve O'Brien {number}",
            "email": f"maeve@{name}-joinery-{number}.example",
            "phone": "0117 496 0123",
            "company": f"{name.title()} Joinery {number} Ltd",
            "budget": "600",
            "message": f"Our bookkeeper has just left {name} and the VAT deadline is next month. We are a "
            f"team of {number + 5} and need somebody to take over the books in Xero and the payroll soon. "
            + _words_of_their_own(random.Random(f"{name} {number}")),
        }
        for number in range(count)
    ]


def mixed(name: str, count: int) -> list[dict[str, Any]]:
    """What a burst brings: leads of all tracks, each in words of their own."""
    made = made_leads(count, until=datetime.now(UTC), seed=len(name))
    dice = random.Random(name)
    return [
        {**{key: value for key, value in lead.row.items() if key != "submitted_at"}, "id": f"{name}-{number}"}
        | {
            "name": f"{lead.row['name']}{_ending(number)}",
            "email": lead.row["email"].replace("@", f".{name}@"),
            "phone": "",
            "message": f"{lead.row['message']} {_words_of_their_own(dice)}",
        }
        for number, lead in enumerate(made)
    ]


_BESIDE = (
    "The till is counted every evening",
    "Two of us share the office",
    "My brother drives the van",
    "The bank feed stopped in May",
    "We pay the wages on Fridays",
    "Our old accountant has retired",
    "The stock is counted twice a year",
    "Half of our customers pay late",
    "We moved here in the spring",
    "The receipts are in a shoebox",
    "Somebody comes in on Wednesdays",
    "We opened a second shop",
    "The pension letters are unopened",
    "Our year ends in March",
    "We use an old spreadsheet",
    "The card reader is rented",
    "My wife did the books before",
    "A grant paid for the oven",
    "We have three vans on lease",
    "The landlord wants to see accounts",
    "Most invoices go out by post",
    "There is a loan for the workshop",
    "We are closed in August",
    "The apprentices are paid weekly",
    "Our website takes orders too",
    "We buy timber from abroad",
    "Tips are shared out in cash",
    "The council sent us a rates bill",
    "We lost a folder in the flood",
    "A customer still owes us for June",
    "The program we have is no longer kept",
    "We take deposits for weddings",
    "Our supplier changed his numbers",
    "The auditor asked for last year",
    "We want to hire a cook",
    "Everything is on one laptop",
    "The garage is let to a friend",
    "I do it at the kitchen table",
    "We have never filed late so far",
    "The books are at my sister's",
)


def _words_of_their_own(dice: random.Random) -> str:
    """Who writes the same as others within a day is taken for an advertiser."""
    return " ".join(f"{each}." for each in dice.sample(_BESIDE, 8))


def _ending(number: int) -> str:
    """Makes another family name of it: bergson, bergsona, bergsonb …; few people have the same name."""
    letters = ""
    while number:
        number, letter = divmod(number, 26)
        letters += chr(97 + letter)
    return letters


def ids_of(payloads: Sequence[dict[str, Any]]) -> list[str]:
    return [payload["id"] for payload in payloads]

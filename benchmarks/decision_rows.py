"""What `decisions.py` prints beside how texts are told apart: one person's spellings, paid look-ups, a wave,
a page that is made to be slow. Each is a number that should be small.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.puppets import PLAYBOOK
from orchestration_project.connectors.company.none import NoEnrichment
from orchestration_project.connectors.website.extract import extract
from orchestration_project.connectors.website.none import NoWebsite
from orchestration_project.data.gather import gather
from orchestration_project.data.normalise import normalise
from orchestration_project.data.same_person import resemblance
from orchestration_project.decision.genuine.signs import Seen
from orchestration_project.decision.validate import validate_submission
from orchestration_project.model import CompanyProfile, Lead, Ref, Standing, Submission

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
ASKS = "We are nine people and look for somebody for payroll and the monthly books from March on."
MANY_ATTRIBUTES = (
    b"<div " + b" ".join(b"a%d=1" % number for number in range(25_000)) + b">We make chairs.</div>"
)
ONE_PERSON = (
    {"email": "tomrees@gmail.com", "phone": "020 7946 0018"},
    {"email": "t.om.rees@gmail.com"},
    {"email": "tomrees+form@gmail.com"},
    {"email": "TomRees@Gmail.com"},
    {"email": "tomrees@googlemail.com"},
    {"email": "tomrees@gmial.com"},
    {"email": "tomrees@gmail.co"},
    {"email": "studio.tr@outlook.com", "phone": "+44 20 7946 0018"},
    {"email": "tom@rees-studio.example", "phone": "(020) 7946 0018"},
)
NOT_WORTH_A_PAID_QUESTION = (
    {
        "email": "nina@botdesk.example",
        "message": "Our AI receptionist never sleeps: https://botdesk.example/demo",
    },
    {
        "email": "mike@rankmonster.example",
        "message": "We guarantee page one of Google, free audit of your website.",
    },
    {
        "email": "stella@datavault.example",
        "message": "16 databases of companies for 99 dollars: https://dv.example",
    },
    {
        "email": "brad@quickcapital.example",
        "message": "You are pre-approved for a loan of $250,000. Apply now.",
    },
    {"email": "qwe@asdf.example", "message": "LmQzRtVbNx"},
    {"email": "jo@gmail.com", "website": "https://www.etsy.com/shop/jo", "message": ASKS},
    {"email": "jo@gmial.com", "message": ASKS},
    {"email": "jo@jopark.onmicrosoft.com", "message": ASKS},
    {"email": "jo@icloud.com", "website": "https://linktr.ee/jo", "message": ASKS},
)


@dataclass
class Paid(NoEnrichment):
    """A directory of companies that writes down what it is asked."""

    asked: list[str] = field(default_factory=list[str])

    async def find_company(self, domain: str) -> CompanyProfile | None:
        self.asked.append(domain)
        return None


def lead_of(number: int, fields: Mapping[str, str]) -> Lead:
    """As it comes in by a form."""
    submission = Submission(
        ref=Ref(f"L-{number}"),
        source="benchmark",
        external_id=str(number),
        received_at=NOW + timedelta(minutes=number),
        payload={"name": "Tom Rees", "message": ASKS, **fields},
    )
    return normalise(submission, PLAYBOOK.business, {}, PLAYBOOK.limits)


def strangers_among_spellings() -> tuple[int, int]:
    """Of one person's messages under nine addresses: how many are taken for somebody new without a word, and
    how many there are. That a mailbox is the same makes one contact, what is much alike is told."""
    leads = [lead_of(number, fields) for number, fields in enumerate(ONE_PERSON)]
    kinds = [met.kind if (met := resemblance(lead, leads[0])) else None for lead in leads[1:]]
    return sum(kind not in ("same", "maybe") for kind in kinds), len(leads)


def paid_questions() -> tuple[list[str], int]:
    """Domains that were asked of a paid directory, of submissions that are junk or no company's; and of how
    many submissions."""
    paid = Paid()

    async def nobody() -> Standing:
        return Standing(kind="new")

    async def ask(lead: Lead) -> None:
        verdict = validate_submission(lead, PLAYBOOK)
        if verdict.reason is None and not verdict.doubts:
            await gather(lead, standing=nobody(), website=NoWebsite(), company=paid)

    async def ask_all() -> None:
        for number, fields in enumerate(NOT_WORTH_A_PAID_QUESTION):
            await ask(lead_of(number, fields))

    asyncio.run(ask_all())
    return paid.asked, len(NOT_WORTH_A_PAID_QUESTION)


def of_a_wave_that_goes_on(size: int = 105) -> int:
    """Of one text that reads well, sent under so many names, how many go on by themselves: none, once
    they are known to be a wave. (That nothing is written for them is `test_to_check.py`'s.)"""
    seen = Seen(alike=size - 1)
    leads = [lead_of(number, {"email": f"a{number}@firm{number}.example"}) for number in range(size)]
    verdicts = [validate_submission(lead, PLAYBOOK, seen) for lead in leads]
    return sum(verdict.reason is None and not verdict.doubts for verdict in verdicts)


def seconds_for_a_slow_page() -> float:
    """CPU time for a page of 300 kB that is one tag of many attributes."""
    begun = time.process_time()
    extract("https://studio.example", MANY_ATTRIBUTES, None)
    return time.process_time() - begun

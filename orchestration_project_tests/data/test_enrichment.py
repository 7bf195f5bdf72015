"""The gates before a paid question about a company."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import anyio
import pytest

from orchestration_project.connectors.company.none import NoEnrichment
from orchestration_project.connectors.company.options import CompanyOptions
from orchestration_project.data.enrichment import MeteredDirectory, OverSpendLimit, with_cache_and_limit
from orchestration_project.errors import CredentialError, RefusedForNow, TransientServiceError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.companies import Companies
from orchestration_project.model import CompanyProfile
from orchestration_project_tests.decision.samples import PLAYBOOK
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio


@dataclass
class Paid:
    """Knows every company but those of .org, and counts what it is asked."""

    asked: list[str] = field(default_factory=list[str])
    failure: Exception | None = None

    async def find_company(self, domain: str) -> CompanyProfile | None:
        self.asked.append(domain)
        await anyio.lowlevel.checkpoint()
        if self.failure:
            raise self.failure
        return None if domain.endswith(".org") else CompanyProfile(name=domain, source="paid")


def gated(ledger: Ledger, clock: HandClock, paid: Paid, **rules: int) -> MeteredDirectory:
    return MeteredDirectory(
        service="apollo",
        inner=paid,
        rules=CompanyOptions(**rules),
        cache=Companies(ledger.engine, clock),
        locks=ledger.locks,
        day=ZoneInfo("Europe/London"),
    )


async def test_a_company_is_paid_for_once_until_the_answer_is_old(ledger: Ledger, clock: HandClock) -> None:
    paid = Paid()
    directory = gated(ledger, clock, paid, fresh_days=30)
    first = await directory.find_company("acme.example")
    clock.forward(days=29)
    assert await directory.find_company("acme.example") == first
    assert paid.asked == ["acme.example"]
    clock.forward(days=2)
    await directory.find_company("acme.example")
    assert len(paid.asked) == 2


async def test_that_a_company_is_not_known_is_remembered_too(ledger: Ledger, clock: HandClock) -> None:
    paid = Paid()
    directory = gated(ledger, clock, paid)
    assert await directory.find_company("club.org") is None
    assert await directory.find_company("club.org") is None
    assert len(paid.asked) == 1


async def test_the_limit_of_a_day_holds_until_the_owners_midnight(ledger: Ledger, clock: HandClock) -> None:
    paid = Paid()
    directory = gated(ledger, clock, paid, daily_limit=2)
    await directory.find_company("a.example")
    await directory.find_company("b.example")
    with pytest.raises(OverSpendLimit, match=r"limit of 2 .*daily_limit"):
        await directory.find_company("c.example")
    assert await directory.find_company("a.example") is not None  # kept, and so free
    clock.forward(hours=15)  # 00:30 of the next day in London
    await directory.find_company("c.example")
    assert paid.asked == ["a.example", "b.example", "c.example"]


async def test_many_at_once_do_not_exceed_the_limit_nor_pay_twice(ledger: Ledger, clock: HandClock) -> None:
    paid = Paid()
    directory = gated(ledger, clock, paid, daily_limit=3)
    refused: list[str] = []

    async def ask(domain: str) -> None:
        try:
            await directory.find_company(domain)
        except OverSpendLimit:
            refused.append(domain)

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(ask, f"c{number // 2}.example")
    assert len(paid.asked) == 3
    assert len(set(paid.asked)) == 3
    assert len(refused) == 2


class Counting(Companies):
    """Notes how many questions are counted at once."""

    at_once: ClassVar[list[int]] = []

    def reserve(
        self, service: str, domains: Sequence[str], *, day_began: datetime, limit: int
    ) -> frozenset[str]:
        self.at_once.append(len(domains))
        return super().reserve(service, domains, day_began=day_began, limit=limit)


async def test_leads_side_by_side_do_not_stand_in_line_for_the_count_of_the_day(
    ledger: Ledger, clock: HandClock
) -> None:
    paid, Counting.at_once[:] = Paid(), []
    directory = replace(gated(ledger, clock, paid), cache=Counting(ledger.engine, clock))
    async with anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(directory.find_company, f"c{number}.example")
    assert len(paid.asked) == sum(Counting.at_once) == 40
    assert max(Counting.at_once) > 20


async def test_a_question_of_today_that_is_asked_again_takes_no_place_of_another(
    ledger: Ledger, clock: HandClock
) -> None:
    cache = Companies(ledger.engine, clock)
    began = clock() - timedelta(hours=1)
    assert cache.reserve("apollo", ["a.example"], day_began=began, limit=2) == {"a.example"}
    asked = ["a.example", "b.example", "c.example"]
    assert cache.reserve("apollo", asked, day_began=began, limit=2) == {"a.example", "b.example"}


@pytest.mark.parametrize(
    ("failure", "counted"),
    [
        (CredentialError("Apollo", "says no."), False),
        (RefusedForNow("Apollo", "is busy."), False),
        (TransientServiceError("Apollo", "did not answer."), True),  # it may have counted all the same
    ],
)
async def test_a_question_that_was_not_answered_counts_only_where_it_may_have_been_paid(
    ledger: Ledger, clock: HandClock, failure: Exception, *, counted: bool
) -> None:
    paid = Paid(failure=failure)
    directory = gated(ledger, clock, paid, daily_limit=1)
    with pytest.raises(type(failure)):
        await directory.find_company("a.example")
    paid.failure = None
    if counted:
        with pytest.raises(OverSpendLimit):
            await directory.find_company("b.example")
    else:
        assert await directory.find_company("b.example") is not None


def test_what_costs_nothing_has_no_gates(ledger: Ledger) -> None:
    free = NoEnrichment()
    assert with_cache_and_limit(free, PLAYBOOK, ledger.companies, ledger.locks) is free
